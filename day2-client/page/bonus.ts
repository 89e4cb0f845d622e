import type { RealtimeClient } from '#day2/client.ts';
import { sendUnlessBusy } from '#day2/bonus/backpressure.ts';
import { toBytes } from '#day2/bonus/binary.ts';
import { SendQueue } from '#day2/bonus/queue.ts';

const LIMIT = 50_000;
const TEXT = JSON.stringify({ type: 'silence', filler: 'x'.repeat(10_000) });

/** Makes the bonus exercises visible: what each one returns, in words. */
export function bonus(client: RealtimeClient) {
  const queue = new SendQueue(client);
  return {
    /** 2.a: the bytes of a message that came as binary data. */
    bytes: async (data: unknown): Promise<string> => {
      const bytes = await toBytes(data);
      const hex = [...bytes.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
      return `toBytes() returned ${bytes.length} bytes: ${hex}`;
    },
    /** 2.b: a text for the queue. */
    queue: (text: string): string => {
      const result = queue.send({ type: 'echo', text });
      return `SendQueue: "${text}" was ${result}. Waiting: ${queue.queued.length}.`;
    },
    /** 2.b: the connection is open again. @returns nothing if no message is waiting */
    flush: (): string | undefined => {
      if (queue.queued.length === 0) return undefined;
      const sent = queue.flush();
      return `flush() sent ${sent}. Waiting: ${queue.queued.length}.`;
    },
    /** 2.c: a hundred texts of 10 kB at once. A browser counts what it has not sent yet in bufferedAmount. */
    flood: (): string => {
      const { socket } = client;
      if (!socket) return 'Press connect() first.';
      let sent = 0;
      for (let count = 0; count < 100; count++) if (sendUnlessBusy(socket, TEXT, LIMIT)) sent++;
      return `sendUnlessBusy() sent ${sent} of 100 texts of 10 kB. Waiting: ${socket.bufferedAmount} bytes. Limit: ${LIMIT}.`;
    },
  };
}
