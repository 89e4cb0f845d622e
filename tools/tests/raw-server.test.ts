/** The raw server of day 1's bonus, against clients that try to exhaust it. */
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { PassThrough, type Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import type { Frame } from '#day1/given/rfc6455.ts';
import { frame } from '../kit/raw.ts';

// On the reference solution, whatever the learner has written.
vi.mock('#day1/frames.ts', () => import('#solutions/day1-protocol/frames.ts'));
vi.mock('#day1/bonus/encode.ts', () => import('#solutions/day1-protocol/bonus/encode.ts'));
vi.mock('#day1/bonus/upgrade.ts', () => import('#solutions/day1-protocol/bonus/upgrade.ts'));
vi.resetModules(); // an earlier test may have loaded it with other imports
const { RawConnection, rawServer } = await import('#day1/given/for-bonus/raw-connection.ts');

const HANDSHAKE =
  'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

afterEach(() => vi.useRealTimers());

/** A connection on a stream in memory. It has what the server writes, and the frames of its answers. */
function connection({ keeps = false } = {}) {
  const socket = new PassThrough({ highWaterMark: 1024 }) as Duplex;
  const written: Buffer[] = [];
  const answered: Frame[] = [];
  socket.on('data', (chunk: Buffer) => written.push(chunk));
  const raw = new RawConnection(socket, (one, { fragments }) => {
    answered.push(one);
    if (keeps && one.opcode < 8) fragments.push(one);
  });
  /** the close code that was sent, once everything has been written out */
  const code = async () => {
    await turn();
    const bytes = Buffer.concat(written);
    return bytes[0] === 0x88 ? bytes.readUInt16BE(2) : undefined;
  };
  return { raw, socket, answered, code };
}

test.each([
  ['empty', ''],
  ['of one byte', 'x'],
])('a message in endless fragments, %s, is refused with 1008', async (_, payload) => {
  const { raw, answered, code } = connection({ keeps: true });
  const chunk = Buffer.concat(Array.from({ length: 1_000 }, () => frame(0, payload, { fin: false })));

  raw.receive(frame(1, '', { fin: false }));
  for (let i = 0; i < 20; i++) raw.receive(chunk);

  expect(await code()).toBe(1008);
  expect(answered).toHaveLength(16_384);
  expect(raw.fragments).toEqual([]);
});

test('the fragments are counted for each message', async () => {
  const { raw, answered, code } = connection();
  const message = [
    frame(1, '', { fin: false }),
    ...Array.from({ length: 9_999 }, (_, i) => frame(0, '', { fin: i === 9_998 })),
  ];

  for (let i = 0; i < 3; i++) raw.receive(Buffer.concat(message));

  expect(await code()).toBeUndefined();
  expect(answered).toHaveLength(30_000);
});

test('nothing is read after the close frame', async () => {
  const { raw, answered, code } = connection();
  raw.close(Buffer.from([0x03, 0xe8]));
  expect(await code()).toBe(1000);
  const concat = vi.spyOn(Buffer, 'concat');
  onTestFinished(() => void concat.mockRestore());

  raw.receive(frame(1, 'too late'));
  const copied = concat.mock.calls.length - 1; // frame() joins the parts itself
  raw.receive(Buffer.alloc(1024 * 1024));

  expect(answered).toEqual([]);
  expect(copied).toBe(0);
  expect(concat).toHaveBeenCalledTimes(1);
});

test('a frame that announces too many bytes is refused as soon as its header is there', async () => {
  const { raw, code } = connection();
  raw.receive(Uint8Array.from([0x82, 0xff, 0, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4]));
  expect(await code()).toBe(1009);
});

test('a large frame in small pieces is joined once', () => {
  const { raw, answered } = connection();
  const concat = vi.spyOn(Buffer, 'concat');
  onTestFinished(() => void concat.mockRestore());
  const bytes = frame(2, new Uint8Array(100_000));
  concat.mockClear();

  for (let at = 0; at < bytes.length; at += 10) raw.receive(bytes.subarray(at, at + 10));

  expect(answered.map(({ length }) => length)).toEqual([100_000]);
  expect(concat.mock.calls.length).toBeLessThan(20);
});

/** A server that waits only briefly, and a client that has sent `bytes` and never ends its half of the connection. */
async function clientOf(
  closeTimeoutMs: number,
  bytes: string | Uint8Array,
): Promise<{ client: Socket; server: Socket }> {
  const server = rawServer((one, raw) => {
    if (one.opcode === 8) raw.close(one.payload);
    else raw.send(one.opcode, one.payload);
  }, closeTimeoutMs);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const accepted = once(server, 'connection');
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => {});
  onTestFinished(() => void client.destroy());
  client.write(bytes);
  return { client, server: (await accepted)[0] as Socket };
}

test.each([
  ['that sends a close frame', Buffer.concat([Buffer.from(HANDSHAKE), frame(8)])],
  ['that breaks the protocol', Buffer.concat([Buffer.from(HANDSHAKE), frame(3)])],
  ['that was refused', HANDSHAKE.replace('GET', 'POST')],
])('a peer %s, and never ends the connection, is cut off after the time-out', async (_, bytes) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { client, server } = await clientOf(5_000, bytes);
  client.resume();
  await once(client, 'end'); // the server has ended its half

  vi.advanceTimersByTime(4_999);
  expect(server.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(server.destroyed).toBe(true);
});

test('a peer that ends the connection in time leaves no timer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { client, server } = await clientOf(5_000, Buffer.concat([Buffer.from(HANDSHAKE), frame(8)]));
  client.resume();
  await once(client, 'end');
  const closed = once(server, 'close');
  client.end();
  await closed;
  expect(vi.getTimerCount()).toBe(0);
});

test('if a client does not read its answers, the server stops reading it', async () => {
  const { client, server } = await clientOf(5_000, HANDSHAKE);
  const ping = Buffer.concat(Array.from({ length: 10_000 }, () => frame(2, new Uint8Array(100))));
  const paused = new Promise<void>((resolve) => server.once('pause', resolve));
  const pump = (): void => {
    while (!client.destroyed && client.write(ping));
  };
  client.on('drain', pump);
  pump();
  await paused;
  expect(server.isPaused()).toBe(true);

  const resumed = new Promise<void>((resolve) => server.once('resume', resolve));
  client.off('drain', pump);
  client.resume();
  await resumed;
});
