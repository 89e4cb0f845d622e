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
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = 0x80 | opcode;
  header[1] = (key ? 0x80 : 0) | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return key ? Buffer.concat([header, key, unmask(payload, key)]) : Buffer.concat([header, payload]);
}
