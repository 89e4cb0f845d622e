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
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = 0x80 | opcode;
  header[1] = (key ? 0x80 : 0) | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return key ? Buffer.concat([header, key, unmask(payload, key)]) : Buffer.concat([header, payload]);
}
