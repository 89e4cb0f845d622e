/*
 * What you have
 *
 *   socket.close(code?, reason?)        sends a close frame. Throws if the code may not be sent, or the reason has over 123 bytes
 *   new TextEncoder().encodeInto(text, bytes): { read, written }
 *                                       writes a text as UTF-8 into a Uint8Array, stops before a character that doesn't fit, and
 *                                       returns how many UTF-16 units of the text it read, and how many bytes it wrote
 */
import type { WebSocket } from 'ws';
import { todo } from '#tools/todo.ts';

/**
 * Closes a connection with any code and reason, and never throws. (`socket.close` throws if a code may not be sent, and if a reason has
 * more than 123 bytes of UTF-8: RFC 6455 §5.5 and §7.4.)
 *
 * @param code whole numbers in 1000-1003, 1007-1014 and 3000-4999 are sent; with any other value, the close frame has no code
 * @param reason if it has more than 123 bytes, it is cut after the last whole character that fits
 */
export function closeWith(socket: WebSocket, code: number, reason = ''): void {
  // TODO 3.d So far this always closes with 1000 and without a reason.
  //   1. If the code may not be sent, close without a code.
  //   2. Otherwise close with the code, and with as much of the reason as fits into 123 bytes.
  todo('3.d', 'closeWith');
  socket.close(1000);
}
