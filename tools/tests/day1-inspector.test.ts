/** The server side of day 1's frame inspector: what it reports, which pages get the reports, and what it costs the server and the learner's code. */
import { once } from 'node:events';
import { request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { Report } from '#day1/given/inspector/reports.ts';
import { runToEnd } from './helpers/start-server.ts';

// On the reference solution, whatever the learner has written.
vi.mock('#day1/handshake.ts', () => import('#solutions/day1-protocol/handshake.ts'));
vi.mock('#day1/frames.ts', () => import('#solutions/day1-protocol/frames.ts'));
vi.mock('#day1/bonus/encode.ts', () => import('#solutions/day1-protocol/bonus/encode.ts'));
vi.mock('#day1/bonus/upgrade.ts', () => import('#solutions/day1-protocol/bonus/upgrade.ts'));
vi.resetModules(); // an earlier test may have loaded it with other imports
const { inspectedServer } = await import('#day1/given/inspector/inspected-server.ts');
const { rawServer } = await import('#day1/given/for-bonus/raw-connection.ts');

const ID = '0123456789abcdef';
const OTHER = 'fedcba9876543210';

let server: Server;
let port: number;
beforeEach(async () => {
  server = inspectedServer(new URL('../../day1-protocol/server.ts', import.meta.url).href, { heartbeat: 2 });
  const wss = new WebSocketServer({ server, maxPayload: 1024 * 1024 });
  wss.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.send('Welcome!');
  });
  port = await listening(server);
  return () => {
    for (const client of wss.clients) client.terminate();
    wss.close();
    server.close();
    server.closeAllConnections();
  };
});

async function listening(one: Server): Promise<number> {
  await once(one.listen(0, '127.0.0.1'), 'listening');
  return (one.address() as AddressInfo).port;
}

/** A page's stream of reports. */
class Stream {
  readonly reports: Report[] = [];
  readonly response: IncomingMessage;
  ended = false;
  #text = '';
  #wake = (): void => {};

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8').on('data', (text: string) => {
      const parts = (this.#text + text).split('\n\n');
      this.#text = parts.pop()!;
      for (const part of parts) this.reports.push(JSON.parse(part.replace(/^data: /, '')) as Report);
      this.#wake();
    });
    for (const event of ['end', 'error'])
      response.on(event, () => {
        this.ended = true;
        this.#wake();
      });
  }

  /** Resolves once `isTrue` is. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      if (this.ended) throw new Error(`The stream has ended after ${JSON.stringify(this.reports)}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** All that one side of a connection has sent so far. */
  bytes(connection: number, from: 'client' | 'server'): Buffer {
    const parts = this.reports.flatMap((one) =>
      one.type === 'bytes' && one.connection === connection && one.from === from
        ? [Buffer.from(one.base64, 'base64')]
        : [],
    );
    return Buffer.concat(parts);
  }

  has(type: Report['type'], connection?: number): boolean {
    return this.reports.some(
      (one) =>
        one.type === type && (connection === undefined || ('connection' in one && one.connection === connection)),
    );
  }
}

async function respond(path: string, { method = 'GET', body = Buffer.alloc(0), at = port } = {}) {
  const sent = request({ host: '127.0.0.1', port: at, path, method, agent: false }).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  onTestFinished(() => void response.destroy());
  return response;
}

const status = async (path: string, options?: Parameters<typeof respond>[1]): Promise<number | undefined> =>
  (await respond(path, options)).statusCode;

const watchAs = async (id: string, at = port): Promise<Stream> =>
  new Stream(await respond(`/inspector/reports?watch=${id}`, { at }));

