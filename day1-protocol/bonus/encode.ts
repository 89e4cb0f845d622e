import { Todo } from '#tools/todo.ts';
import { unmask } from '../frames.ts';

/**
 * One whole frame, not fragmented (fin 1, reserved bits 0), with its length in the shortest form (RFC 6455 §5.2, 5.3).
 *
 * @param opcode 0 to 15; see `OPCODES` of rfc6455.ts
 * @param payload not masked yet; the bytes are left as they are
 * @param key the four bytes of the masking key: a client's frame has one, a server's has none
 * @returns the bytes for the wire: 2, 4 or 10 of the header, the key if there is one, the payload
 */
export function encodeFrame(opcode: number, payload: Uint8Array, key?: Uint8Array): Uint8Array {
  // TODO 1.b The opposite of decodeFrame. Up to 125 in the second byte itself; 126: 16 bits follow; 127: 64 bits follow.
  throw new Todo('1.b', 'encodeFrame');
}
