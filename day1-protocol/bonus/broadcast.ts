/*
 * What you have
 *
 *   client.readyState: number       0 CONNECTING, 1 OPEN, 2 CLOSING, 3 CLOSED
 *   WebSocket.OPEN                  the constant 1
 *   client.send(text: string)       passes the text on, and returns at once; it throws while the client is CONNECTING
 */
import { WebSocket } from 'ws';
import { todo } from '#tools/todo.ts';

/**
 * Sends a text message at once to every client that is OPEN. Skips the others. No client may stop the rest from getting
 * the text: not one that is still connecting, and not one that reads slowly.
 *
 * @param clients sockets in any state, in anything that `for…of` can loop over: `wss.clients`, an array, your own iterable
 * @param text sent unchanged, in a text frame (opcode 1)
 */
export function broadcast(clients: Iterable<WebSocket>, text: string): void {
  // TODO 1.a Send the text to each client, if that client is open.
  todo('1.a', 'broadcast');
}
