import * as right from '#solutions/day1-protocol/frames.ts';
import { ProtocolError, type Header, type Sender } from '#day1/given/rfc6455.ts';
import * as yours from '#day1/frames.ts';
import { attempt, partOfMore, show } from './attempt.ts';
import { count } from './words.ts';

/** One line about a frame: `good` and `wrong` are about the learner's code, `refused` about the frame. */
export interface Remark {
  tone: 'good' | 'wrong' | 'refused' | 'todo';
  words: string;
}

/** What the learner's functions make of one whole frame. */
export interface Reading {
  /** what `readLength` returned; undefined if that is of no use */
  read?: { length: number; next: number };
  /** true if 1.2 isn't written: nobody can tell where this frame ends */
  unwritten?: true;
  /** what `unmask` returned, if the frame is masked */
  unmasked?: Uint8Array;
  remarks: Remark[];
}

/** Reads one whole frame with the learner's `readLength`, `unmask` and `checkFrame`. */
export function readFrame(bytes: Uint8Array, from: Sender): Reading {
  const length = askReadLength(bytes);
  if (!length.read) return length;
  const masked = bytes[1] >= 0x80;
  const payload = masked ? askUnmask(bytes, length.read) : { remarks: [] };
  const check = askCheckFrame(headerOf(bytes, length.read.length), from, bytes);
  return { ...length, ...payload, remarks: [...length.remarks, ...payload.remarks, check] };
}

function askReadLength(bytes: Uint8Array): Reading {
  const got = attempt<unknown>(() => yours.readLength(partOfMore(bytes)));
  if ('unwritten' in got) return { unwritten: true, remarks: [] };
  if ('error' in got) return { remarks: [wrong(`Your readLength threw ${show(got.error)}.`)] };
  if (got.value === undefined)
    return { remarks: [wrong('Your readLength returned undefined. All bytes of the length are here.')] };
  const { length, next } = Object(got.value) as { length: number; next: number };
  if (!Number.isInteger(next) || next < 2 || typeof length !== 'number' || !(length >= 0))
    return { remarks: [wrong(`Your readLength returned ${show(got.value)}. It should return { length, next }.`)] };
  const truth = right.readLength(bytes)!;
  const remarks: Remark[] = [];
  if (length !== truth.length)
    remarks.push(wrong(`Your readLength says ${count(length)}. This frame has ${count(truth.length)} of payload.`));
  if (next !== truth.next)
    remarks.push(wrong(`Your readLength says next: ${next}. The length ends before position ${truth.next}.`));
  return { read: { length, next }, remarks };
}

function askUnmask(bytes: Uint8Array, { length, next }: { length: number; next: number }): Reading {
  const [key, payload] = [bytes.subarray(next, next + 4), bytes.subarray(next + 4, next + 4 + length)];
  const got = attempt<unknown>(() => yours.unmask(partOfMore(payload), partOfMore(key)));
  if ('unwritten' in got) return { remarks: [{ tone: 'todo', words: 'unmask (1.3) is not written yet.' }] };
  if ('error' in got) return { remarks: [wrong(`Your unmask threw ${show(got.error)}.`)] };
  if (!(got.value instanceof Uint8Array))
    return { remarks: [wrong(`Your unmask returned ${show(got.value)}. It should return a Uint8Array.`)] };
  const truth = right.unmask(payload, key);
  const same = got.value.length === truth.length && truth.every((byte, i) => byte === (got.value as Uint8Array)[i]);
  return {
    unmasked: got.value,
    remarks: same ? [] : [wrong('What your unmask returned is not the payload that was sent.')],
  };
}

function askCheckFrame(header: Header, from: Sender, bytes: Uint8Array): Remark {
  const got = attempt(() => yours.checkFrame({ ...header }, from));
  if ('unwritten' in got) return { tone: 'todo', words: 'checkFrame (1.4) is not written yet.' };
  const truth = attempt(() => right.checkFrame(headerOf(bytes, right.readLength(bytes)!.length), from));
  const rule = 'error' in truth ? (truth.error as ProtocolError).message : undefined;
  if ('value' in got)
    return rule
      ? wrong(`Your checkFrame accepts it, but it breaks a rule: ${rule}.`)
      : { tone: 'good', words: 'checkFrame accepts it' };
  const { error } = got;
  if (!(error instanceof ProtocolError))
    return wrong(`Your checkFrame threw ${show(error)}. It should throw a ProtocolError, or nothing.`);
  const said = `checkFrame rejects it with ${error.code}: ${error.message}`;
  if (!rule) return wrong(`Your ${said}. But this frame is valid.`);
  return error.code === 1002 ? { tone: 'refused', words: said } : wrong(`Your ${said}. The code should be 1002.`);
}

/** The fields that no exercise is about, as `decodeFrame` reads them. */
export function headerOf(bytes: Uint8Array, length: number): Header {
  const [first, second] = bytes;
  return { fin: first >= 0x80, rsv: (first >> 4) & 7, opcode: first & 15, masked: second >= 0x80, length };
}

const wrong = (words: string): Remark => ({ tone: 'wrong', words });
