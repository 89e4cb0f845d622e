import { readLength } from '#solutions/day1-protocol/frames.ts';

/** A frame as it lies on the wire. Its header has been read, and not judged. */
export interface WireFrame {
  /** from its first byte on: all of it, or where `tooLong` is true the header alone */
  bytes: Buffer;
  fin: boolean;
  rsv: number;
  opcode: number;
  /** what the seven bits say: 126 and 127 announce a longer form */
  short: number;
  /** of the payload, in bytes */
  length: number;
  /** four bytes, or none */
  key: Buffer;
  /** still masked */
  payload: Buffer;
  tooLong: boolean;
}

/** Longer frames pass through as any other, but they are not kept to be shown. */
export const KEPT = 16 * 1024 * 1024;

/** Finds where frames begin and end in one direction of a connection, however TCP has cut the bytes. */
export class Splitter {
  #waiting: Buffer[] = [];
  #size = 0;
  /** no use to look again before this many bytes have come */
  #wanted = 2;
  /** what is left of a frame that was too long to keep */
  #skip = 0;

  /** Takes the next bytes. Returns the frames that end in them. */
  push(chunk: Buffer): WireFrame[] {
    const frames: WireFrame[] = [];
    this.#waiting.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= this.#wanted) {
      let bytes = Buffer.concat(this.#waiting);
      const skipped = Math.min(this.#skip, bytes.length);
      this.#skip -= skipped;
      bytes = bytes.subarray(skipped);

      const frame = this.#skip === 0 ? readFrame(bytes) : 'wait';
      const end = typeof frame === 'object' ? frame.bytes.length : 0;
      if (typeof frame === 'object') frames.push(frame);
      if (typeof frame === 'object' && frame.tooLong) this.#skip = frame.length;
      this.#waiting = [bytes.subarray(end)];
      this.#size = bytes.length - end;
      this.#wanted = typeof frame === 'number' ? frame : this.#skip > 0 ? 1 : 2;
    }
    return frames;
  }
}

/** The first frame in `bytes`; else the number of bytes that it takes at least. */
function readFrame(bytes: Buffer): WireFrame | number {
  const read = readLength(bytes);
  if (!read) return bytes.length + 1;
  const { length, next } = read;
  const masked = bytes[1] >= 0x80;
  const start = masked ? next + 4 : next;
  const tooLong = length > KEPT;
  const size = tooLong ? start : start + length;
  if (bytes.length < size) return size;
  return {
    bytes: bytes.subarray(0, size),
    fin: bytes[0] >= 0x80,
    rsv: (bytes[0] >> 4) & 7,
    opcode: bytes[0] & 15,
    short: bytes[1] & 0x7f,
    length,
    key: bytes.subarray(next, start),
    payload: bytes.subarray(start, size),
    tooLong,
  };
}
