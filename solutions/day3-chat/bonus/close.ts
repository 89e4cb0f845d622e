import type { WebSocket } from 'ws';

/**
 * Closes with a code and a reason, whatever they are: `socket.close` throws on a code that may not be sent, and on a reason over
 * 123 bytes of UTF-8 (RFC 6455 §5.5, 7.4).
 *
 * @param code whole numbers in 1000-1003, 1007-1014 and 3000-4999 go out as they are; anything else closes without a code
 * @param reason is cut to the last whole character within 123 bytes
 */
export function closeWith(socket: WebSocket, code: number, reason = ''): void {
  const standard = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014].includes(code);
  if (!standard && !(Number.isInteger(code) && code >= 3000 && code <= 4999)) return socket.close();
  const bytes = new Uint8Array(123);
  const { written } = new TextEncoder().encodeInto(reason, bytes); // stops at the last character that fits as a whole
  socket.close(code, Buffer.from(bytes.subarray(0, written)));
}
