import { Todo } from '#tools/todo.ts';
import { OPCODES, ProtocolError, type Frame, type Header, type Sender } from '#day1/given/rfc6455.ts';

/**
 * The payload's length, in one of its three forms (RFC 6455 §5.2).
 *
 * @param bytes a frame from its first byte on, perhaps not all of it yet; they are left as they are
 * @returns the length in bytes, and `next`: where in `bytes` what follows the length starts (2, 4 or 10);
 *   undefined while the length (not the mask, nor the payload) is not all there. However large: decodeFrame refuses what is too long
 */
export function readLength(bytes: Uint8Array): { length: number; next: number } | undefined {
  // TODO 1.2 The low seven bits of bytes[1]: up to 125 the length itself; 126: 16 bits follow; 127: 64 bits follow.
  throw new Todo('1.2', 'readLength');
}

/**
 * Takes a payload's mask off, or puts it on: it is the same step (RFC 6455 §5.3).
 *
 * @param payload any number of bytes; they are left as they are
 * @param key the four bytes of the masking key
 * @returns a new array, as long as the payload
 */
export function unmask(payload: Uint8Array, key: Uint8Array): Uint8Array {
  // TODO 1.3 Each byte XOR (^) one byte of the key; after the fourth the key starts again.
  throw new Todo('1.3', 'unmask');
}

/**
 * Holds a frame's header against the rules (RFC 6455 §5.1, 5.2, 5.5). Returns nothing where all of them hold.
 *
 * @throws ProtocolError with code 1002 where one is broken
 */
export function checkFrame(header: Header, from: Sender): void {
  // TODO 1.4 Clients mask, servers never do; rsv is 0; control frames (opcode 8 and up): 125 bytes at most, and fin set.
  throw new Todo('1.4', 'checkFrame');
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
