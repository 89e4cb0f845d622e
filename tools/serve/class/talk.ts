import { WebSocket } from 'ws';
import { Outbox } from '#solutions/day4-reconnect/bonus/outbox.ts';
import { ReconnectingClient } from '#solutions/day4-reconnect/reconnecting-client.ts';
import type { Refusal, Room, Wish } from './protocol.ts';

/** One thing to say to the board. If it is said twice with the same key, it counts once. */
export interface Saying {
  key: string;
  wish: Wish;
}

/**
 * Says something to the board with day 4's client: enters the room, sends everything, and waits until the board has confirmed it.
 *
 * @param options.address such as `192.168.1.5:8070`
 * @param options.says may be empty: then it only enters
 * @param options.maxAttempts how often it tries again if the connection fails; by default never
 * @param options.giveUpMs for everything together
 * @param options.confirmed called for each key that the board has confirmed
 * @returns undefined if all was confirmed; otherwise why not. The code `unreachable` means that the board didn't answer.
 */
export function talk(options: {
  address: string;
  token: string;
  room: Room;
  says?: Saying[];
  maxAttempts?: number;
  giveUpMs?: number;
  confirmed?: (key: string) => void;
}): Promise<Refusal | undefined> {
  const { address, token, room, says = [], maxAttempts = 0, giveUpMs = 10_000, confirmed } = options;
  const keys = says.map(({ key }) => key);
  const outbox = new Outbox(says.length, () => keys.shift() as string);
  const client = new ReconnectingClient({
    url: () => ({ url: `ws://${address}`, protocols: ['chat', `token.${token}`] }),
    room,
    WebSocket,
    outbox,
    maxAttempts,
  });
  for (const { wish } of says) client.send(JSON.stringify(wish)); // nothing is connected yet: the outbox keeps them
  return new Promise((resolve) => {
    const end = (refusal?: Refusal): void => {
      clearTimeout(timer);
      client.close();
      resolve(refusal);
    };
    const unreachable = { code: 'unreachable', message: `No board answers at ${address}.` };
    const timer = setTimeout(() => end(unreachable), giveUpMs);
    client.on('state', ({ name }) => name === 'gave up' && end(unreachable));
    client.on('message', (message) => {
      if (message.type === 'error') return end(message);
      if (message.type === 'chat' && message.key !== undefined) confirmed?.(message.key);
      const isEntered = message.type === 'init' || message.type === 'chat';
      if (isEntered && outbox.waiting.length === 0) end();
    });
    client.start();
  });
}
