/** The reference client with its bonus, against every case that other clients' bug reports have taught. One test a case. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { fakeLine } from '../../day4-reconnect/tests/helpers/fake-line.ts';
import { BoundedHistory } from '#day4/given/history.ts';
import type { ClientOptions, State } from '#day4/given/types.ts';
import { Tokens } from '#day3/given/tokens.ts';
import { createApp } from '#solutions/day3-chat/app.ts';
import { backoffDelay } from '#solutions/day4-reconnect/backoff.ts';
import { freshToken } from '#solutions/day4-reconnect/bonus/fresh-token.ts';
import { Outbox } from '#solutions/day4-reconnect/bonus/outbox.ts';
import { ReconnectingClient } from '#solutions/day4-reconnect/reconnecting-client.ts';

type Message = { type: string; id?: string; text?: string };

/** The reference client; time stands still where `options.WebSocket` is not a real one. At the end no timer may be left. */
function begin(options: Partial<ClientOptions> = {}) {
  const real = options.WebSocket !== undefined;
  if (!real)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
  const line = fakeLine();
  const client = new ReconnectingClient({
    url: () => ({ url: 'ws://127.0.0.1' }),
    room: 'lobby',
    WebSocket: line.WebSocket,
    delay: (attempt) => backoffDelay(attempt, { random: () => 0.999_999 }),
    ...options,
  });
  const states: State['name'][] = [];
  const messages: Message[] = [];
  const errors: unknown[] = [];
  client.on('state', ({ name }) => states.push(name));
  client.on('message', (message) => messages.push(message));
  client.on('error', (error) => errors.push(error));
  onTestFinished(() => {
    client.close();
    if (real || !vi.isFakeTimers()) return;
    const left = vi.getTimerCount();
    vi.useRealTimers();
    expect(left, 'timers left at the end').toBe(0);
  });
  const pass = async (ms: number): Promise<void> => {
    vi.advanceTimersByTime(ms);
    await line.settle();
  };
  /** Until the state has that name; another attempt's failure in between is no harm. */
  const reaches = (name: State['name']): Promise<State> =>
    new Promise((resolve) => {
      if (client.state.name === name) resolve(client.state);
      client.on('state', (state) => state.name === name && resolve(state));
    });
  const start = async (): Promise<void> => {
    client.start();
    await line.settle();
  };
  const join = async (): Promise<void> => {
    await start();
    line.last.open();
    line.last.welcome();
  };
  const delay = (): number => (client.state.name === 'waiting' ? Math.ceil(client.state.delayMs) : NaN);
  return { client, line, states, messages, errors, pass, reaches, start, join, delay };
}

/** Listens on a free port; gives it. */
async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('1. fresh → start → one socket at once', async () => {
  const { client, line, start } = begin();
  await start();
  client.start();
  await line.settle();
  expect(line.sockets.length).toBe(1);
});

test('2. random 0 and 0.999 → exact bounds', () => {
  const at = (random: number) =>
    [0, 1, 2].map((attempt) => backoffDelay(attempt, { baseMs: 1000, capMs: 3000, random: () => random }));
  expect(at(0)).toEqual([0, 0, 0]);
  expect(at(0.999)).toEqual([999, 1998, 2997]);
});

test('3. attempt 2000 → finite, at most the cap', () => {
  expect(backoffDelay(2000, { random: () => 0.5 })).toBe(15_000);
});

test('4. two draws at the cap → two delays', () => {
  const numbers = [0.25, 0.75];
  const random = () => numbers.shift()!;
  expect(backoffDelay(40, { random })).not.toBe(backoffDelay(40, { random }));
});

test('5. open shorter than the minimum uptime, drops → delay keeps growing', async () => {
  const { line, join, pass, delay } = begin();
  await join();
  line.last.drop();
  const first = delay();
  await pass(first);
  line.last.open();
  await pass(4999);
  line.last.drop();
  expect([first, delay()]).toEqual([1000, 2000]);
});

test('6. open long enough, drops → first delay again', async () => {
  const { line, join, pass, delay } = begin();
  await join();
  line.last.drop();
  await pass(delay());
  line.last.open();
  line.last.welcome();
  await pass(5000);
  line.last.drop();
  expect(delay()).toBe(1000);
});