/** A WebSocket, greeted, and all bytes that it receives on TCP. */
async function open(path: string, headers = {}, at = port): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${at}${path}`, { headers, perMessageDeflate: false });
  onTestFinished(() => socket.terminate());
  await once(socket, 'message');
  return socket;
}

test('reports the handshake and the frames of a connection, byte by byte, in both directions', async () => {
  const page = await watchAs(ID);
  const socket = await open(`/?watch=${ID}`);
  socket.send('Hi');
  await once(socket, 'message');
  socket.close(1000);
  await once(socket, 'close');
  await page.until(() => page.has('closed') && page.has('acceptKey'));

  expect(page.reports[0]).toEqual({ type: 'hello', heartbeat: 2 });
  expect(page.reports[1]).toEqual({ type: 'opened', connection: 1, peer: 'page' });
  const [clientHead, clientFrames] = split(page.bytes(1, 'client'));
  expect(clientHead).toMatch(new RegExp(`^GET /\\?watch=${ID} HTTP/1\\.1\r\n[^]*Sec-WebSocket-Key: \\S{24}\r\n`));
  expect(clientFrames.subarray(0, 2).toString('hex')).toBe('8182');
  expect(clientFrames.length).toBe(8 + 8); // "Hi" and a close frame with a code, both masked
  const [serverHead, serverFrames] = split(page.bytes(1, 'server'));
  expect(serverHead).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
  expect(serverFrames.toString('latin1')).toBe('\x81\x08Welcome!\x81\x02Hi\x88\x02\x03\xe8');
  expect(page.reports).toContainEqual({ type: 'closed', connection: 1, cut: false });
});

function split(bytes: Buffer): [string, Buffer] {
  const end = bytes.indexOf('\r\n\r\n') + 4;
  return [bytes.toString('latin1', 0, end), bytes.subarray(end)];
}

test('a page hears nothing of connections without its ID', async () => {
  const [one, other] = [await watchAs(ID), await watchAs(OTHER)];
  await open('/');
  await open('/?watch=0000000000000000');
  await open(`/?watch=${OTHER}`);
  await open(`/?watch=${ID}`);
  await one.until(() => one.bytes(1, 'server').includes('Welcome!'));
  await other.until(() => other.bytes(1, 'server').includes('Welcome!'));
  expect([one.has('opened', 2), other.has('opened', 2)]).toEqual([false, false]);
  expect(String(one.bytes(1, 'client'))).not.toContain(OTHER);
});

test('cookies of other programs on this machine are not shown', async () => {
  const page = await watchAs(ID);
  await open(`/?watch=${ID}`, { Cookie: 'session=secret', Authorization: 'Basic c2VjcmV0' });
  await page.until(() => page.has('acceptKey'));
  const head = String(page.bytes(1, 'client'));
  expect(head).toMatch(/^Cookie: \(not shown\)\r$/m);
  expect(head).toMatch(/^Authorization: \(not shown\)\r$/m);
});

test('built frames are sent as they are, over one connection until it is closed', async () => {
  const page = await watchAs(ID);
  const post = (hex: string) =>
    status(`/inspector/frames?watch=${ID}`, { method: 'POST', body: Buffer.from(hex, 'hex') });
  expect(await post('81820000000048')).toBe(204);
  expect(await post('69')).toBe(204);
  await page.until(() => page.bytes(1, 'server').includes('\x02Hi'));
  expect(split(page.bytes(1, 'client'))[1].toString('hex')).toBe('8182000000004869');
  await post('c180');
  await page.until(() => page.has('closed', 1));
  expect(page.bytes(1, 'server').subarray(-4).toString('hex')).toBe('880203ea');
  await post('818000000000');
  await page.until(() => page.bytes(2, 'server').subarray(-2).toString('hex') === '8100');
  expect(page.reports).toContainEqual({ type: 'opened', connection: 2, peer: 'built' });
});

test('there are at most five silent peers, and they end with the page', async () => {
  const page = await watchAs(ID);
  const silent = () => status(`/inspector/silent?watch=${ID}`, { method: 'POST' });
  for (let i = 0; i < 5; i++) expect(await silent()).toBe(204);
  await page.until(() => page.has('acceptKey', 5));
  expect(await silent()).toBe(429);
  const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  expect(await connections()).toBeGreaterThan(5);
  page.response.destroy();
  await expect.poll(connections).toBe(0);
});

test('a connection that the server cuts is told from one that is closed', async () => {
  const page = await watchAs(ID);
  const accepted = once(server, 'connection');
  const socket = await open(`/?watch=${ID}`);
  const [tcp] = await accepted;
  tcp.destroy();
  await once(socket, 'close');
  await page.until(() => page.has('closed'));
  expect(page.reports).toContainEqual({ type: 'closed', connection: 1, cut: true });
});

test('a fifth page from one machine takes the place of the first: a browser opens six connections per server', async () => {
  const pages: Stream[] = [];
  for (let i = 0; i < 5; i++) pages.push(await watchAs(ID.replace('0', String(i))));
  await pages[0].until(() => pages[0].has('elsewhere'));
  await pages[4].until(() => pages[4].has('hello'));
  expect(pages.slice(1).some((page) => page.has('elsewhere'))).toBe(false);
});

test('pages that never read their streams do not keep their places for ever', async () => {
  for (let i = 0; i < 120; i++) {
    const stream = connect(port, '127.0.0.1');
    onTestFinished(() => void stream.destroy());
    stream.on('error', () => {});
    stream.write(`GET /inspector/reports?watch=${ID}${String(i).padStart(4, '0')} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await once(stream, 'readable');
  }
  const page = await watchAs(ID);
  await page.until(() => page.has('hello'));
});

