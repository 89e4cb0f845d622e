import { OPCODES, ProtocolError, type Frame, type Header, type Sender } from '#day1/given/rfc6455.ts';

/**
 * Reads the length of a frame's payload, which comes in one of three forms (RFC 6455 §5.2).
 *
 * @param bytes a frame from its first byte on; the rest may still be missing. Don't change them.
 * @returns `length`, the payload's length in bytes, and `next`, the position of the first byte after the length (2, 4 or 10);
 *   `undefined` until all bytes of the length have arrived, even if the masking key and the payload are still missing.
 *   Any length is fine here: decodeFrame rejects frames that are too long.
 */
export function readLength(bytes: Uint8Array): { length: number; next: number } | undefined {
  if (bytes.length < 2) return undefined;
  // Node's Buffers often share one large memory, so the bytes may begin somewhere within it.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint8(1) & 0x7f;
  if (length < 126) return { length, next: 2 };
  if (length === 126) return bytes.length < 4 ? undefined : { length: view.getUint16(2), next: 4 };
  return bytes.length < 10 ? undefined : { length: Number(view.getBigUint64(2)), next: 10 };
}

/**
 * Combines each byte of the payload with a byte of the masking key, by XOR (RFC 6455 §5.3). After four bytes, the key starts again.
 * Doing it twice restores the original, so one function both masks and unmasks.
 *
 * @param payload any number of bytes, even none. Don't change them.
 * @param key the four bytes of the masking key. Don't change them.
 * @returns a new Uint8Array, as long as the payload
 */
export function unmask(payload: Uint8Array, key: Uint8Array): Uint8Array {
  return payload.map((byte, i) => byte ^ key[i % 4]);
}

/**
 * Checks a frame's header on its own, and returns nothing if it is valid (RFC 6455 §5.1, 5.2, 5.5). A client masks every frame,
 * a server none. `rsv` is 0. A control frame (opcode 8 or higher) has at most 125 bytes, and `fin` is set.
 *
 * @throws ProtocolError with code 1002 if a rule is broken
 */
export function checkFrame(header: Header, from: Sender): void {
  if (header.masked !== (from === 'client'))
    throw new ProtocolError(1002, `a ${from}'s frame, masked: ${header.masked}`);
  if (header.rsv !== 0) throw new ProtocolError(1002, 'a reserved bit is set');
  // Control frames have to fit between the fragments of a long message.
  if (header.opcode < 8) return;
  if (header.length > 125) throw new ProtocolError(1002, 'a control frame over 125 bytes');
  if (!header.fin) throw new ProtocolError(1002, 'a control frame in fragments');
}

/** Decodes the first frame in `bytes`. Returns undefined until it is complete. Throws a ProtocolError if it breaks the protocol. */
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
