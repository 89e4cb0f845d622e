import { OPCODES, ProtocolError, type Frame, type Header, type Sender } from '#day1/given/rfc6455.ts';

/**
 * The payload's length, in one of its three forms (RFC 6455 §5.2).
 *
 * @param bytes a frame from its first byte on, perhaps not all of it yet; they are left as they are
 * @returns the length in bytes, and `next`: where in `bytes` what follows the length starts (2, 4 or 10);
 *   undefined while the length (not the mask, nor the payload) is not all there. However large: decodeFrame refuses what is too long
 */
export function readLength(bytes: Uint8Array): { length: number; next: number } | undefined {
  if (bytes.length < 2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint8(1) & 0x7f;
  if (length < 126) return { length, next: 2 };
  if (length === 126) return bytes.length < 4 ? undefined : { length: view.getUint16(2), next: 4 };
  return bytes.length < 10 ? undefined : { length: Number(view.getBigUint64(2)), next: 10 };
}

/**
 * Takes a payload's mask off, or puts it on: it is the same step (RFC 6455 §5.3).
 *
 * @param payload any number of bytes; they are left as they are
 * @param key the four bytes of the masking key
 * @returns a new array, as long as the payload
 */
export function unmask(payload: Uint8Array, key: Uint8Array): Uint8Array {
  return payload.map((byte, i) => byte ^ key[i % 4]);
}

/**
 * Holds a frame's header against the rules (RFC 6455 §5.1, 5.2, 5.5). Returns nothing where all of them hold.
 *
 * @throws ProtocolError with code 1002 where one is broken
 */
export function checkFrame(header: Header, from: Sender): void {
  if (header.masked !== (from === 'client'))
    throw new ProtocolError(1002, `a ${from}'s frame, masked: ${header.masked}`);
  if (header.rsv !== 0) throw new ProtocolError(1002, 'a reserved bit is set');
  if (header.opcode < 8) return;
  if (header.length > 125) throw new ProtocolError(1002, 'a control frame over 125 bytes');
  if (!header.fin) throw new ProtocolError(1002, 'a control frame in fragments');
}

/**
 * The first frame in `bytes`; undefined while it is not all there.
 *
 * @throws ProtocolError with the close code where the frame breaks the protocol
 */
export function decodeFrame(bytes: Uint8Array, from: Sender): Frame | undefined {
  const read = readLength(bytes);
  if (read === undefined) return undefined;
  const { length, next } = read;
  const [first, second] = bytes;
  const header = { fin: first >= 0x80, rsv: (first >> 4) & 7, opcode: first & 15, masked: second >= 0x80, length };
  checkFrame(header, from);
  if (!Object.values<number>(OPCODES).includes(header.opcode))
    throw new ProtocolError(1002, `opcode ${header.opcode} is reserved`);
  if (length > Number.MAX_SAFE_INTEGER) throw new ProtocolError(1009, 'longer than a number can count');
  const start = header.masked ? next + 4 : next;
  if (bytes.length < start + length) return undefined;
  const data = bytes.slice(start, start + length);
  return { ...header, payload: header.masked ? unmask(data, bytes.slice(next, start)) : data, size: start + length };
}
