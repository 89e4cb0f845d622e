/** Random streams of WebSocket frames, right and wrong. The same seed gives the same frames. */
import { seeded } from '../../../day4-reconnect/demo/herd/random.ts';
import type { Sender } from '#day1/given/rfc6455.ts';

/** A whole number from 0 up to, but not including, `below`. */
export type Random = (below: number) => number;

/** The same numbers for the same seed. */
export function wholeNumbers(seed: number): Random {
  const random = seeded(seed);
  return (below) => Math.floor(random() * below);
}

const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)];
const SHORT = [0, 1, 2, 3, 4, 5, 17, 124, 125];
const MEDIUM = [126, 127, 128, 255, 256, 1000];
const LONG = [65_534, 65_535, 65_536, 65_537];

/** One frame to be encoded. Nothing is checked. */
export interface Plan {
  fin: boolean;
  rsv: number;
  opcode: number;
  masked: boolean;
  payload: Uint8Array;
  /** bytes that the length takes besides the seven bits: 0, 2 or 8; the shortest by default */
  form?: 0 | 2 | 8;
  /** the length field, if it is not the payload's length */
  says?: bigint;
}

/** The bytes of one frame (RFC 6455 §5.2). Independent of the course's own encodeFrame, which it helps to test. */
export function write({ fin, rsv, opcode, masked, payload, form, says }: Plan, random: Random): Buffer {
  const { length } = payload;
  const extra = form ?? (length < 126 ? 0 : length < 65_536 ? 2 : 8);
  const head = Buffer.alloc(2 + extra);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (extra === 0 ? length : extra === 2 ? 126 : 127);
  if (extra === 2) head.writeUInt16BE(length, 2);
  if (extra === 8) head.writeBigUInt64BE(says ?? BigInt(length), 2);
  if (!masked) return Buffer.concat([head, payload]);
  const key = random(20) === 0 ? Buffer.alloc(4) : randomBytes(4, random);
  return Buffer.concat([head, key, payload.map((byte, i) => byte ^ key[i & 3])]);
}

/** A stream from one sender: its frames, and the kinds of things in it, for counting. */
export interface Stream {
  frames: Buffer[];
  kinds: string[];
}

/**
 * One to eight frames that a peer may send in this order: messages, whole and in fragments, with control frames between; at the
 * end, now and then, a close. Everything above the level of frames is always right here: continuations continue something, a close
 * has a code that may be sent. Texts are random bytes, hardly ever UTF-8.
 *
 * @param broken true: the last frame breaks one rule of §5.2 or §5.5
 */
export function randomStream(random: Random, from: Sender, broken: boolean): Stream {
  const stream: Stream = { frames: [], kinds: [] };
  const masked = from === 'client';
  let open = false; // a message has begun and not ended
  const data = (): Plan => {
    const plan = {
      fin: random(3) > 0,
      rsv: 0,
      opcode: open ? 0 : 1 + random(2),
      masked,
      payload: randomPayload(random),
    };
    open = !plan.fin;
    const { length } = plan.payload;
    // A length in more bytes than it needs is against §5.2, yet ws and this course both read it.
    if (random(15) === 0) return { ...plan, form: length < 65_536 && random(2) === 0 ? 2 : 8 };
    return plan;
  };
  const control = (opcode: number): Plan => ({
    fin: true,
    rsv: 0,
    opcode,
    masked,
    payload: randomBytes(pick(random, SHORT), random),
  });
  const add = (kind: string, plan: Plan): void => {
    stream.kinds.push(kind);
    stream.frames.push(write(plan, random));
  };

  for (let left = 1 + random(7); left > 0; left--) {
    const within = open;
    if (random(4) === 0) add(within ? 'control frame between fragments' : 'control frame', control(9 + random(2)));
    else add('data', data());
    if (open && !within) stream.kinds.push('fragments');
  }
  if (broken) {
    const [kind, plan] = pick(random, VIOLATIONS)(
      random,
      random(2) === 0 ? data() : control(8 + random(3)),
      control(8 + random(3)),
    );
    add(kind, plan);
  } else if (random(3) === 0) {
    add('close', { ...control(8), payload: randomClose(random) });
  }
  return stream;
}

type Violation = (random: Random, any: Plan, control: Plan) => [kind: string, plan: Plan];
const VIOLATIONS: readonly Violation[] = [
  (random, any) => ['reserved bits', { ...any, rsv: 1 + random(7) }],
  (_, any) => ['wrong mask', { ...any, masked: !any.masked }],
  (random, any) => ['reserved opcode', { ...any, opcode: pick(random, [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) }],
  (random, _, control) => [
    'long control frame',
    { ...control, payload: randomBytes(pick(random, [...MEDIUM, 65_536]), random) },
  ],
  (_, __, control) => ['fragmented control frame', { ...control, fin: false }],
  // ws can't read a number over 2^53 - 1 either, and answers 1009. §5.2 only forbids the topmost bit.
  (random, any) => [
    '64-bit length with top bits',
    { ...any, payload: new Uint8Array(8), form: 8, says: 1n << BigInt(53 + random(11)) },
  ],
];

function randomPayload(random: Random): Uint8Array {
  const kind = random(60);
  return randomBytes(pick(random, kind === 0 ? LONG : kind < 20 ? MEDIUM : SHORT), random);
}

function randomClose(random: Random): Uint8Array {
  if (random(4) === 0) return new Uint8Array();
  const code = pick(random, [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1014, 3000, 3999, 4000, 4999]);
  return Buffer.concat([Buffer.of(code >> 8, code & 0xff), randomBytes(pick(random, [0, 1, 3, 122, 123]), random)]);
}

function randomBytes(length: number, random: Random): Buffer {
  const bytes = Buffer.alloc(length);
  const [start, step] = [random(256), random(256) | 1];
  // Steps are enough for a long payload: no two neighbouring bytes are the same.
  for (let i = 0; i < length; i++) bytes[i] = length < 200 ? random(256) : start + i * step + (i >> 8);
  return bytes;
}

/** The bytes in pieces that ignore the frames, as TCP delivers them: sometimes one piece, sometimes byte by byte. */
export function cut(bytes: Buffer, random: Random): Buffer[] {
  if (random(3) === 0) return [bytes];
  if (bytes.length < 300 && random(4) === 0) return [...bytes].map((byte) => Buffer.of(byte));
  const places = Array.from({ length: 1 + random(4) }, () => random(bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...places]
    .map((place, i) => bytes.subarray(place, places[i] ?? bytes.length))
    .filter((piece) => piece.length > 0);
}
