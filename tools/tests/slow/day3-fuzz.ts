/** What hostile clients send: messages that are nearly right, and frames that are wrong. The same seed gives the same traffic. */
import { seeded } from '../../../day4-reconnect/demo/herd/random.ts';
import { frame } from '#kit';

const TYPES = [
  'join',
  'chat',
  'setName',
  'typing',
  'init',
  'error',
  'joined',
  'dance',
  '__proto__',
  '',
  7,
  null,
  ['chat'],
  { type: 'chat' },
];
const KEYS = [
  'type',
  'room',
  'text',
  'name',
  'key',
  'after',
  'userId',
  'id',
  '__proto__',
  'constructor',
  'toJSON',
  'length',
];
const STRINGS = [
  '',
  ' ',
  'lobby',
  'a',
  '__proto__',
  'constructor',
  '\u0000',
  '\ud800',
  '\u202e',
  '<script>alert(1)</script>',
  '👋'.repeat(20),
  'x'.repeat(40),
  'x'.repeat(41),
  'x'.repeat(1000),
  'x'.repeat(1001),
  'x'.repeat(9000),
];

const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

/** One source of hostile traffic. */
export class Hostile {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#below(list.length)];
  }

  /** Bytes to send: mostly a whole text message, now and then something else, which may end the connection. */
  next(): { bytes: Buffer; mayEnd: boolean } {
    if (this.chance(0.97)) return { bytes: frame(1, this.message()), mayEnd: false };
    return { bytes: this.#other(), mayEnd: true };
  }

  #other(): Buffer {
    return this.#one([
      () => this.#brokenFrame(),
      () => this.#fragments(),
      () => frame(2, this.message()),
      () => frame(9, 'x'.repeat(this.#below(126))),
      () => frame(10, 'pong'),
    ])();
  }

  /** A text: a right message, one with something wrong in it, or not a message at all. */
  message(): string {
    const right = this.#one([
      () => ({
        type: 'join',
        room: this.#one(['lobby', 'kitchen', `room ${this.#below(50)}`, '__proto__']),
        ...(this.chance(0.2) && { after: `x.${this.#below(9)}` }),
      }),
      () => ({
        type: 'chat',
        text: `text ${this.#below(1e9)}`,
        ...(this.chance(0.3) && { key: `k${this.#below(5)}` }),
      }),
      () => ({ type: 'setName', name: `Name ${this.#below(1e6)}` }),
      () => ({ type: 'typing' }),
    ])() as Record<string, unknown>;
    if (this.chance(0.3)) return JSON.stringify(right);
    if (this.chance(0.5)) {
      for (let i = this.#below(3); i >= 0; i--) right[this.#one(KEYS)] = this.#value(3);
      return JSON.stringify(right);
    }
    return this.#one([
      () => JSON.stringify(right).slice(0, this.#below(20)),
      () => JSON.stringify(right) + this.#one(['}', ' x', '\u0000', ',']),
      () => JSON.stringify({ ...right, type: this.#one(TYPES) }),
      () => JSON.stringify(this.#value(4)),
      () => '['.repeat(this.#below(8000)),
      () => `{"type":${nested(this.#below(8000))}}`,
      () => JSON.stringify(right).replace(/:"[^"]*"}$/, () => `:${nested(this.#below(7000))}}`),
      () => '{"type":"chat","text":"a","text":{"__proto__":{"type":"x"}}}',
      () => String.fromCharCode(...Array.from({ length: this.#below(60) }, () => this.#below(0xd800))),
    ])();
  }

  #value(depth: number): unknown {
    if (depth > 0 && this.chance(0.2)) return Array.from({ length: this.#below(4) }, () => this.#value(depth - 1));
    if (depth > 0 && this.chance(0.2)) return { [this.#one(KEYS)]: this.#value(depth - 1) };
    return this.#one([...STRINGS, 0, -1, 1e308, 0.1, true, false, null]);
  }

  #brokenFrame(): Buffer {
    const bytes = frame(
      1 + this.#below(15),
      Buffer.from(Array.from({ length: this.#below(200) }, () => this.#below(256))),
      {
        fin: this.chance(0.7),
        rsv: this.chance(0.3) ? this.#below(8) : 0,
        masked: this.chance(0.8),
      },
    );
    if (this.chance(0.3)) bytes[1] = 0xff; // a 64-bit length, made of whatever comes next
    if (this.chance(0.2)) return frame(8, Buffer.from([this.#below(256), this.#below(256), this.#below(256)]));
    return this.chance(0.1) ? frame(1, 'x'.repeat(17_000)) : bytes;
  }

  #fragments(): Buffer {
    const text = Buffer.from(this.message());
    const cut = this.#below(text.length);
    return Buffer.concat([
      frame(1, text.subarray(0, cut), { fin: false }),
      frame(9, 'between'),
      frame(0, text.subarray(cut)),
    ]);
  }
}
