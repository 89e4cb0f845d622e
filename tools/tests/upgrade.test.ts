/** A request with `Upgrade: h2c` is an ordinary one: `curl --http2` and Java's HttpClient send that header with every first request. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { MemoryBus } from '../../day5-scaling/tests/helpers/memory-bus.ts';
import { raceServer } from '../../day1-protocol/demo/race/server.ts';
import { Source } from '../../day1-protocol/demo/race/source.ts';
import { rawServer } from '#day1/given/for-bonus/raw-connection.ts';
import { Tokens } from '#day3/given/tokens.ts';
import { createApp } from '#solutions/day3-chat/app.ts';
import { ChatNode } from '#solutions/day5-scaling/chat-node.ts';
import { createWebServer, pageServer } from '#tools/serve.ts';

const DAY1 = new URL('../../day1-protocol/server.ts', import.meta.url).href;
const H2C = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'];

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** Sends one request as it is written here, and resolves with the answer, up to the end of its body. */
async function exchange(port: number, lines: string[], body = ''): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write([...lines, 'Host: 127.0.0.1', '', body].join('\r\n'));
  let answer = '';
  for await (const chunk of socket.setEncoding('utf8')) {
    answer += chunk;
    // The connection may stay open, so the end of the answer is where its headers say.
    const [head, ...rest] = answer.split('\r\n\r\n');
    const [, length] = /^content-length: (\d+)/im.exec(head) ?? [];
    if (length && Buffer.byteLength(rest.join('\r\n\r\n')) >= Number(length)) break;
    if (/^transfer-encoding: chunked/im.test(head) && answer.endsWith('\r\n0\r\n\r\n')) break;
  }
  return answer;
}
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

const tokens = new Tokens();
const page = (_: unknown, response: { end(text: string): void }): void => void response.end('the page');

describe('the header "Upgrade: h2c"', () => {
  test.each<[string, () => Server, string, number]>([
    [
      "days 1 and 2's servers",
      () => {
        const server = pageServer(DAY1);
        new WebSocketServer({ server });
        return server;
      },
      '/',
      200,
    ],
    ['the raw server', () => rawServer(() => {}) as Server, '/', 200],
    ['the race', () => raceServer(new Source(10, Date.now)).server, '/nothing', 404],
    ["days 3 and 4's servers", () => createApp({ tokens, page }).server, '/', 200],
    [
      "day 5's node",
      () => new ChatNode({ name: 'one', bus: new MemoryBus(), tokens, page }).app.server,
      '/healthz',
      503, // its bus is down, so that is the right answer of this route
    ],
  ])('gets the same from %s as a request without it', async (_name, start, path, status) => {
    const port = await listening(start());
    const request = `GET ${path} HTTP/1.1`;
    expect(statusOf(await exchange(port, [request, 'Connection: close']))).toBe(status);
    expect(statusOf(await exchange(port, [request, ...H2C]))).toBe(status);
  });

  test('leaves the body of the request as it is', async () => {
    const server = createWebServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      response.end(`${request.method} ${body}`);
    });
    server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const port = await listening(server);
    const answer = await exchange(port, ['POST / HTTP/1.1', ...H2C, 'Content-Length: 5'], 'hello');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nPOST hello$/);
  });
});

test('a server accepts WebSockets as before, in upper and lower case', async () => {
  const server = createWebServer((_request, response) => void response.end('no'));
  const wss = new WebSocketServer({ server });
  wss.on('connection', (socket) => socket.send('hello'));
  const port = await listening(server);
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { headers: { Upgrade: 'WebSocket' } });
  const [text] = await once(socket, 'message');
  expect(String(text)).toBe('hello');
  socket.terminate();
});

test('a wrong WebSocket handshake is refused by the WebSocket server', async () => {
  const server = pageServer(DAY1);
  new WebSocketServer({ server });
  const port = await listening(server);
  const answer = await exchange(port, ['GET / HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket']);
  expect(statusOf(answer)).toBe(400);
});