test('a page whose stream was lost gets a new one', async () => {
  const first = await watchAs(ID);
  const second = await watchAs(ID);
  await expect.poll(() => first.ended).toBe(true);
  await open(`/?watch=${ID}`);
  await second.until(() => second.has('acceptKey'));
});

test.each([
  ['a short ID', '/inspector/reports?watch=1', 'GET', 400],
  ['an ID with other characters', `/inspector/reports?watch=${ID}%0a`, 'GET', 400],
  ['no ID', '/inspector/reports', 'GET', 400],
  ['frames for a page that does not watch', `/inspector/frames?watch=${ID}`, 'POST', 404],
  ['frames with GET', `/inspector/frames?watch=${ID}`, 'GET', 404],
  ['anything else', '/inspector/x', 'POST', 404],
])('%s is refused', async (_, path, method, expected) => {
  expect(await status(path, { method })).toBe(expected);
});

test('too many bytes to send are refused', async () => {
  await watchAs(ID);
  const sent = request({
    host: '127.0.0.1',
    port,
    path: `/inspector/frames?watch=${ID}`,
    method: 'POST',
    agent: false,
  });
  sent.end(Buffer.alloc(200_000));
  const [error] = await once(sent, 'error');
  expect(error.code).toMatch(/^ECONNRESET|EPIPE$/);
});

test('a page that does not read its reports gets no more, and its connection goes on', async () => {
  const stream = connect(port, '127.0.0.1');
  onTestFinished(() => void stream.destroy());
  const closed = once(stream, 'close');
  stream.on('error', () => {});
  stream.write(`GET /inspector/reports?watch=${ID} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await once(stream, 'readable'); // the stream is there; from now on nothing is read
  const socket = await open(`/?watch=${ID}`);
  const large = Buffer.alloc(1024 * 1024);
  for (let i = 0; i < 20; i++) {
    socket.send(large);
    expect((await once(socket, 'message'))[0]).toHaveLength(large.length);
  }
  stream.resume();
  await closed;
  expect(stream.bytesRead).toBeLessThan(20 * large.length);
});

test('the raw server of the bonus has the same inspector', async () => {
  const raw = rawServer(() => {}) as Server;
  const at = await listening(raw);
  onTestFinished(() => {
    raw.close();
    raw.closeAllConnections();
  });
  const page = await watchAs(ID, at);
  await open(`/?watch=${ID}`, {}, at);
  await page.until(() => page.bytes(1, 'server').includes('Welcome! Connection established.'));
  expect(page.reports[0]).toEqual({ type: 'hello' });
});

test.each([['abc'], ['0']])('--heartbeat %j gets one line and exit code 1', async (value) => {
  const { code, stderr } = await runToEnd('day1-protocol/server.ts', [`--heartbeat=${value}`], { solution: true });
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `--heartbeat takes a number above 0 and up to 86400, such as 2, but got "${value}".\n`,
  });
});