test('7. server accepts and drops, ten times → delays grow', async () => {
  const { line, start, pass, delay } = begin();
  await start();
  const delays: number[] = [];
  for (let i = 0; i < 10; i++) {
    line.last.open();
    line.last.drop(1011);
    delays.push(delay());
    await pass(delay());
  }
  expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000, 30_000]);
});

test('7, on a real server that accepts and closes at once', async () => {
  const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(wss, 'listening');
  onTestFinished(() => wss.close());
  wss.on('connection', (socket) => socket.close(1013));
  const attempts: number[] = [];
  const { client, reaches } = begin({
    url: () => ({ url: `ws://127.0.0.1:${(wss.address() as AddressInfo).port}` }),
    WebSocket,
    delay: (attempt) => attempts.push(attempt) && 0,
    maxAttempts: 5,
  });
  client.start();
  await reaches('gave up');
  expect(attempts).toEqual([0, 1, 2, 3, 4]);
});

test('8. handshake hangs → connect time-out, terminated, one retry', async () => {
  const { line, start, pass, states } = begin({ connectTimeoutMs: 10_000 });
  await start();
  await pass(9999);
  expect(line.last.endedWith).toBeUndefined();
  await pass(1);
  expect(line.last.endedWith).toBe(1006);
  expect(states.filter((name) => name === 'waiting').length).toBe(1);
});

test('8, on a real server that never finishes the handshake', async () => {
  const accepted: { destroy(): void }[] = [];
  const closed = deferred();
  const port = await listening(
    createServer((socket) => {
      accepted.push(socket);
      socket.on('error', () => {});
      socket.resume().on('close', () => closed.resolve());
    }),
  );
  const { client, reaches } = begin({
    url: () => ({ url: `ws://127.0.0.1:${port}` }),
    WebSocket,
    connectTimeoutMs: 50,
    delay: () => 60_000,
  });
  client.start();
  await reaches('waiting');
  await closed.promise;
  expect(accepted.length).toBe(1);
});

test('8, on a real server that answers 401', async () => {
  const port = await listening(
    createHttpServer().on('upgrade', (_request, socket) =>
      socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n'),
    ),
  );
  const { client, states, reaches } = begin({
    url: () => ({ url: `ws://127.0.0.1:${port}` }),
    WebSocket,
    delay: () => 0,
    maxAttempts: 3,
  });
  client.start();
  await reaches('gave up');
  expect(states.filter((name) => name === 'connecting').length).toBe(4);
  expect(states).not.toContain('open');
});

test('9. error then close → one retry', async () => {
  const { client, line, start, pass } = begin();
  await start();
  line.last.drop(1006); // both events
  expect(client.attempt).toBe(1);
  await pass(1000);
  expect(line.sockets.length).toBe(2);
});

test('10. waiting → close() → timer cancelled, one `closed`', async () => {
  const { client, line, states, join, pass } = begin();
  await join();
  line.last.drop();
  client.close();
  client.close();
  expect(vi.getTimerCount()).toBe(0);
  await pass(100_000);
  expect(line.sockets.length).toBe(1);
  expect(states.filter((name) => name === 'closed').length).toBe(1);
});

test('11. connecting → close() → no `open`, no unhandled error', async () => {
  const { client, line, states, start } = begin();
  await start();
  const socket = line.last;
  client.close();
  socket.open();
  socket.drop(1006);
  expect(states).toEqual(['connecting', 'closed']);
});

test('11, with a real socket: ws emits an error then', async () => {
  const port = await listening(createServer((socket) => void socket.on('error', () => {}).resume()));
  const { client, states } = begin({ url: () => ({ url: `ws://127.0.0.1:${port}` }), WebSocket });
  client.start();
  while (!client.state.socket) await new Promise((resolve) => setImmediate(resolve));
  const { socket } = client.state;
  const ended = new Promise<void>((resolve) => socket?.addEventListener('close', () => resolve()));
  client.close();
  await ended;
  expect(states).toEqual(['connecting', 'closed']);
});

