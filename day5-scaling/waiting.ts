import type { WebSocket } from 'ws';

/** Resolves after `ms`. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves when all of them are closed. */
export async function whenClosed(sockets: Iterable<WebSocket>): Promise<void> {
  const open = [...sockets].filter((socket) => socket.readyState !== socket.CLOSED);
  await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
}

/** Resolves with the work, or when the time is over; `ms` of it. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([Promise.resolve(work).catch(() => {}), late]).finally(() => clearTimeout(timer));
}
