import type { WebSocket } from 'ws';

/**
 * Closes a connection with any code and reason, and never throws. (`socket.close` throws if a code may not be sent, and if a reason has
 * more than 123 bytes of UTF-8: RFC 6455 §5.5 and §7.4.)
 *
 * @param code whole numbers in 1000-1003, 1007-1014 and 3000-4999 are sent; with any other value, the close frame has no code
 * @param reason if it has more than 123 bytes, it is cut after the last whole character that fits
 */
export function closeWith(socket: WebSocket, code: number, reason = ''): void {
  const standard = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014].includes(code);
  if (!standard && !(Number.isInteger(code) && code >= 3000 && code <= 4999)) return socket.close();
  const bytes = new Uint8Array(123);
  const { written } = new TextEncoder().encodeInto(reason, bytes); // stops at the last character that fits as a whole
  socket.close(code, Buffer.from(bytes.subarray(0, written)));
}
