import { WebSocket } from 'ws';
import { todo } from '#tools/todo.ts';

/**
 * Sends a text message to every client that is OPEN. Any other is passed over, and the ones after it still hear.
 *
 * @param clients sockets in any state: `wss.clients`, the members of a room, an array
 * @param text sent as it is, in a text frame (opcode 1)
 */
export function broadcast(clients: Iterable<WebSocket>, text: string): void {
  // TODO 1.a `readyState` says whether a client is `WebSocket.OPEN`. `send` throws while a socket is still CONNECTING.
  todo('1.a', 'broadcast');
}
