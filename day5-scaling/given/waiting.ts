import type { WebSocket } from 'ws';

/** Resolves after `ms`. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves when all of them are closed. */
export async function whenClosed(sockets: Iterable<WebSocket>): Promise<void> {
  const open = [...sockets].filter((socket) => socket.readyState !== socket.CLOSED);
  await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
}

/** What a promise comes to. @throws what `late` gives, where nothing has come after `ms` */
export async function inTime<T>(ms: number, answer: Promise<T>, late: () => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const over = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(late()), ms)));
  return Promise.race([answer, over]).finally(() => clearTimeout(timer));
}

/** Resolves with the work, whatever comes of it, or when the time is over; `ms` of it. */
export const atMost = (ms: number, work: Promise<unknown>): Promise<void> =>
  inTime(ms, Promise.resolve(work), () => new Error('late')).then(
    () => {},
    () => {},
  );
