import { WebSocket } from 'ws';
import { LIMITS } from '#day3/given/limits.ts';

/**
 * Sends a text, unless too many bytes are already waiting for this client: then it closes the connection at once with 1013 (try
 * again later), and sends nothing. ws keeps whatever it can't write yet in memory, and has no limit of its own. Never throws; on a connection that
 * isn't open, does nothing.
 *
 * @param limit the connection may continue while `socket.bufferedAmount` is at most this many bytes. Whether you count this text, too,
 *   is up to you; but if nothing is waiting, a text is always sent
 */
export function sendOrClose(socket: WebSocket, text: string, limit: number = LIMITS.buffered): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  // A client that reads again in time sees 1013. One that doesn't is cut off by the server, which frees the memory.
  if (socket.bufferedAmount > limit) return socket.close(1013, 'too slow');
  socket.send(text);
}
