/** The reference client with its bonus, in the cases that other clients have bug reports about. One test per case. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { fakeLine } from '../../day4-reconnect/tests/helpers/fake-line.ts';
import { BoundedHistory } from '#day4/given/history.ts';
import type { ClientOptions, State } from '#day4/given/types.ts';
import type { ChatMessage } from '#day3/given/server-messages.ts';
import { Tokens } from '#day3/given/tokens.ts';
import { createApp } from '#solutions/day3-chat/app.ts';
import { backoffDelay } from '#solutions/day4-reconnect/backoff.ts';
import { freshToken } from '#solutions/day4-reconnect/bonus/fresh-token.ts';
import { Outbox } from '#solutions/day4-reconnect/bonus/outbox.ts';
import { ReconnectingClient } from '#solutions/day4-reconnect/reconnecting-client.ts';

type Message = { type: string; id?: string; text?: string };

/** The reference client. Unless `options.WebSocket` is a real one, the test moves the clock. At the end no timer may be left. */
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
  /** Resolves when the state has that name, even if other attempts fail before. */
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

/** Listens on a free port, and returns it. */
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
  expect(line.last.sent.at(-1)).toEqual({ type: 'join', room: 'lobby' }); // a question that any server answers if it is alive
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

/** The text of each chat message that arrived, and `gap`. */
const textsOf = ({ messages }: { messages: Message[] }) =>
  messages.flatMap(({ type, text }) => (type === 'chat' ? [text] : type === 'gap' ? ['gap'] : []));
/** Turns of the event loop until `holds`. */
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
};

/** A real server with a history, and people who connect to it. `restart` gives the server an empty history, as a new process has it. */
async function chatting(newHistory: () => BoundedHistory) {
  const tokens = new Tokens();
  const open = () =>
    createApp({ tokens, page: () => {}, chat: { history: newHistory() }, parts: { rateLimit: undefined } });
  let app = open();
  const port = await listening(app.server);
  const stop = (): void => {
    for (const socket of app.wss.clients) socket.terminate();
    app.wss.close();
    app.server.close();
  };
  onTestFinished(stop);
  const restart = async (): Promise<void> => {
    stop();
    if (app.server.listening) await once(app.server, 'close');
    app = open();
    app.server.listen(port, '127.0.0.1');
    await once(app.server, 'listening');
  };
  const person = async (name: string) => {
    const all = begin({
      url: freshToken(`ws://127.0.0.1:${port}`, async (renewal) => tokens.issue(name, renewal)),
      WebSocket,
      delay: () => 60_000,
      outbox: new Outbox(1000),
    });
    const joined = () => until(() => all.client.state.name === 'open' && all.client.state.joined);
    all.client.start();
    await joined();
    return {
      ...all,
      joined,
      texts: () => textsOf(all),
      say: async (...said: string[]) => {
        for (const text of said) all.client.send(text);
        await until(() => textsOf(all).at(-1) === said.at(-1));
      },
      cut: async () => {
        (all.client.state.socket as WebSocket | undefined)?.terminate();
        await all.reaches('waiting');
      },
      comeBack: async () => {
        all.client.retryNow();
        await joined();
      },
      /** A fence: once a message of its own comes back, everything that was sent before has arrived. */
      settled: async (text: string) => {
        all.client.send(text);
        await until(() => textsOf(all).includes(text));
      },
    };
  };
  return { person, restart };
}

test('26. resume: missed messages arrive once, in order; ids already seen are dropped; history too short → a gap is reported, and the rest arrives', async () => {
  const { person } = await chatting(() => new BoundedHistory(5));
  const [ann, bob] = [await person('Ann'), await person('Bob')];
  await ann.say('1', '2');
  await until(() => bob.texts().at(-1) === '2');

  await bob.cut();
  await ann.say('3', '4', '5');
  await bob.comeBack();
  await until(() => bob.texts().at(-1) === '5');
  expect(bob.texts()).toEqual(['1', '2', '3', '4', '5']);

  await bob.cut();
  await ann.say('6', '7', '8', '9', '10', '11');
  await bob.comeBack();
  await ann.say('12');
  await until(() => bob.texts().at(-1) === '12');
  expect(bob.texts().slice(5)).toEqual(['gap', '7', '8', '9', '10', '11', '12']);
});

test('cut before anything was said, twice → no gap', async () => {
  const { person } = await chatting(() => new BoundedHistory());
  const ann = await person('Ann');
  for (const text of ['first', 'second']) {
    await ann.cut();
    await ann.comeBack();
    if (text === 'second') await ann.settled(text);
  }
  expect(ann.texts()).toEqual(['second']);
});

test('cut before its first message → no gap, and what it missed is replayed', async () => {
  const { person } = await chatting(() => new BoundedHistory());
  const ann = await person('Ann');
  await ann.say('before Bob');
  const bob = await person('Bob');
  await bob.cut();
  await ann.say('1', '2');
  await bob.comeBack();
  await bob.settled('Bob is back');
  expect(bob.texts()).toEqual(['1', '2', 'Bob is back']);
});

