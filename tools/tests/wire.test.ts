import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import * as reference from '#solutions/day1-protocol/frames.ts';
import { Todo } from '#tools/todo.ts';
import { readWithReference, readWithYours, type Read } from '../../day1-protocol/demo/wire/decoder.ts';
import { createTap } from '../../day1-protocol/demo/wire/tap.ts';
import { wholeNumbers, write } from './helpers/random-frames.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Runs the tap as a user does. */
async function run(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'day1-protocol/demo/wire.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1' },
  });
  onTestFinished(() => void child.kill());
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { out, err, code };
}

test('--demo shows the handshake and one frame of each kind, and ends', async () => {
  const { out, err, code } = await run('--demo');
  expect({ err, code }).toEqual({ err: '', code: 0 });
  const events = out.split('\n\n');
  const shown = (start: string) =>
    events.find((event) => event.startsWith(`#1 ${start}`)) ?? `no event "${start}" in\n${out}`;
  const rows = (start: string) =>
    shown(start)
      .split('\n')
      .slice(1)
      .map((line) => line.trim().replace(/ {2,}/g, ' | '));

  expect(rows('client → server  handshake')[0]).toBe('GET / HTTP/1.1');
  expect(shown('client → server  handshake')).toMatch(/\n   Sec-WebSocket-Key: [\w+/]{22}==\n/);
  expect(rows('client ← server  handshake')[0]).toBe('HTTP/1.1 101 Switching Protocols');
  expect(shown('client ← server  text, 32 bytes')).toContain('"Welcome! Connection established."');

  const hi = rows('client → server  text, 2 bytes. 8 on the wire');
  expect(hi.slice(0, 2)).toEqual([
    '81 | 1 000 0001 | FIN 1, RSV 000, opcode 1: text',
    '82 | 1 0000010 | MASK 1, length 2',
  ]);
  expect(hi.slice(4)).toEqual(['48 69 | payload, unmasked', '"Hi"']);
  const [key, masked] = hi.slice(2, 4).map((row) =>
    row
      .split(' | ')[0]
      .split(' ')
      .map((byte) => parseInt(byte, 16)),
  );
  expect(masked.map((byte, i) => byte ^ key[i])).toEqual([0x48, 0x69]);
  expect(rows('client ← server  text, 19 bytes. 21 on the wire')).toContain('13 | 0 0010011 | MASK 0, length 19');

  const long = rows('client → server  text, 126 bytes. 134 on the wire');
  expect(long.slice(1, 3)).toEqual([
    'fe | 1 1111110 | MASK 1, 126: the length is in the next 2 bytes',
    '00 7e | length 126',
  ]);
  expect(rows('client ← server  binary, 4 bytes. 6 on the wire').slice(-1)).toEqual(['00 7f 80 ff | payload']);
  expect(rows('client → server  ping, 6 bytes')[0]).toBe('89 | 1 000 1001 | FIN 1, RSV 000, opcode 9: ping');
  expect(rows('client ← server  pong, 6 bytes')).toContain('74 68 65 72 65 3f | payload');
  expect(rows('client ← server  close, 5 bytes. 7 on the wire').slice(-2)).toEqual([
    '03 e8 62 79 65 | payload',
    'code 1000, reason "bye"',
  ]);
  expect(shown('Over')).toMatch(/From the client 5 frames, \d+ bytes; from the server 6 frames, \d+ bytes/);
  expect(out.match(/Over/g)).toHaveLength(1);
  expect(out).not.toContain('\u001b');
});

test.each([
  [['--to', 'nowhere'], /^--to takes a port or host:port, .* but got "nowhere"/],
  [['--to', '8081'], /^--port and --to are both 8081/],
  [['--loud'], /^Unknown flag --loud\. What can be given: /],
])('%j is refused in one line', async (args, message) => {
  const { out, err, code } = await run(...args);
  expect({ out, code, lines: err.trim().split('\n').length }).toEqual({ out: '', code: 1, lines: 1 });
  expect(err).toMatch(message);
});

const open: { destroy(): void }[] = [];
const servers: Server[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) one.destroy();
  await Promise.all(
    servers.splice(0).map((server) => (server.listening ? (server.close(), once(server, 'close')) : undefined)),
  );
});

/** A tap in front of `server`, or of a port, and what it prints. */
async function tapOf(server: Server | number, read: Read = readWithReference) {
  const listen = async (one: Server) => {
    servers.push(one);
    one.on('connection', (socket) => open.push(socket));
    one.listen(0, '127.0.0.1');
    await once(one, 'listening');
    return (one.address() as AddressInfo).port;
  };
  const printed: string[] = [];
  const to = typeof server === 'number' ? server : await listen(server);
  const port = await listen(createTap({ host: '127.0.0.1', port: to }, read, (line) => printed.push(line)));
  return { port, output: () => printed.join('\n') };
}

