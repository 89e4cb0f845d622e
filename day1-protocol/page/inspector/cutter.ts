import { readLength } from '#solutions/day1-protocol/frames.ts';

/** What one side has sent: the HTTP of the handshake, a whole frame, or the bytes of a frame that never became whole. */
export interface Piece {
  kind: 'head' | 'frame' | 'rest';
  bytes: Uint8Array;
}

const LONGEST = 4 * 1024 * 1024; // bytes; more is not kept to be shown

/**
 * Cuts what one side sends at the right places, however TCP has cut it. Nothing on the wire marks the end of a frame, so this uses
 * the reference solution: only then can the page point at the place where your own `readLength` would cut.
 */
export class Cutter {
  #waiting = new Uint8Array();
  #isHead = true;
  #isLost = false;

  /** Takes the next bytes. Returns the pieces that end in them. */
  push(bytes: Uint8Array): Piece[] {
    const pieces: Piece[] = [];
    if (this.#isLost) return pieces;
    this.#waiting = join(this.#waiting, bytes);
    for (;;) {
      const size = this.#isHead ? headSize(this.#waiting) : frameSize(this.#waiting);
      if (size === undefined || size > this.#waiting.length) break;
      pieces.push({ kind: this.#isHead ? 'head' : 'frame', bytes: this.#waiting.slice(0, size) });
      this.#waiting = this.#waiting.slice(size);
      this.#isHead = false;
    }
    if (this.#waiting.length <= LONGEST) return pieces;
    this.#isLost = true;
    return [...pieces, ...this.end()];
  }

  /** The connection is over. Returns what has arrived of a frame that isn't whole. */
  end(): Piece[] {
    const bytes = this.#waiting;
    this.#waiting = new Uint8Array();
    return bytes.length > 0 ? [{ kind: 'rest', bytes }] : [];
  }
}

/** Up to and with the first empty line. */
function headSize(bytes: Uint8Array): number | undefined {
  const end = bytes.findIndex(
    (byte, i) => byte === 13 && bytes[i + 1] === 10 && bytes[i + 2] === 13 && bytes[i + 3] === 10,
  );
  return end < 0 ? undefined : end + 4;
}

function frameSize(bytes: Uint8Array): number | undefined {
  const read = readLength(bytes);
  return read && read.next + (bytes[1] >= 0x80 ? 4 : 0) + read.length;
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
