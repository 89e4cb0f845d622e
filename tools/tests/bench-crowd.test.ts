/** The clients of `npm run bench`: if something is lost, the measurement ends with a message. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { Crowd } from '#tools/bench/crowd.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const SPEECH = { path: '/', protocols: [], join: 'join', ready: 'ready', delivery: 'text' };

/** A server that lets `count` clients in, and their crowd. */
async function crowd(count: number, onJoin = (socket: WebSocket) => socket.send('ready')) {
  const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => {
    for (const socket of wss.clients) socket.terminate();
    wss.close();
  });
  wss.on('connection', (socket) => socket.on('message', () => onJoin(socket)));
  await once(wss, 'listening');
  const clients = new Crowd((wss.address() as AddressInfo).port, SPEECH);
  const grown = clients.grow(count);
  return { wss, clients, grown };
}

test('all deliveries arrive', async () => {
  const { wss, clients, grown } = await crowd(3);
  await grown;
  const heard = clients.hear(6);
  for (const socket of wss.clients) for (const text of ['text 1', 'text 2']) socket.send(text);
  await heard;
  vi.advanceTimersByTime(60_000); // nobody waits any more
});

test('a lost delivery ends the wait with a message, thirty seconds after the last one that arrived', async () => {
  const { wss, clients, grown } = await crowd(3);
  await grown;
  const heard = clients.hear(3).catch((error: Error) => error.message);
  for (const [i, socket] of [...wss.clients].entries()) {
    if (i === 0) continue; // this client's delivery is lost
    vi.advanceTimersByTime(29_000);
    const arrived = Promise.race(clients.sockets.map((client) => once(client, 'message')));
    socket.send('text');
    await arrived;
  }
  vi.advanceTimersByTime(30_000);
  expect(await heard).toBe('2 of 3 deliveries came, and then none for 30 seconds: the others were lost.');
});

test('a client that is never let in also ends it', async () => {
  let asked = (): void => {};
  const joined = new Promise<void>((resolve) => (asked = resolve));
  const { grown } = await crowd(1, () => asked());
  const failed = grown.catch((error: Error) => error.message);
  await joined;
  vi.advanceTimersByTime(30_000);
  expect(await failed).toBe('A client of the measurement waited 30 seconds to be let in.');
});