/** A server for one connection, which the test controls. */
function manualServer() {
  const server = createServer({ allowHalfOpen: true });
  const accepted = once(server, 'connection').then(([socket]) => socket as Socket);
  return { server, accepted };
}

function dial(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  open.push(socket);
  return socket;
}

/** The next `count` bytes of a socket. */
async function take(socket: Socket, count: number): Promise<Buffer> {
  for (;;) {
    const bytes = socket.read(count) as Buffer | null;
    if (bytes) return bytes;
    await once(socket, 'readable');
  }
}

/** Resolves when the socket is closed, with or without an error. */
function closed(socket: Socket): Promise<void> {
  socket.on('error', () => {});
  return new Promise((resolve) => socket.on('close', () => resolve()));
}

const ASK = 'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';
const ACCEPT = 'HTTP/1.1 101 Switching Protocols\r\n';

/** A tapped connection after the handshake. @param extra more fields of the answer */
async function opened(extra = '', read?: Read) {
  const { server, accepted } = manualServer();
  const tap = await tapOf(server, read);
  const client = dial(tap.port);
  client.write(ASK);
  const peer = await accepted;
  await take(peer, ASK.length);
  const answer = `${ACCEPT}${extra}\r\n`;
  peer.write(answer);
  expect(String(await take(client, answer.length))).toBe(answer);
  return { ...tap, client, peer };
}

const client = { fin: true, rsv: 0, masked: true };
const random = wholeNumbers(1);

test('a frame in pieces passes piece by piece, and is shown once, when it is whole', async () => {
  const { client: socket, peer, output } = await opened();
  const frame = write({ ...client, opcode: 1, payload: Buffer.from('Zoë') }, random);
  for (const byte of frame) {
    expect(output()).not.toContain('text, 4 bytes');
    socket.write(Buffer.of(byte));
    expect([...(await take(peer, 1))]).toEqual([byte]);
  }
  expect(output()).toMatch(/text, 4 bytes\. 10 on the wire, .*\n[^]*"Zoë"/);
});

test('a frame that the decoder refuses passes unchanged, the reason is shown, and the next frame is read', async () => {
  const { client: socket, peer, output } = await opened();
  const bytes = Buffer.concat([
    write({ ...client, opcode: 3, payload: Buffer.from('?') }, random),
    write({ ...client, opcode: 1, masked: false, payload: Buffer.from('bare') }, random),
    write({ ...client, opcode: 9, payload: Buffer.alloc(126) }, random),
    write({ ...client, opcode: 1, payload: Buffer.from('well') }, random),
  ]);
  socket.write(bytes);
  expect(await take(peer, bytes.length)).toEqual(bytes);
  expect(output()).toContain('Breaks the protocol, close code 1002: opcode 3 is reserved.');
  expect(output()).toContain('masked: false.');
  expect(output()).toContain('a control frame over 125 bytes.');
  expect(output()).toContain('"well"');
});

test('compressed messages are marked as compressed, their continuations too', async () => {
  const { client: socket, peer, output } = await opened('Sec-WebSocket-Extensions: permessage-deflate\r\n');
  const bytes = Buffer.concat([
    write({ ...client, fin: false, rsv: 4, opcode: 1, payload: Buffer.of(0xf2, 0x48) }, random),
    write({ ...client, opcode: 0, payload: Buffer.of(0xcd, 0xc9) }, random),
    write({ ...client, opcode: 1, payload: Buffer.from('plain') }, random),
  ]);
  socket.write(bytes);
  await take(peer, bytes.length);
  expect(output()).toContain('permessage-deflate is agreed');
  expect(output().match(/Compressed by permessage-deflate/g)).toHaveLength(2);
  expect(output()).toContain('RSV 100');
  expect(output()).toContain('"plain"');
});

test('a real compressed connection of ws works through the tap', async () => {
  const wss = new WebSocketServer({ noServer: true, perMessageDeflate: { threshold: 0 } });
  const { createServer: createHttpServer } = await import('node:http');
  const server = createHttpServer();
  server.on('upgrade', (request, socket, head) =>
    wss.handleUpgrade(request, socket, head, (ws) => ws.on('message', (data) => ws.send(String(data)))),
  );
  const { port, output } = await tapOf(server);
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: { threshold: 0 } });
  await once(socket, 'open');
  socket.send('x'.repeat(100_000));
  expect(String((await once(socket, 'message'))[0])).toBe('x'.repeat(100_000));
  socket.close();
  await once(socket, 'close');
  expect(output().match(/Compressed by/g)?.length).toBeGreaterThanOrEqual(2);
});

test('a long message passes completely, whatever the readers do', async () => {
  const { client: socket, peer, output } = await opened();
  const frame = write({ ...client, opcode: 2, payload: Buffer.alloc(20 * 1024 * 1024, 7) }, random);
  socket.write(frame);
  let size = 0;
  for (let chunk; size < frame.length; size += chunk.length) [chunk] = await once(peer, 'data');
  expect(size).toBe(frame.length);
  expect(output()).toContain('binary, 20971520 bytes. 20971534 on the wire');
  expect(output()).toContain('too long to be shown');
});

