/*
 * What you have
 *
 *   header: Header             { fin: boolean, rsv: number, opcode: number, masked: boolean, length: number }
 *   from: Sender               who sent the frame: 'client' or 'server'
 *   new ProtocolError(code: number, message: string)   an error that carries a close code
 *   OPCODES                    { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 }
 *   new DataView(buffer, byteOffset, byteLength)       reads numbers that take several bytes:
 *     view.getUint16(at: number): number        2 bytes, starting at position `at`, big-endian
 *     view.getBigUint64(at: number): bigint     8 bytes; Number(…) turns the bigint into a number
 */
import { Todo } from '#tools/todo.ts';
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
  // TODO 1.2
  //   1. Take the low seven bits of the second byte. The top bit is the mask bit, not part of the length.
  //   2. Up to 125, they are the length. 126: the length is in the next 2 bytes. 127: in the next 8. Both are big-endian.
  //   3. If a byte that you need hasn't arrived yet, return undefined.
  throw new Todo('1.2', 'readLength');
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
  // TODO 1.3 Decide which byte of the key belongs to which byte of the payload. Combine the two, into a new array.
  throw new Todo('1.3', 'unmask');
}

/**
 * Checks a frame's header on its own, and returns nothing if it is valid (RFC 6455 §5.1, 5.2, 5.5). A client masks every frame,
 * a server none. `rsv` is 0. A control frame (opcode 8 or higher) has at most 125 bytes, and `fin` is set.
 *
 * @throws ProtocolError with code 1002 if a rule is broken
 */
export function checkFrame(header: Header, from: Sender): void {
  // TODO 1.4 Check the four rules one by one. If one is broken, throw.
  throw new Todo('1.4', 'checkFrame');
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
