/** The demonstrations of day 4: a network that really breaks, and a herd that behaves the same with the same seed. */
import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Chaos } from '../../day4-reconnect/demo/chaos/proxy.ts';
import { readScript } from '../../day4-reconnect/demo/chaos/script.ts';
import { histogram, simulate } from '../../day4-reconnect/demo/herd/simulate.ts';
import { seeded } from '../../day4-reconnect/demo/herd/random.ts';

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Not events.once: it rejects if `error` comes first. */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.on('close', () => resolve()));

/** An echo server behind the chaos proxy. */
async function start() {
  const far = new Set<Socket>();
  const echo = createServer((socket) => {
    far.add(socket);
    socket.on('error', () => {}).pipe(socket);
  });
  const chaos = new Chaos(await listening(echo));
  const port = await listening(chaos.server);
  onTestFinished(() => {
    chaos.cut();
    for (const socket of far) socket.destroy();
    for (const server of [echo, chaos.server]) server.close();
  });
  const dial = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  const echoes = async (socket: Socket, text: string): Promise<string> => {
    let got = '';
    socket.write(text);
    while (got.length < text.length) got += String((await once(socket, 'data'))[0]);
    return got;
  };
  return { chaos, far, dial, echoes };
}

test('bytes pass in good conditions, and also late and slowly', async () => {
  const { chaos, dial, echoes } = await start();
  const socket = await dial();
  expect(await echoes(socket, 'one')).toBe('one');
  chaos.weather.delayMs = 5;
  chaos.weather.bytesPerSecond = 10_000;
  expect(await echoes(socket, 'two')).toBe('two');
});

test('cut: both ends notice at once', async () => {
  const { chaos, dial, far, echoes } = await start();
  const socket = await dial();
  await echoes(socket, 'one');
  const [server] = far;
  const ends = [closed(socket), closed(server)];
  chaos.cut();
  await Promise.all(ends);
});

test('stall: a stalled connection stays dead, without a TCP FIN to the far end; a later one works', async () => {
  const { chaos, dial, far, echoes } = await start();
  const socket = await dial();
  await echoes(socket, 'one');
  const [server] = far;
  chaos.stall(true);
  socket.end('two');
  await once(socket, 'finish');
  const other = await dial(); // accepted, but not passed on: a fence after the bytes above
  other.write('three');
  expect(server.readableEnded).toBe(false);
  chaos.stall(false);
  expect(await echoes(await dial(), 'four')).toBe('four');
  expect([server.readableEnded, server.bytesRead]).toEqual([false, 3]);
  const ended = closed(server);
  chaos.heal();
  await ended;
});

test('refuse: a new connection is reset', async () => {
  const { chaos, far } = await start();
  chaos.weather.refuse = true;
  await closed(connect((chaos.server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {}));
  expect(far.size).toBe(0);
});

test('outage: every connection is cut and new ones are refused, until it ends', async () => {
  const { chaos, dial, echoes } = await start();
  const socket = await dial();
  await echoes(socket, 'one');
  const ended = closed(socket);
  chaos.outage(true);
  await ended;
  await closed(connect((chaos.server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {}));
  chaos.outage(false);
  expect(await echoes(await dial(), 'two')).toBe('two');
});

test('only WebSockets are counted, not a connection that fetches a page', async () => {
  const { chaos, dial, echoes } = await start();
  await echoes(await dial(), 'GET / HTTP/1.1\r\nHost: localhost\r\nAccept: upgrade: websocket\r\n\r\n');
  expect(chaos.webSockets).toBe(0);
  const socket = await dial();
  await echoes(socket, 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  expect(chaos.webSockets).toBe(1);
  chaos.cut();
  expect(chaos.webSockets).toBe(0);
});

test('it says when nothing listens behind it, and when something does', async () => {
  const free = createServer();
  const port = await listening(free);
  await new Promise((resolve) => free.close(resolve));
  const chaos = new Chaos(port);
  const told: boolean[] = [];
  chaos.onServer = (isThere) => told.push(isThere);
  const near = await listening(chaos.server);
  onTestFinished(() => void chaos.server.close());
  await closed(connect(near, '127.0.0.1').on('error', () => {}));
  expect(told).toEqual([false]);
});

test('a faulty script is reported', () => {
  expect(readScript('wait 3, cut,delay 200')).toEqual([
    { wait: 3 },
    { name: 'cut', amount: undefined },
    { name: 'delay', amount: 200 },
  ]);
  expect(() => readScript('wait 3, bang')).toThrow('Unknown step "bang"');
  expect(() => readScript('wait soon')).toThrow('one number above 0');
});

test('the herd: same seed, same result; everyone comes back; jitter lowers the peak', () => {
  const of = (policy: Parameters<typeof simulate>[0]) => simulate(policy, 1000, 10_000, seeded(1));
  expect(of('full jitter')).toEqual(of('full jitter'));
  expect(of('no jitter').peak).toBe(1000);
  expect(of('full jitter').peak).toBeLessThan(of('equal jitter').peak);
  expect(histogram(of('full jitter').back, 1000).reduce((sum, count) => sum + count, 0)).toBe(1000);
});