test('the first in an empty room, cut before its first message → no gap, and what it missed is replayed', async () => {
  const { person } = await chatting(() => new BoundedHistory());
  const [ann, bob] = [await person('Ann'), await person('Bob')];
  await bob.cut();
  await ann.say('1', '2');
  await bob.comeBack();
  await bob.settled('Bob is back');
  expect(bob.texts()).toEqual(['1', '2', 'Bob is back']);
});

test('cut again after its replay was empty → it still asks from the place where it came in', async () => {
  const { person } = await chatting(() => new BoundedHistory());
  const [ann, bob] = [await person('Ann'), await person('Bob')];
  await bob.cut();
  await bob.comeBack();
  await bob.cut();
  await ann.say('1');
  await bob.comeBack();
  await bob.settled('Bob is back');
  expect(bob.texts()).toEqual(['1', 'Bob is back']);
});

test('server restarted, two come back, the first sends from its outbox → the second gets gap and that message', async () => {
  const { person, restart } = await chatting(() => new BoundedHistory());
  const [ann, bob] = [await person('Ann'), await person('Bob')];
  await ann.say('old');
  await until(() => bob.texts().at(-1) === 'old');
  await restart();
  await Promise.all([ann.reaches('waiting'), bob.reaches('waiting')]);
  ann.client.send('from the outbox');
  await ann.comeBack();
  await until(() => ann.texts().at(-1) === 'from the outbox');
  await bob.comeBack();
  await bob.settled('Bob is back');
  expect(bob.texts()).toEqual(['old', 'gap', 'from the outbox', 'Bob is back']);
});

test('250 messages pass while the sender is away and its text is unconfirmed → others hear that text once', async () => {
  const { person } = await chatting(() => new BoundedHistory(200));
  const [ann, bob] = [await person('Ann'), await person('Bob')];
  const outbox = ann.client.options.outbox!;
  const confirm = vi.spyOn(outbox, 'confirm').mockImplementation(() => {}); // Ann never learns that her text arrived
  await ann.say('once');
  await until(() => bob.texts().at(-1) === 'once');
  await ann.cut();
  confirm.mockRestore();
  await bob.say(...Array.from({ length: 250 }, (_, i) => `${i}`));
  await ann.comeBack();
  await ann.settled('Ann is back');
  await until(() => bob.texts().at(-1) === 'Ann is back');
  expect(bob.texts().filter((text) => text === 'once')).toEqual(['once']);
});

describe('the bounded history', () => {
  const message = (id: string, more: Partial<ChatMessage> = {}): ChatMessage => ({
    type: 'chat',
    id,
    userId: 'ann',
    name: 'Ann',
    text: id,
    timestamp: 0,
    ...more,
  });
  const idsOf = (messages: ChatMessage[] | undefined) => messages?.map(({ id }) => id);

  test('the place before the first message: known until a message or the room is forgotten', () => {
    const history = new BoundedHistory(2, 2);
    const start = history.last('a');
    expect(idsOf(history.after('a', start))).toEqual([]);
    history.add('a', message('1'));
    history.add('a', message('2'));
    expect(idsOf(history.after('a', start))).toEqual(['1', '2']);
    expect(history.last('a')).toBe('2');
    history.add('a', message('3'));
    expect(history.after('a', start)).toBeUndefined();
    expect(idsOf(history.all('a'))).toEqual(['2', '3']);
  });

  test('a room that was forgotten does not know an old place', () => {
    const history = new BoundedHistory(5, 1);
    const start = history.last('a');
    history.add('a', message('1'));
    history.add('b', message('2')); // a is forgotten
    expect(history.after('a', start)).toBeUndefined();
    history.add('a', message('3'));
    expect(history.after('a', start)).toBeUndefined();
  });

  test('two histories have two places: a restarted server reports a gap', () => {
    expect(new BoundedHistory().after('a', new BoundedHistory().last('a'))).toBeUndefined();
  });

  test('keys: the last ones of each user, in the room where they were used, longer than the texts', () => {
    const history = new BoundedHistory(1, 10, { perUser: 2, users: 2 });
    const find = (user: string, key: string, room = 'a') => history.find(room, user, key)?.id;
    for (const id of ['1', '2', '3']) history.add('a', message(id, { key: id }));
    expect(['1', '2', '3'].map((key) => find('ann', key))).toEqual([undefined, '2', '3']);
    expect([find('bob', '3'), find('ann', '3', 'b')]).toEqual([undefined, undefined]);
    history.add('a', message('4', { userId: 'bob', key: '3' }));
    expect([find('bob', '3'), find('ann', '3')]).toEqual(['4', '3']);
    history.add('a', message('5', { userId: 'cem', key: 'c' })); // of three users, the one who was silent for the longest time is forgotten
    expect([find('ann', '3'), find('bob', '3'), find('cem', 'c')]).toEqual([undefined, '4', '5']);
  });
});

test('a server that restarted without history → a gap is reported, and later messages arrive', async () => {
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
