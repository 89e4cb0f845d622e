/** A process that holds clients. */
import { handleRequests } from './ipc-handlers.ts';
import type { Speech } from './contenders.ts';
import { Crowd } from './crowd.ts';

const crowds = new Map<number, Crowd>();

handleRequests({
  /** Connects this many more clients. */
  async connect({ port, speech, count }: { port: number; speech: Speech; count: number }) {
    const crowd = crowds.get(port) ?? new Crowd(port, speech);
    crowds.set(port, crowd);
    await crowd.grow(count);
  },
  /** The last few clients say something, each once. */
  say({ port, last }: { port: number; last: number }) {
    const { sockets, speech } = crowds.get(port)!;
    for (const socket of sockets.slice(-last)) socket.send(speech.say!);
  },
  leave() {
    for (const crowd of crowds.values()) crowd.leave();
  },
  hear: ({ port, count }: { port: number; count: number }) => crowds.get(port)!.hear(count),
  /** The time from one client's `send` to the delivery at a client of another node, in ms; measured again and again, one after the other. */
  async latencies({ from, to, say, count }: { from: number; to: number; say: string; count: number }) {
    const [speaker, listener] = [crowds.get(from)!, crowds.get(to)!];
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const own = speaker.hear(1);
      const heard = listener.hear(1);
      const start = performance.now();
      speaker.sockets[0].send(say);
      await Promise.all([own, heard.then(() => times.push(performance.now() - start))]);
    }
    return times;
  },
});
