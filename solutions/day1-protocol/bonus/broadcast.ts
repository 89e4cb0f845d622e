import { WebSocket } from 'ws';

/**
 * Sends a text message at once to every client that is OPEN. Skips the others. No client may stop the rest from getting
 * the text: not one that is still connecting, and not one that reads slowly.
 *
 * @param clients sockets in any state, in anything that `for…of` can loop over: `wss.clients`, an array, your own iterable
 * @param text sent unchanged, in a text frame (opcode 1)
 */
export function broadcast(clients: Iterable<WebSocket>, text: string): void {
  for (const client of clients) {
    // While CONNECTING, send would throw, and the clients after this one would get nothing.
    if (client.readyState === WebSocket.OPEN) client.send(text);
  }
}
