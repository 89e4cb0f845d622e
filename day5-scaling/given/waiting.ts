import type { WebSocket } from 'ws';

/** Resolves after `ms`. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves when all of these sockets are closed. */
export async function whenClosed(sockets: Iterable<WebSocket>): Promise<void> {
  const open = [...sockets].filter((socket) => socket.readyState !== socket.CLOSED);
  await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
}
