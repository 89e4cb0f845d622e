/** RESP, Redis's own protocol, as a server speaks it: commands in, replies out. https://redis.io/docs/latest/develop/reference/protocol-spec/ */

/** RESP2 is what every connection begins with; `HELLO 3` changes to RESP3. */
export type Protocol = 2 | 3;

/** The bytes are not RESP, so the rest can't be understood either. Its message is the one of Redis. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

const CR = 0x0d;
const LONGEST_LINE = 64 * 1024;
const LONGEST_BULK = 512 * 1024 * 1024;
const MOST_ITEMS = 2 ** 31 - 1;

/**
 * Reads the first command: an array of bulk strings (`*1\r\n$4\r\nPING\r\n`), or a line of words, as from `nc` (without Redis's quotes).
 *
 * @returns its words, none for an empty line or array, and its size in bytes; undefined until it is complete
 * @throws ProtocolError
 */
export function readCommand(bytes: Buffer): { words: Buffer[]; size: number } | undefined {
  if (bytes.length === 0) return undefined;
  if (bytes[0] !== 0x2a) return readInline(bytes);
  const head = readLine(bytes, 0, 'mbulk count');
  if (!head) return undefined;
  const count = readInteger(head.text.slice(1));
  if (count === undefined || count > MOST_ITEMS) throw new ProtocolError('invalid multibulk length');

  const words: Buffer[] = [];
  let at = head.end;
  while (words.length < count) {
    const line = readLine(bytes, at, 'bulk count');
    if (!line) return undefined;
    const sign = String.fromCharCode(bytes[at]);
    if (sign !== '$') throw new ProtocolError(`expected '$', got '${sign}'`);
    const length = readInteger(line.text.slice(1));
    if (length === undefined || length < 0 || length > LONGEST_BULK) throw new ProtocolError('invalid bulk length');
    if (bytes.length < line.end + length + 2) return undefined;
    words.push(bytes.subarray(line.end, line.end + length));
    at = line.end + length + 2;
  }
  return { words, size: at };
}

function readInline(bytes: Buffer): { words: Buffer[]; size: number } | undefined {
  const end = bytes.indexOf('\n');
  if (end === -1 && bytes.length > LONGEST_LINE) throw new ProtocolError('too big inline request');
  if (end === -1) return undefined;
  const words = bytes.toString('latin1', 0, end).split(/\s+/).filter(Boolean);
  return { words: words.map((word) => Buffer.from(word, 'latin1')), size: end + 1 };
}

/** The line from `at` on, and where the next begins. Like Redis it trusts that a line feed follows the carriage return. */
function readLine(bytes: Buffer, at: number, what: string): { text: string; end: number } | undefined {
  const cr = bytes.indexOf(CR, at);
  if (cr === -1 && bytes.length - at > LONGEST_LINE) throw new ProtocolError(`too big ${what} string`);
  if (cr === -1 || cr + 2 > bytes.length) return undefined;
  return { text: bytes.toString('latin1', at, cr), end: cr + 2 };
}

/** Redis's strict reading: no plus sign, no leading zero, no space. Undefined for anything else. */
export function readInteger(text: string): number | undefined {
  return /^(0|-?[1-9]\d{0,17})$/.test(text) ? Number(text) : undefined;
}

/** `+OK` */
export const status = (text: string): Buffer => Buffer.from(`+${text}\r\n`);
/** `-ERR …`: on one line, whatever a client has put into it, one byte a character */
export const error = (text: string): Buffer => Buffer.from(`-${text.replace(/[\r\n]/g, ' ')}\r\n`, 'latin1');
/** `:1` */
export const integer = (value: number): Buffer => Buffer.from(`:${value}\r\n`);
/** `$2`, then the bytes */
export const bulk = (bytes: Uint8Array | string): Buffer =>
  Buffer.concat([Buffer.from(`$${Buffer.byteLength(bytes)}\r\n`), Buffer.from(bytes as string), Buffer.from('\r\n')]);
/** no value: RESP2 has no sign of its own for it */
export const nothing = (protocol: Protocol): Buffer => Buffer.from(protocol === 3 ? '_\r\n' : '$-1\r\n');
/** `*3`, then the items, each already encoded */
export const array = (items: Buffer[], head = `*${items.length}`): Buffer =>
  Buffer.concat([Buffer.from(`${head}\r\n`), ...items]);
/** what comes unasked, such as a message: in RESP3 it has a sign of its own, so that replies cannot be mistaken for it */
export const push = (protocol: Protocol, items: Buffer[]): Buffer =>
  array(items, `${protocol === 3 ? '>' : '*'}${items.length}`);
/** names and values in turn */
export const map = (protocol: Protocol, items: Buffer[]): Buffer =>
  array(items, protocol === 3 ? `%${items.length / 2}` : `*${items.length}`);
