import type { WebSocket } from 'ws';
import { todo } from '#tools/todo.ts';

/**
 * Closes with a code and a reason, whatever they are: `socket.close` throws on a code that may not be sent, and on a reason over
 * 123 bytes of UTF-8 (RFC 6455 §5.5, 7.4).
 *
 * @param code whole numbers in 1000-1003, 1007-1014 and 3000-4999 go out as they are; anything else closes without a code
 * @param reason is cut to the last whole character within 123 bytes
 */
export function closeWith(socket: WebSocket, code: number, reason = ''): void {
  // TODO 3.d Which codes may be sent? And 123 is a number of bytes: TextEncoder's `encodeInto` stops at a whole character.
  todo('3.d', 'closeWith');
  socket.close(1000);
}
