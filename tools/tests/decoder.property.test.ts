import * as ws from 'ws';
import { expect, test } from 'vitest';
import { decodeFrame } from '#solutions/day1-protocol/frames.ts';
import { ProtocolError, type Frame, type Sender } from '#day1/given/rfc6455.ts';
import { cut, randomStream, wholeNumbers } from './helpers/random-frames.ts';

// ws's own decoder. It is exported, but has no types.
const { Receiver } = ws as unknown as { Receiver: new (options: object) => import('node:stream').Writable };

const FRAMES = 10_000; // in each direction
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));

/** The result of a stream, in order: `text <hex>`, `ping <hex>`, `close <code> <hex>`, and at the end `rejected <code>`. */
type Story = string[];

function readWithWs(chunks: Buffer[], from: Sender): Story {
  const story: Story = [];
  // A frame decoder doesn't check UTF-8, because that concerns whole messages. So ws is told not to check it either.
  const receiver = new Receiver({ isServer: from === 'client', skipUTF8Validation: true });
  receiver.on('message', (data: Buffer, isBinary: boolean) =>
    story.push(`${isBinary ? 'binary' : 'text'} ${data.toString('hex')}`),
  );
  receiver.on('ping', (data: Buffer) => story.push(`ping ${data.toString('hex')}`));
  receiver.on('pong', (data: Buffer) => story.push(`pong ${data.toString('hex')}`));
  receiver.on('conclude', (code: number, reason: Buffer) => story.push(`close ${code} ${reason.toString('hex')}`));
  receiver.on('error', () => {});
  for (const chunk of chunks) {
    if (receiver.errored || receiver.writableEnded) break;
    receiver.write(Buffer.from(chunk)); // a copy, because ws unmasks in place
  }
  if (receiver.errored) story.push(`rejected ${statusCode(receiver.errored)}`);
  return story;
}

/** ws keeps the close code on its errors, under a symbol that it doesn't export. */
function statusCode(error: Error): unknown {
  const symbol = Object.getOwnPropertySymbols(error).find(({ description }) => description === 'status-code');
  return symbol && (error as unknown as Record<symbol, unknown>)[symbol];
}

function readWithDecoder(chunks: Buffer[], from: Sender): Story {
  const story: Story = [];
  let bytes = Buffer.alloc(0);
  let parts: Frame[] = [];
  for (const chunk of chunks) {
    bytes = Buffer.concat([bytes, chunk]);
    try {
      for (let frame = decodeFrame(bytes, from); frame; frame = decodeFrame(bytes, from)) {
        bytes = bytes.subarray(frame.size);
        if (frame.opcode < 8) parts.push(frame);
        const hex = (...frames: Frame[]) => Buffer.concat(frames.map(({ payload }) => payload)).toString('hex');
        if (frame.opcode === 8)
          return [...story, `close ${hex(frame) ? parseInt(hex(frame).slice(0, 4), 16) : 1005} ${hex(frame).slice(4)}`];
        if (frame.opcode > 8) story.push(`${frame.opcode === 9 ? 'ping' : 'pong'} ${hex(frame)}`);
        if (frame.opcode > 8 || !frame.fin) continue;
        story.push(`${parts[0].opcode === 2 ? 'binary' : 'text'} ${hex(...parts)}`);
        parts = [];
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return [...story, `rejected ${error.code}`];
    }
  }
  return story;
}

/*
 * Left out on purpose, because ws and a frame decoder may differ there: a continuation of nothing and a message inside another,
 * UTF-8, a close of one byte or with a code that may not be sent (rules about messages); and a control frame whose short
 * length is written in the 16- or 64-bit form: ws rejects it by its seven bits, the decoder reads the length.
 */
test.each<Sender>(['client', 'server'])(
  `decodeFrame agrees with ws on random frames of the %s (SEED=${seed})`,
  (from) => {
    console.log(`Random frames of the ${from}, SEED=${seed}`);
    const random = wholeNumbers(from === 'client' ? seed : ~seed);
    const seen = new Map<string, number>();
    for (let count = 0; count < FRAMES;) {
      const { frames, kinds } = randomStream(random, from, random(3) === 0);
      const chunks = cut(Buffer.concat(frames), random);
      const [ours, theirs] = [readWithDecoder(chunks, from), readWithWs(chunks, from)];
      if (ours.join() !== theirs.join())
        expect(ours, `frames: ${frames.map((frame) => frame.subarray(0, 40).toString('hex')).join(' | ')}`).toEqual(
          theirs,
        );
      for (const kind of [...kinds, ...theirs.map((line) => /rejected.*|^\w+/.exec(line)![0])])
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
      count += frames.length;
    }
    // That both agree means little unless each kind occurred.
    for (const kind of KINDS) expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(10);
  },
);

const KINDS = [
  ...[
    'data',
    'fragments',
    'control frame',
    'control frame between fragments',
    'text',
    'binary',
    'ping',
    'pong',
    'close',
  ],
  ...[
    'reserved bits',
    'wrong mask',
    'reserved opcode',
    'long control frame',
    'fragmented control frame',
    '64-bit length with top bits',
  ],
  ...['rejected 1002', 'rejected 1009'],
];

test.each<Sender>(['client', 'server'])(
  `a frame of the %s is undefined until its last byte is there (SEED=${seed})`,
  (from) => {
    const random = wholeNumbers(seed + 1);
    for (let count = 0; count < 1_000;) {
      for (const frame of randomStream(random, from, false).frames) {
        const cuts =
          frame.length < 40 ? [...frame.keys()] : [0, 1, 2, 3, 9, 10, 13, random(frame.length), frame.length - 1];
        for (const length of cuts)
          expect(decodeFrame(frame.subarray(0, length), from), `${length} bytes of ${frame.length}`).toBeUndefined();
        expect(decodeFrame(Buffer.concat([frame, Buffer.of(0x81)]), from)?.size).toBe(frame.length);
        count++;
      }
    }
  },
);
