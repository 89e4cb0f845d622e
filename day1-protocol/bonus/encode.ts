/*
 * What you have
 *
 *   unmask(payload: Uint8Array, key: Uint8Array): Uint8Array    your exercise 1.3; it masks, too
 *   Buffer.alloc(size: number): Buffer                a new Buffer (a Uint8Array) of zeros
 *     buffer[at] = byte                               writes one byte
 *     buffer.writeUInt16BE(value: number, at: number)     writes 2 bytes, big-endian
 *     buffer.writeBigUInt64BE(value: bigint, at: number)  writes 8 bytes, big-endian; BigInt(n) makes a bigint of a number
 *   Buffer.concat(list: Uint8Array[]): Buffer         puts them together in a new Buffer
 */
import { Todo } from '#tools/todo.ts';
import { unmask } from '../frames.ts';

/**
 * Builds one whole frame, the opposite of decodeFrame (RFC 6455 §5.2, 5.3). FIN is set, the reserved bits are 0, and the length
 * is in the shortest form that can hold it.
 *
 * @param opcode 0 to 15, such as `OPCODES.text`
 * @param payload not masked yet. Don't change it.
 * @param key the four bytes of the masking key. If there is one, mask the payload and set the mask bit. A server has no key.
 * @returns the bytes for the wire: the header (2, 4 or 10 bytes), the key if there is one, and the payload
 */
export function encodeFrame(opcode: number, payload: Uint8Array, key?: Uint8Array): Uint8Array {
  // TODO 1.b
  //   1. How many bytes does the header need for this length?
  //   2. Write the first byte (FIN and the opcode) and the second (the mask bit, and the length, 126 or 127).
  //   3. If it is 126 or 127, write the length into the bytes after that.
  //   4. Put header, key and payload together. If there is a key, mask the payload.
  throw new Todo('1.b', 'encodeFrame');
}
