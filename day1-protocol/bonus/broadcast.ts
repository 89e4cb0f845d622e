/*
 * What you have
 *
 *   client.readyState: number       0 CONNECTING, 1 OPEN, 2 CLOSING, 3 CLOSED
 *   WebSocket.OPEN                  1, with a name
 *   client.send(text: string)       hands the text over, and returns at once; it throws while the client is CONNECTING
 */
import { WebSocket } from 'ws';
import { todo } from '#tools/todo.ts';

/**
 * Sends a text message to every client that is OPEN. The others are skipped, and don't keep the rest from getting it:
 * neither a client that is still connecting, nor one that is slow to read.
 *
 * @param clients sockets in any state, in anything that `for…of` can loop over: `wss.clients`, an array, your own iterable
 * @param text sent unchanged, in a text frame (opcode 1)
 */
export function broadcast(clients: Iterable<WebSocket>, text: string): void {
  // TODO 1.a Send the text to each client, if that client is open.
  todo('1.a', 'broadcast');
}
