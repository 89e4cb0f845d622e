import { WebSocket } from 'ws';
import { LIMITS } from '#day3/given/limits.ts';

/**
 * Sends a text, unless too much is waiting for this client already: then it is told 1013 (try again later) and sent no more.
 * What ws cannot write yet it keeps in memory, without a limit of its own.
 *
 * @param limit of `socket.bufferedAmount`, in bytes; whether this text counts too is up to you, but where nothing waits it goes
 */
export function sendOrClose(socket: WebSocket, text: string, limit: number = LIMITS.buffered): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  if (socket.bufferedAmount > limit) return socket.close(1013, 'too slow');
  socket.send(text);
}