test('one side may end its half while the other goes on', async () => {
  const { client: socket, peer, output } = await opened();
  socket.end();
  peer.resume();
  await once(peer, 'end');
  const late = write({ fin: true, rsv: 0, opcode: 1, masked: false, payload: Buffer.from('late') }, random);
  peer.end(late);
  expect(await take(socket, late.length)).toEqual(late);
  expect(output()).toContain('"late"');
});

test('a reset is passed on, and the tap stays up', async () => {
  const { client: socket, peer, output } = await opened();
  const broken = closed(peer);
  socket.resetAndDestroy();
  await broken;
  expect(output()).toContain('client → server  resets the TCP connection');
});

test('nobody listens there: one line per connection, and the tap stays up', async () => {
  const { server } = manualServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const { port, output } = await tapOf(free);
  for (const times of [1, 2]) {
    const socket = dial(port);
    await closed(socket);
    expect(output().split('\n')).toHaveLength(times);
    expect(output()).toContain(`Nothing listens on 127.0.0.1:${free}`);
  }
});

test('a page and a refused handshake pass before the upgrade on the same connection', async () => {
  const { server, accepted } = manualServer();
  const { port, output } = await tapOf(server);
  const socket = dial(port);
  const send = async (from: Socket, to: Socket, bytes: string) => {
    from.write(bytes, 'latin1');
    expect((await take(to, bytes.length)).toString('latin1')).toBe(bytes);
  };
  socket.write('GET /a HTTP/1.1\r\n\r\n');
  const peer = await accepted;
  await take(peer, 19);
  await send(peer, socket, 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi');
  await send(socket, peer, 'POST /b HTTP/1.1\r\nContent-Length: 4\r\n\r\n\r\n\r\n');
  await send(peer, socket, 'HTTP/1.1 204 No Content\r\n\r\n');
  await send(socket, peer, ASK);
  await send(peer, socket, 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
  await send(socket, peer, ASK);
  const welcome = write({ fin: true, rsv: 0, opcode: 1, masked: false, payload: Buffer.from('\u001b[31mred') }, random);
  await send(peer, socket, `${ACCEPT}\r\n${welcome.toString('latin1')}`);
  expect(output()).toContain('GET /a HTTP/1.1: plain HTTP');
  expect(output()).toContain('POST /b HTTP/1.1: plain HTTP');
  expect(output()).toContain('Not 101');
  expect(output()).toContain('"\\u{1b}[31mred"'); // what a peer sends must not control the terminal
});

test('TLS is recognized, and passes', async () => {
  const { server, accepted } = manualServer();
  const { port, output } = await tapOf(server);
  const socket = dial(port);
  socket.write(Buffer.of(0x16, 3, 1, 0, 5));
  expect(await take(await accepted, 5)).toEqual(Buffer.of(0x16, 3, 1, 0, 5));
  expect(output()).toContain('This is TLS');
});

const hi = write({ ...client, opcode: 1, payload: Buffer.from('Hi') }, random);
const YOURS: [string, Partial<typeof reference>, string][] = [
  [
    'is not written yet',
    {
      decodeFrame: () => {
        throw new Todo('1.2', 'readLength');
      },
    },
    'Exercise 1.2, readLength, is not written yet.',
  ],
  [
    'throws',
    {
      decodeFrame: () => {
        throw new TypeError('x is not a function');
      },
    },
    'Your decodeFrame threw TypeError: x is not a function',
  ],
  ['says undefined', { decodeFrame: () => undefined }, 'returned undefined, as if the frame were incomplete'],
  [
    'reads another length',
    { decodeFrame: (bytes, from) => ({ ...reference.decodeFrame(bytes, from)!, length: 130 }) },
    'says length: 130, the bytes say 2.',
  ],
  [
    'does not unmask',
    { decodeFrame: (bytes, from) => ({ ...reference.decodeFrame(bytes, from)!, payload: bytes.slice(6) }) },
    "isn't the one that was sent",
  ],
  [
    'changes the bytes it is given',
    {
      decodeFrame: (bytes, from) => {
        const frame = reference.decodeFrame(bytes, from);
        bytes.fill(0);
        return frame;
      },
    },
    '"Hi"',
  ],
];
test.each(YOURS)('--mine, where decodeFrame %s: the tap says so, and the bytes pass', async (_, yours, line) => {
  const { client: socket, peer, output } = await opened('', readWithYours({ ...reference, ...yours }));
  for (let i = 0; i < 2; i++) {
    socket.write(hi);
    expect(await take(peer, 8)).toEqual(hi);
  }
  expect(output()).toContain(line);
  if (line.startsWith('Exercise')) expect(output().split(line)).toHaveLength(2);
});
