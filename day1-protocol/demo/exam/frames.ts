import { randomBytes } from 'node:crypto';
import { fail, frame, load, rawConnect, serve, show, type Trial } from '#kit';
import { ProtocolError, type Header, type Sender } from '#day1/given/rfc6455.ts';

const SIZES = [0, 1, 5, 125, 126, 127, 255, 256, 65_535, 65_536, 70_000];
const KEY = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

/** A header, and who sent it. */
const header = (from: Sender, changes: Partial<Header> = {}): [Sender, Header] => [
  from,
  { fin: true, rsv: 0, opcode: 1, masked: from === 'client', length: 5, ...changes },
];
const ALLOWED: [what: string, [Sender, Header]][] = [
  ['text from a client', header('client')],
  ['text from a server', header('server')],
  ['a fragment', header('client', { fin: false })],
  ['binary of 70,000 bytes', header('client', { opcode: 2, length: 70_000 })],
  ['a ping of 125 bytes', header('server', { opcode: 9, length: 125 })],
  ['an empty close frame', header('client', { opcode: 8, length: 0 })],
];
const FORBIDDEN: [what: string, [Sender, Header]][] = [
  ['text without a mask, from a client', header('client', { masked: false })],
  ['text with a mask, from a server', header('server', { masked: true })],
  ['a ping without a mask, from a client', header('client', { opcode: 9, masked: false })],
  ...[1, 2, 4].map((rsv): [string, [Sender, Header]] => [`the reserved bit ${rsv}`, header('client', { rsv })]),
  ['a ping that announces 126 bytes', header('client', { opcode: 9, length: 126 })],
  ['a close frame in fragments', header('client', { opcode: 8, fin: false })],
];

/** What your functions say of bytes that ws, too, has read. */
export const FRAME_TRIALS: Trial[] = [
  {
    tried: '50 handshakes, each with a key of its own',
    blames: '1.1',
    async run() {
      const { acceptKey } = await load(() => import('#day1/handshake.ts'), 'acceptKey');
      const { port } = await serve(() => {});
      for (let i = 0; i < 50; i++) {
        const key = randomBytes(16).toString('base64');
        const peer = await rawConnect(port, { upgrade: false });
        peer.write(
          'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
            `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
        );
        const head = await peer.takeUntil('\r\n\r\n', 'the answer to the handshake');
        const [, right] = /^sec-websocket-accept: (\S+)/im.exec(head) ?? [];
        const yours = acceptKey(key);
        if (yours !== right)
          fail(`A client sent the key ${key}. ws answered ${right}; your acceptKey returns ${show(yours)}.`);
      }
      return 'acceptKey gives what ws answered, 50 times.';
    },
  },
  {
    tried: `${2 * SIZES.length} frames, from 0 to 70,000 bytes long, arrive byte by byte`,
    blames: '1.2',
    async run() {
      const { readLength } = await load(() => import('#day1/frames.ts'), 'readLength');
      for (const { bytes, payload, masked } of await conversation()) {
        const size = payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10;
        const side = masked ? 'client' : 'server';
        for (let there = 0; there <= Math.min(size + 4, bytes.length); there++) {
          const part = bytes.subarray(0, there);
          const got = readLength(part);
          const right = there < size ? undefined : { length: payload.length, next: size };
          if (got?.length === right?.length && got?.next === right?.next) continue;
          fail(
            `The first ${show(part)}, of a frame that a ${side} sent with ${payload.length} bytes in it. readLength returns ${show(got)}. Expected ${show(right)}.`,
          );
        }
      }
      return 'readLength finds every length, as soon as it is there and not before.';
    },
  },
  {
    tried: `${SIZES.length} masked frames from a client`,
    blames: '1.3',
    async run() {
      const { unmask } = await load(() => import('#day1/frames.ts'), 'unmask');
      for (const { bytes, payload, masked } of await conversation()) {
        if (!masked) continue;
        const arrived = bytes.subarray(bytes.length - payload.length);
        const before = Buffer.from(arrived);
        const got = unmask(arrived, KEY);
        if (!before.equals(arrived)) fail('unmask changed the bytes that it was given. It should return new ones.');
        if (!(got instanceof Uint8Array) || Buffer.compare(got, payload) !== 0)
          fail(`A client sent ${show(payload)}, masked with 37 fa 21 3d. ws read them; unmask returns ${show(got)}.`);
      }
      return 'unmask gives back what the client meant, byte for byte.';
    },
  },
  {
    tried: `${FORBIDDEN.length} headers that break the protocol, among ${ALLOWED.length} that don't`,
    blames: '1.4',
    async run() {
      const { checkFrame } = await load(() => import('#day1/frames.ts'), 'checkFrame');
      const judged = (from: Sender, one: Header): unknown => {
        try {
          checkFrame(one, from);
          return undefined;
        } catch (error) {
          if ((error as Error)?.name === 'Todo') throw error;
          return error;
        }
      };
      for (const [what, [from, one]] of ALLOWED) {
        const error = judged(from, one);
        if (error !== undefined) fail(`checkFrame rejects ${what}, which is allowed: ${show(String(error))}.`);
      }
      for (const [what, [from, one]] of FORBIDDEN) {
        const error = judged(from, one);
        if (error === undefined) fail(`checkFrame lets this through: ${what}. It should throw a ProtocolError, 1002.`);
        if (!(error instanceof ProtocolError) || error.code !== 1002)
          fail(`checkFrame threw ${show(String(error))} for ${what}. Expected a ProtocolError with code 1002.`);
      }
      return 'checkFrame throws 1002 for each of them, and for nothing else.';
    },
  },
];

/** A raw client and a server of ws talk: every frame that passes, in both directions, with the payload that ws read. */
async function conversation(): Promise<{ bytes: Uint8Array; payload: Buffer; masked: boolean }[]> {
  const read: Buffer[] = [];
  const { port } = await serve((wss) =>
    wss.on('connection', (socket) =>
      socket.on('message', (data) => {
        read.push(data as Buffer);
        socket.send(data as Buffer);
      }),
    ),
  );
  const peer = await rawConnect(port);
  const all = [];
  for (const size of SIZES) {
    const bytes = frame(2, Buffer.alloc(size, 'Hello, world. '), { key: KEY });
    peer.write(bytes);
    const head = size < 126 ? 2 : size < 65_536 ? 4 : 10;
    const answer = await peer.take(head + size, `the echo of ${size} bytes`);
    const payload = read[read.length - 1];
    all.push({ bytes, payload, masked: true }, { bytes: Buffer.from(answer), payload, masked: false });
  }
  return all;
}