test('12. url() pending → close() → no socket built', async () => {
  const { promise, resolve } = deferred<{ url: string }>();
  const { client, line } = begin({ url: () => promise });
  client.start();
  client.close();
  resolve({ url: 'ws://127.0.0.1' });
  await line.settle();
  expect(line.sockets.length).toBe(0);
});

test('13. url() rejects → reported, retry goes on', async () => {
  let count = 0;
  const { line, errors, start, pass } = begin({
    url: async () => {
      if (++count === 1) throw new Error('no token');
      return { url: 'ws://127.0.0.1' };
    },
  });
  await start();
  expect(errors.map(String)).toEqual(['Error: no token']);
  await pass(1000);
  expect(line.sockets.length).toBe(1);
});

test('13, and url() that never answers → time-out, retry', async () => {
  let count = 0;
  const { line, start, pass } = begin({
    url: () => (++count === 1 ? new Promise(() => {}) : { url: 'ws://127.0.0.1' }),
    connectTimeoutMs: 10_000,
  });
  await start();
  await pass(10_000);
  await pass(1000);
  expect(line.sockets.length).toBe(1);
});

test('14. url() is asked again at every attempt', async () => {
  let count = 0;
  const url = freshToken('ws://127.0.0.1', async () => ({ token: `${++count}`, renewal: 'r' }));
  const { line, start, pass } = begin({ url });
  await start();
  line.last.drop();
  await pass(1000);
  expect(line.sockets.map(({ protocols }) => protocols?.[1])).toEqual(['token.1', 'token.2']);
});

test('15. open → fatal code → no retry, gave up', async () => {
  for (const code of [1000, 1008, 4001]) {
    const { client, line, join, pass } = begin();
    await join();
    line.last.drop(code);
    await pass(100_000);
    expect([client.state.name, line.sockets.length]).toEqual(['gave up', 1]);
    client.close();
  }
});

test('16. open → 1006, 1012 → retry', async () => {
  for (const code of [1006, 1012]) {
    const { client, line, join } = begin();
    await join();
    line.last.drop(code);
    expect(client.state.name).toBe('waiting');
    client.close();
  }
});

test('17. attempts used up → gave up once; retryNow works', async () => {
  const { client, line, states, start, pass } = begin({ maxAttempts: 1 });
  await start();
  line.last.drop();
  await pass(1000);
  line.last.drop();
  line.last.drop();
  expect(states.filter((name) => name === 'gave up').length).toBe(1);
  client.retryNow();
  await line.settle();
  line.last.open();
  expect(client.state.name).toBe('open');
});

test('18. replaced socket → its late message and close are ignored', async () => {
  const { client, line, messages, join, pass } = begin();
  await join();
  const old = line.last;
  old.drop();
  await pass(1000);
  line.last.open();
  old.chat('late.1');
  old.drop(4001);
  expect(client.state.name).toBe('open');
  expect(messages.some(({ id }) => id === 'late.1')).toBe(false);
});

test('19. queued sends → open → in order, after the join', async () => {
  const { client, line, start } = begin({ outbox: new Outbox() });
  await start();
  for (const text of ['one', 'two', 'three']) client.send(text);
  line.last.open();
  expect(line.last.sent.map(({ type }) => type)).toEqual(['join']);
  line.last.welcome();
  expect(line.last.sent.map(({ text }) => text)).toEqual([undefined, 'one', 'two', 'three']);
});

test('20. queue full → "dropped"', async () => {
  const { client, start } = begin({ outbox: new Outbox(2) });
  await start();
  expect(['one', 'two', 'three'].map((text) => client.send(text))).toEqual(['queued', 'queued', 'dropped']);
});

test('21. silent for idleTimeout → terminated, retry', async () => {
  const { client, line, join, pass } = begin({ idleTimeoutMs: 20_000 });
  await join();
  await pass(10_000);
  expect(line.last.sent.at(-1)).toEqual({ type: 'join', room: 'lobby' }); // the question that any living server answers
  await pass(10_000);
  expect([line.last.endedWith, client.state.name]).toEqual([1006, 'waiting']);
});

