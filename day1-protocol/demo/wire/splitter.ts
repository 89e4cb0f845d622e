import { readLength } from '#solutions/day1-protocol/frames.ts';

/** A frame as it lies on the wire. Its header has been read, and not judged. */
export interface WireFrame {
  /** the whole frame; only its header if `tooLong` is true */
  bytes: Buffer;
  fin: boolean;
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

/** In bytes. Longer frames pass through as any other, but they are not kept to be shown. */
const KEPT = 16 * 1024 * 1024;

/** Finds where frames begin and end in one direction of a connection, however TCP has cut the bytes. */
export class Splitter {
  #waiting: Buffer[] = [];
  #size = 0;
  /** no use to look again before so many bytes have come */
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

      const frame = this.#skip > 0 ? undefined : readFrame(bytes);
      if (frame) {
        frames.push(frame);
        bytes = bytes.subarray(frame.bytes.length);
        if (frame.tooLong) this.#skip = frame.length;
      }
      this.#waiting = [bytes];
      this.#size = bytes.length;
      this.#wanted = this.#skip > 0 ? 1 : (measure(bytes)?.size ?? bytes.length + 1);
    }
    return frames;
  }
}

/** The positions of the parts of the first frame; undefined until its length has arrived. */
function measure(bytes: Buffer) {
  const read = readLength(bytes);
  if (!read) return undefined;
  const { length, next } = read;
  const start = bytes[1] >= 0x80 ? next + 4 : next;
  const tooLong = length > KEPT;
  return { length, next, start, tooLong, size: tooLong ? start : start + length };
}

function readFrame(bytes: Buffer): WireFrame | undefined {
  const measured = measure(bytes);
  if (!measured || bytes.length < measured.size) return undefined;
  const { length, next, start, tooLong, size } = measured;
  return {
    bytes: bytes.subarray(0, size),
    fin: bytes[0] >= 0x80,
    opcode: bytes[0] & 15,
    short: bytes[1] & 0x7f,
    length,
    key: bytes.subarray(next, start),
    payload: bytes.subarray(start, size),
    tooLong,
  };
}
