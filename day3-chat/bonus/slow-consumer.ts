/*
 * What you have
 *
 *   socket.bufferedAmount: number     how many bytes have been sent and are still waiting in this process's memory
 *   socket.readyState                 WebSocket.OPEN while you can send
 *   socket.close(code, reason)        asks the client to close. The server gives it 5 seconds, and then cuts the connection
 */
import { WebSocket } from 'ws';
import { LIMITS } from '#day3/given/limits.ts';
import { todo } from '#tools/todo.ts';

/**
 * Sends a text, unless too many bytes are already waiting for this client: then it closes the connection at once with 1013 (try
 * again later), and sends nothing. ws keeps whatever it can't write yet in memory, and has no limit of its own. Never throws; on a connection that
 * isn't open, does nothing.
 *
 * @param limit the connection may continue while `socket.bufferedAmount` is at most this many bytes. Whether you count this text, too,
 *   is up to you; but if nothing is waiting, a text is always sent
 */
export function sendOrClose(socket: WebSocket, text: string, limit: number = LIMITS.buffered): void {
  // TODO 3.c So far this sends every text, however much is waiting.
  //   1. If the connection isn't open, do nothing.
  //   2. If more than `limit` bytes are waiting, close with 1013.
  //   3. Otherwise send the text.
  todo('3.c', 'sendOrClose');
  socket.send(text);
}