test('22. waiting → retryNow twice → one socket', async () => {
  const { client, line, join, pass } = begin();
  await join();
  line.last.drop();
  client.retryNow();
  client.retryNow();
  await pass(5000);
  expect([line.sockets.length, line.live()]).toEqual([2, 1]);
});

test('23. a listener throws → the others run', async () => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => {});
  onTestFinished(() => told.mockRestore());
  const { client, line, join } = begin();
  let heard = 0;
  client.on('message', () => {
    throw new Error('mine');
  });
  client.on('message', () => heard++);
  await join();
  line.last.chat('a.1');
  expect(heard).toBe(2);
  expect(told).toHaveBeenCalledTimes(2);
});

test('24. a listener removes itself while called → the others run', async () => {
  const { client, line, join } = begin();
  const heard: string[] = [];
  const off = client.on('message', () => {
    heard.push('once');
    off();
  });
  client.on('message', () => heard.push('always'));
  await join();
  line.last.chat('a.1');
  expect(heard).toEqual(['once', 'always', 'always']);
});

test('25. CLOSING → send → queued, no throw', async () => {
  const { client, line, join } = begin({ outbox: new Outbox() });
  await join();
  line.last.readyState = 2;
  expect(client.send('late')).toBe('queued');
  expect(line.last.sent.length).toBe(1);
});

test('26. resume: missed messages arrive once, in order; ids already seen are dropped; history too short → told so', async () => {
  const tokens = new Tokens();
  const { server, wss } = createApp({ tokens, page: () => {}, chat: { history: new BoundedHistory(5) } });
  const port = await listening(server);
  onTestFinished(() => {
    for (const socket of wss.clients) socket.terminate();
    wss.close();
  });
  const open = (name: string) =>
    begin({
      url: freshToken(`ws://127.0.0.1:${port}`, async (renewal) => tokens.issue(name, renewal)),
      WebSocket,
      delay: () => 60_000,
      outbox: new Outbox(),
    });
  const [ann, bob] = [open('Ann'), open('Bob')];
  const texts = (of: typeof ann) =>
    of.messages.flatMap(({ type, text }) => (type === 'chat' ? [text] : type === 'gap' ? ['gap'] : []));
  const until = async (of: typeof ann, last: string): Promise<void> => {
    while (texts(of).at(-1) !== last) await new Promise((resolve) => setImmediate(resolve));
  };
  ann.client.start();
  bob.client.start();
  ann.client.send('1');
  await until(ann, '1');
  while (!(bob.client.state.name === 'open' && bob.client.state.joined))
    await new Promise((resolve) => setImmediate(resolve));
  ann.client.send('2');
  await until(bob, '2');

  /** Bob is away while Ann speaks. */
  const miss = async (...said: string[]): Promise<void> => {
    (bob.client.state.socket as WebSocket).terminate();
    await bob.reaches('waiting');
    for (const text of said) ann.client.send(text);
    await until(ann, said.at(-1)!);
    bob.client.retryNow();
  };
  await miss('3', '4', '5');
  await until(bob, '5');
  expect(texts(bob).slice(-4)).toEqual(['2', '3', '4', '5']);
  await miss('6', '7', '8', '9', '10', '11');
  await until(bob, 'gap');
  ann.client.send('12');
  await until(bob, '12');
  expect(texts(bob).slice(-5)).toEqual(['3', '4', '5', 'gap', '12']);
});

test('a server that restarted with no history → told so, and what is said from then on is heard', async () => {
  const { client, line, messages, join, pass } = begin();
  await join();
  line.last.chat('old.9');
  line.last.drop(1012);
  await pass(1000);
  line.last.open();
  expect(line.last.sent[0]).toEqual({ type: 'join', room: 'lobby', after: 'old.9' });
  line.last.welcome();
  line.last.hear({ type: 'gap' });
  line.last.chat('new.1');
  expect(messages.map(({ type, id }) => id ?? type)).toEqual(['init', 'old.9', 'init', 'gap', 'new.1']);
  expect(client.lastId).toBe('new.1');
});

function deferred<T = void>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((yes) => (resolve = yes));
  return { promise, resolve };
}
