import type { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { WebSocket as WsSocket, type WebSocket as ServerSocket } from 'ws';
import { exercise, expect, fail, fakeClock, load, onCleanUp, serve, show, thrownBy, within, without } from '#kit';
import type { Handler, Message, Options, Socket } from '#day2/connection.ts';

type Constructor = NonNullable<Options['WebSocket']>;
const ws = WsSocket as unknown as Constructor;
/** Node's own WebSocket, from 22 on, is the browser's: what holds for ws must hold for it. */
const kinds: [string, Constructor][] = [['ws', ws], ...(globalThis.WebSocket ? [["Node's own", globalThis.WebSocket as unknown as Constructor] as [string, Constructor]] : [])];

/** The learner's client, not connected; its socket is closed at the end. */
async function make(url: string, WebSocket = ws) {
  const { RealtimeClient } = await load(() => import('#day2/client.ts'), 'RealtimeClient');
  const problems: Error[] = [];
  const sent: unknown[] = [];
  const states: string[] = [];
  const onTraffic = (direction: string, data: unknown): void => void (direction === 'sent' && sent.push(data));
  const client = new RealtimeClient(url, { WebSocket, onProblem: (problem) => problems.push(problem), onTraffic, onState: (state) => states.push(state) });
  onCleanUp(async () => {
    const { socket } = client;
    client.openSocket = () => fail('A connection was opened after the end of the check.'); // one that reconnects by itself would never stop
    if (!socket || socket.readyState === 3) return;
    (socket as Socket & { terminate?: () => void }).terminate?.();
    if (socket.readyState < 2) socket.close();
    await within(event(socket, 'close'), 'the end of the connection', () => '');
  });
  return { client, problems, sent, states };
}

/** A client on a socket that only takes note: `send` and `close` reach nobody. */
async function pretended() {
  const made = await make('ws://127.0.0.1');
  const reached: unknown[] = [];
  made.client.socket = { readyState: 1, bufferedAmount: 70_000, send: (data: unknown) => void reached.push(data), close: (...args: unknown[]) => void reached.push(args) } as unknown as Socket;
  onCleanUp(() => (made.client.socket = undefined));
  return { ...made, reached };
}

/** A server that answers no handshake before `letIn` is called. */
async function slowServer() {
  let isOpen = false;
  let requests = 0;
  const answers: ((yes: boolean) => void)[] = [];
  let knock!: () => void;
  const knocked = new Promise<void>((resolve) => (knock = resolve));
  const verifyClient = (_info: unknown, answer: (yes: boolean) => void): void => {
    requests++;
    isOpen ? answer(true) : answers.push(answer);
    knock();
  };
  const { url, wss } = await serve(() => {}, { verifyClient });
  const letIn = (): void => {
    isOpen = true;
    for (const answer of answers) answer(true);
  };
  return { url, wss, letIn, requests: () => requests, knocked: () => within(knocked, 'the handshake', () => 'No request came to the server.') };
}

/** What an exercise is to give at once: a promise. */
function promised<T>(value: Promise<T>, call: string): Promise<T> {
  if (typeof (value as Promise<T> | undefined)?.then !== 'function') fail(`${call} returned ${show(value)}; a Promise was expected. Is a \`return\` missing?`);
  return value;
}
/** What was thrown, without its stack. */
const told = (thrown: unknown): string => (thrown instanceof Error ? `${thrown.name}: ${thrown.message}`.replace(/\.$/, '') : show(thrown));
/** The given method, which is protected. */
const closeSocket = (client: object): void => (client as { closeSocket: (code: number, reason: string) => void }).closeSocket(1000, '');

const event = (socket: Socket, type: 'open' | 'close'): Promise<void> => new Promise((resolve) => socket.addEventListener(type as 'open', () => resolve()));

/** Closes, and waits for the end: by then all that was sent before has arrived. */
async function closeAndWait(socket: Socket): Promise<void> {
  const closed = event(socket, 'close');
  socket.close();
  await within(closed, 'the end of the connection', () => '');
}

/** The learner's client with an open socket, made without `connect`; and the server's end of it. */
async function open(WebSocket = ws, onMessage: (socket: ServerSocket, text: string) => void = () => {}) {
  let peer!: ServerSocket;
  const heard: string[] = [];
  const { url, wss } = await serve((wss) =>
    wss.on('connection', (socket) => {
      peer = socket;
      socket.on('message', (data) => {
        heard.push(String(data));
        onMessage(socket, String(data));
      });
    }),
  );
  const made = await make(url, WebSocket);
  await within(event(made.client.openSocket(), 'open'), 'the open connection', () => '');
  /** Until the server has seen the end of the connection. */
  const ended = (): Promise<{ code: number; reason: string }> =>
    within(new Promise((resolve) => peer.on('close', (code, reason) => resolve({ code, reason: String(reason) }))), 'the end of the connection at the server', () => `The client's state is "${made.client.state}".`);
  return { ...made, peer, wss, heard, ended };
}

exercise('2.1 RealtimeClient.connect', (check) => {
  for (const [kind, WebSocket] of kinds) {
    check(`resolves when the connection is open, and not before (${kind})`, async () => {
      const { url, knocked, letIn } = await slowServer();
      const { client } = await make(url, WebSocket);
      let settled = false;
      const connecting = promised(client.connect(), 'connect()').then(() => (settled = true));
      await knocked();
      if (settled) fail('connect() resolved while the server was still thinking about the handshake: whoever sends now, sends on a socket that is CONNECTING.');
      letIn();
      await within(connecting, "connect()'s promise", () => `The state is "${client.state}".`);
      expect(client.socket?.readyState, 'Wrong readyState after connect() has resolved: 1 is OPEN.').toBe(1);
    });
  }
  // Node 22's own WebSocket reports a refusal by 'error' alone; browsers, ws and later Nodes let 'close' follow.
  for (const [kind, WebSocket] of kinds.filter(([kind]) => kind === 'ws' || !process.version.startsWith('v22.'))) {
    check(`rejects with an Error when the server refuses (${kind})`, async () => {
      const { url } = await serve(() => {}, { verifyClient: () => false });
      const { client } = await make(url, WebSocket);
      const outcome: unknown = await within(promised(client.connect(), 'connect()').then(() => 'resolved', (error: unknown) => error), "connect()'s promise, after a 401", () => `The state is "${client.state}".`);
      if (outcome === 'resolved') fail('connect() resolved, though the server refused the handshake with 401.');
      if (!(outcome instanceof Error)) {
        const what = typeof outcome === 'object' && outcome !== null ? `a ${outcome.constructor.name}` : show(outcome);
        fail(`connect() rejected with ${what}, which is not an Error: it has no message and no stack. Try reject(new Error(\`closed with code \${code}\`)).`);
      }
    });
  }
  check('rejects when nobody listens', async () => {
    const served = await serve(() => {});
    await served.close();
    const { client } = await make(served.url);
    const outcome: unknown = await within(promised(client.connect(), 'connect()').then(() => 'resolved', (error: unknown) => error), "connect()'s promise, with no server there", () => `The state is "${client.state}".`);
    if (!(outcome instanceof Error)) fail(`connect() gave ${show(outcome)}, though no server listens there. An Error was expected.`);
  });
  check('a refusal is told when it comes, and nothing is tried again', async () => {
    const clock = fakeClock();
    let requests = 0;
    const { url } = await serve(() => {}, { verifyClient: () => ++requests > 1 });
    const { client } = await make(url);
    let settled = false;
    const refused = promised(client.connect(), 'connect()').then(() => {}, () => {}).then(() => (settled = true));
    await turn(); // an async function may open its socket a moment later
    const { socket } = client;
    if (!socket) return fail('There is no socket after connect().');
    await within(event(socket, 'close'), 'the end of the connection', () => '');
    for (let i = 0; i < 20 && !settled; i++) {
      clock.advance(20);
      await turn();
    }
    await within(refused, "connect()'s promise, after a 401", () => `The state is "${client.state}".`);
    const timers = clock.timers();
    clock.advance(60_000);
    if (client.socket !== socket) fail('The server refused, connect() rejected, and then it connected again by itself. Whether to try again is for the caller to say.');
    expect(timers, 'The server refused, and connect() rejected. Wrong number of timers that it left running.').toBe(0);
    const again = promised(client.connect(), 'connect()').then(() => 'resolved', told);
    await turn();
    if ((client.socket as Socket | undefined) === socket) fail('The server had refused, connect() was called again, and gave the old promise: no new socket was opened.');
    await within(event(client.socket as Socket, 'open'), 'the open connection', () => '');
    clock.advance(100);
    expect(await within(again, "connect()'s promise, the second time", () => `The state is "${client.state}".`), 'The server refused once, and not the second time. Wrong outcome of the second connect().').toBe('resolved');
  }, { hint: 3 });
  check('it goes by the events, not by a time', async () => {
    const clock = fakeClock(); // also finds a timer that stays
    const { url, knocked, letIn } = await slowServer();
    const { client } = await make(url);
    let settled: string | undefined;
    const connecting = promised(client.connect(), 'connect()').then(() => (settled = 'resolved'), (error: unknown) => (settled = `rejected with ${told(error)}`));
    await knocked();
    const { socket } = client;
    for (let i = 0; i < 20; i++) {
      clock.advance(100);
      await turn();
    }
    if (settled) fail(`The server took two seconds for the handshake, and connect() ${settled} meanwhile. Nothing had happened on the connection yet: wait for 'open' or 'close', however long that takes.`);
    const opened = event(socket as Socket, 'open');
    letIn();
    await within(opened, 'the open connection', () => '');
    for (let i = 0; i < 20 && !settled; i++) {
      clock.advance(100); // who asks the state again and again gets there, too
      await turn();
    }
    await within(connecting, "connect()'s promise", () => `The state is "${client.state}".`);
    expect(settled, 'The server let the client in. Wrong outcome of connect().').toBe('resolved');
    expect(clock.timers(), 'connect() has resolved. Wrong number of timers that it left running.').toBe(0);
  });
  check('asked twice, it opens one connection, and both wait for it', async () => {
    const { url, requests, knocked, letIn } = await slowServer();
    const { client } = await make(url);
    let early = 0;
    const ask = (when: string): Promise<void> => {
      let promise!: Promise<void>;
      const thrown = thrownBy(() => (promise = client.connect()));
      const same = `connect() was called again while ${when}. The promise of the first call was expected`;
      if (thrown !== undefined) fail(`${same}; it threw ${told(thrown)}.`);
      return promised(promise, 'connect()').then(() => void early++, (error: unknown) => fail(`${same}; a promise rejected with ${told(error)}.`));
    };
    const both = Promise.all([ask('connecting'), ask('connecting')]);
    await Promise.race([knocked(), both]);
    if (early > 0) fail("connect() was called twice, and one of its promises resolved while the server was still thinking about the handshake: the second caller has to wait, too.");
    letIn();
    await within(both, "both of connect()'s promises", () => `The state is "${client.state}".`);
    await within(ask('open'), "connect()'s promise, on an open connection", () => `The state is "${client.state}".`);
    expect(requests(), 'connect() was called three times while the first connection was there. Wrong number of connections at the server.').toBe(1);
  }, { hint: 3 });
  check('closed while CONNECTING: it rejects, and the next one is not touched', async () => {
    const { url, knocked, letIn } = await slowServer();
    const { client } = await make(url);
    const first = promised(client.connect(), 'connect()').then(() => 'resolved', (error: unknown) => error);
    await knocked();
    closeSocket(client);
    const second = promised(client.connect(), 'connect()').then(() => 'resolved', told);
    letIn();
    expect(await within(second, 'the second promise: the connection was closed while CONNECTING, then connect() was called again', () => `The state is "${client.state}".`), 'The first connection was closed while CONNECTING, then connect() was called again, and the server let it in. Wrong outcome of the second promise: what the old socket says must not touch it.').toBe('resolved');
    const outcome = await within(first, 'the first promise: its connection was closed while CONNECTING', () => 'A newer connection is there by now. The close event of the old one has to reject the old promise all the same.');
    if (!(outcome instanceof Error)) fail(`The connection was closed while CONNECTING, and connect() gave ${show(outcome)}; a rejection with an Error was expected.`);
  }, { hint: 3 });
  check('a connection that ends later is no second answer; connecting again works', async () => {
    const { url, wss } = await serve(() => {});
    const { client } = await make(url);
    await within(client.connect(), "connect()'s promise", () => `The state is "${client.state}".`);
    const { socket } = client;
    if (!socket) return fail('There is no socket after connect().');
    const closed = event(socket, 'close');
    for (const peer of wss.clients) peer.close(1012);
    await within(closed, 'the end of the connection', () => '');
    const again = within(promised(client.connect(), 'connect()'), "connect()'s promise, the second time", () => `The state is "${client.state}".`);
    again.catch(() => {});
    await turn();
    if (client.socket === socket) fail('The connection had closed, and connect() gave the old promise: no new socket was opened.');
    await again;
    expect(client.socket?.readyState, 'Wrong readyState after connecting again: 1 is OPEN.').toBe(1);
  }, { hint: 3 });
  check('while the old connection is CLOSING, it makes a new one, and keeps to that', async () => {
    let count = 0;
    const { url } = await serve((wss) => wss.on('connection', () => count++));
    const { client } = await make(url);
    await within(promised(client.connect(), 'connect()'), "connect()'s promise", () => `The state is "${client.state}".`);
    const closed = event(client.socket as Socket, 'close');
    closeSocket(client);
    await within(client.connect(), "connect()'s promise, on a socket that is CLOSING", () => `The state is "${client.state}".`);
    expect(client.socket?.readyState, 'The connection was CLOSING, and connect() was called: its promise resolved. Wrong readyState then: 1 is OPEN, and a new connection was expected.').toBe(1);
    await within(closed, 'the end of the old connection', () => '');
    await within(client.connect(), "connect()'s promise, on an open connection", () => `The state is "${client.state}".`);
    expect(count, "One connection closed, a second one is open; then came the first one's late close event, and connect() was called again. Wrong number of connections at the server: what the old socket says must not touch the new promise.").toBe(2);
  }, { hint: 3 });
});

/** Calls the handlers of a type as `dispatch` would. */
const fire = (client: { handlers: Map<string, Set<{ handler: Handler }>> }, message: Message): void => {
  for (const entry of [...(client.handlers.get(message.type) ?? [])]) {
    if (typeof entry?.handler !== 'function') fail(`\`handlers\` holds ${show(entry)}; an entry is { handler }.`);
    entry.handler(message);
  }
};

exercise('2.2 RealtimeClient.on', (check) => {
  /** Undoing a second time. */
  const again = (undo: () => void): void => {
    const thrown = thrownBy(undo);
    if (thrown !== undefined) fail(`The function that on() returned was called a second time, and threw ${told(thrown)}. It is to be harmless.`);
  };
  check('a handler hears its type, and no other', async () => {
    const { client } = await make('ws://127.0.0.1');
    const heard: Message[] = [];
    client.on('news', (message) => heard.push(message));
    fire(client, { type: 'weather', sun: true });
    fire(client, { type: 'news', text: 'Hi' });
    expect([...heard], 'A handler for "news", after a "weather" and a "news". Wrong messages heard.').toEqual([{ type: 'news', text: 'Hi' }]);
    fire(client, { type: 'news', text: 'Ho' });
    expect(heard.map(({ text }) => text), 'A handler for "news", after two of them. Wrong texts heard.').toEqual(['Hi', 'Ho']);
  });
  check('what a handler throws is not swallowed', async () => {
    const { client, problems } = await make('ws://127.0.0.1');
    client.on('news', () => { throw new Error('in the handler'); });
    const thrown = thrownBy(() => fire(client, { type: 'news' }));
    if (thrown === undefined && problems.length === 0) fail('A handler threw, and what `on` put into `handlers` swallowed it: dispatch, which reports, never hears of it. Put the handler in as it is.');
  });
  check('what it returns ends that registration, and only that', async () => {
    const { client } = await make('ws://127.0.0.1');
    const heard: string[] = [];
    const undoA = client.on('news', () => heard.push('a'));
    client.on('news', () => heard.push('b'));
    client.on('weather', () => heard.push('c'));
    if (typeof undoA !== 'function') fail(`on() returned ${show(undoA)}; a function that undoes the registration was expected.`);
    undoA();
    again(undoA);
    fire(client, { type: 'news' });
    fire(client, { type: 'weather' });
    expect(heard, 'Handlers a and b for "news", c for "weather"; a was undone, twice. Wrong handlers called.').toEqual(['b', 'c']);
  }, { hint: 2 });
  check('undone one after the other, in any order', async () => {
    const { client } = await make('ws://127.0.0.1');
    let heard: string[] = [];
    const [undoA, undoB, undoC] = ['a', 'b', 'c', 'd'].map((name) => client.on('news', () => heard.push(name)));
    undoB();
    fire(client, { type: 'news' });
    expect(heard, 'Handlers a, b, c and d; b was undone. Wrong handlers called.').toEqual(['a', 'c', 'd']);
    heard = [];
    undoA();
    undoC();
    fire(client, { type: 'news' });
    expect(heard, 'Handlers a, b, c and d; b, a and c were undone, in that order. Wrong handlers called: places change as others go, an entry stays itself.').toEqual(['d']);
  }, { hint: 2 });
  check('harmless also later, when the type had lost its last handler and has a new one', async () => {
    const { client } = await make('ws://127.0.0.1');
    let count = 0;
    const undo = client.on('news', () => {});
    undo();
    client.on('news', () => count++);
    again(undo);
    fire(client, { type: 'news' });
    expect(count, 'Handler a for "news" was undone, b registered, a undone once more: b is deaf. Wrong number of calls of b: the Set that `on` found may no longer be the one in `handlers`.').toBe(1);
  }, { hint: 2 });
  check('one function registered twice is two registrations', async () => {
    const { client } = await make('ws://127.0.0.1');
    let count = 0;
    const handler = (): void => void count++;
    const undo = client.on('news', handler);
    client.on('news', handler);
    fire(client, { type: 'news' });
    expect(count, 'The same function, registered by two parts of a page. Wrong number of calls.').toBe(2);
    undo();
    again(undo);
    fire(client, { type: 'news' });
    expect(count, 'One of the two was undone, twice: the other part of the page still listens. Wrong number of calls.').toBe(3);
  }, { hint: 2 });
});

exercise('2.3 RealtimeClient.dispatch', (check) => {
  /** A client whose handlers were put in without `on`. */
  async function listening(handlers: Record<string, Handler[]>) {
    const made = await pretended();
    let inside = false;
    let late = false;
    const watched = (handler: Handler): Handler => (message) => {
      late ||= !inside;
      handler(message);
    };
    for (const [type, all] of Object.entries(handlers)) made.client.handlers.set(type, new Set(all.map((handler) => ({ handler: watched(handler) }))));
    const dispatch = async (data: unknown): Promise<void> => {
      let returned: unknown;
      inside = true;
      let thrown = thrownBy(() => (returned = made.client.dispatch(data)));
      inside = false;
      if (returned instanceof Promise) thrown ??= await returned.then(() => undefined, (error: unknown) => error);
      if (thrown !== undefined) fail(`dispatch(${typeof data === 'string' ? show(data) : '…'}) threw ${told(thrown)}. It is called from a socket's event: what it throws, nobody catches.`);
      await turn(); // a handler that is put off runs by now
      if (late) fail('Handlers were called after dispatch() had returned: no async, no await.');
    };
    return { ...made, dispatch };
  }

  /** What the handlers threw must be found in the problems, as it is or wrapped. */
  const reports = (problems: Error[], texts: string[]): void => {
    const told = problems.map((problem) => [problem.message, problem.cause instanceof Error ? problem.cause.message : String(problem.cause ?? '')].join(' '));
    const are = told.length === texts.length && texts.every((text, i) => told[i].includes(text));
    if (!are) fail(`${texts.length === 1 ? 'A handler' : 'Handlers'} threw ${texts.map((text) => text ? show(text) : 'null').join(' and ')}. The problems that were reported: ${told.length ? told.map((one) => show(one.trim())).join(', ') : 'none'}. this.problem(error) with what was thrown, whatever it is.`);
  };
  check('a message goes to the handlers of its type, with all its fields', async () => {
    const heard: unknown[] = [];
    const { dispatch } = await listening({ news: [(m) => heard.push(['a', m]), (m) => heard.push(['b', m])], weather: [(m) => heard.push(['c', m])] });
    await dispatch('{"type":"news","text":"Hi","n":1}');
    const message = { type: 'news', text: 'Hi', n: 1 };
    expect(heard, 'Two handlers for "news", one for "weather"; a "news" came. Wrong calls.').toEqual([['a', message], ['b', message]]);
  });
  const bad: unknown[] = ['', 'not JSON', '{"type":', 'null', '42', '"news"', '[]', '{}', '{"text":"no type"}', '{"type":7}', '{"type":null}', new TextEncoder().encode('{"type":"news"}').buffer, Buffer.from('{"type":"news"}'), new Blob(['{"type":"news"}'])];
  for (const data of bad) {
    const what = typeof data === 'string' ? show(data) : `A binary message (${(data as object).constructor.name})`;
    check(`no message: ${what}`, async () => {
      let heard = 0;
      const { client, dispatch, problems, reached } = await listening({ news: [() => heard++] });
      await dispatch(data);
      expect(heard, `${what} is no message, and a handler was called. Wrong number of calls.`).toBe(0);
      expect(problems.length, `${what} is no message. Wrong number of reported problems.`).toBe(1);
      if (!(problems[0] instanceof Error)) fail(`${what} is no message, and the problem that was reported is ${show(problems[0])}; an Error was expected, as this.problem() makes it.`);
      expect([client.state, reached.length], `${what} is no message. Wrong state of the client, or number of calls to its socket: one bad message ends nothing.`).toEqual(['idle', 0]);
      if (['', 'undefined', 'null'].includes(problems[0].message) && problems[0].message !== data) fail(`${what} is no message, and the problem that was reported says ${show(problems[0].message)}. It is for the page's log: this.problem(new Error('…')), in words.`);
      await dispatch('{"type":"news"}');
      expect(heard, 'After it, a right message came. Wrong number of calls.').toBe(1);
    });
  }
  check('a handler that throws does not stop the others', async () => {
    const heard: string[] = [];
    const { dispatch, problems } = await listening({
      news: [() => heard.push('a'), () => { throw new Error('in the handler'); }, () => heard.push('c')],
    });
    await dispatch('{"type":"news"}');
    expect(heard, 'Three handlers, the second throws. Wrong handlers called.').toEqual(['a', 'c']);
    reports(problems, ['in the handler']);
    await dispatch('{"type":"news"}');
    expect([heard.length, problems.length], 'The same message once more: a handler that throws stays registered. Wrong number of calls of the other two, or of reported problems.').toEqual([4, 2]);
  }, { hint: 2 });
  check('a handler may throw anything', async () => {
    const heard: string[] = [];
    const { dispatch, problems } = await listening({
      news: [() => { throw 'just a text'; }, () => { throw null; }, () => heard.push('c')],
    });
    await dispatch('{"type":"news"}');
    expect(heard, 'Three handlers; the first throws a text, the second null. Wrong handlers called.').toEqual(['c']);
    reports(problems, ['just a text', '']);
  }, { hint: 2 });
  check('a handler that removes itself, or adds another, while it is called', async () => {
    const heard: string[] = [];
    const { client, dispatch } = await listening({});
    const entries = new Set<{ handler: Handler }>();
    const own = { handler: () => void (heard.push('a'), entries.delete(own)) };
    entries.add(own);
    entries.add({ handler: () => void (heard.push('b'), entries.size < 9 && entries.add({ handler: () => void heard.push('new') })) });
    entries.add({ handler: () => void heard.push('c') });
    client.handlers.set('news', entries);
    await dispatch('{"type":"news"}');
    expect(heard, 'Handlers a, b, c; a removes itself, b adds one. Each that was there is called once, the new one from the next message on.').toEqual(['a', 'b', 'c']);
  }, { hint: 2 });
  for (const type of ['__proto__', 'constructor', 'toString', 'open', 'connect', 'close', 'error', 'message']) {
    check(`a type called ${type} is a type like any other`, async () => {
      const { client, dispatch, problems } = await listening({});
      await dispatch(JSON.stringify({ type }));
      expect([client.state, problems.length], `The server sent a message of type "${type}", for which nobody listens. Wrong state, or a problem where there is none.`).toEqual(['idle', 0]);
      let heard = 0;
      client.handlers.set(type, new Set([{ handler: () => heard++ }]));
      await dispatch(JSON.stringify({ type }));
      expect([heard, problems.length], `A handler for "${type}", and a message of that type came. Wrong number of its calls, or a problem where there is none.`).toEqual([1, 0]);
    });
  }
  check('a message with a requestId goes to its handlers, too', async () => {
    const heard: Message[] = [];
    const { dispatch } = await listening({ time: [(message) => heard.push(message)] });
    await dispatch('{"type":"time","requestId":"1"}');
    expect(heard, 'A reply came too late: nobody waits for its requestId any more. It is a message like any other. Wrong messages heard by the handler of its type.').toEqual([{ type: 'time', requestId: '1' }]);
  });
});

exercise('2.4 RealtimeClient.send', (check) => {
  const MESSAGE = { type: 'news', text: 'καλημέρα', room: { name: 'a', sizes: [1, 2] } };
  const message = structuredClone(MESSAGE);
  /** send() must not throw, whatever the state. */
  const send = (client: { send: (message: Message) => boolean }, when: string): boolean => {
    let sent: unknown;
    const thrown = thrownBy(() => (sent = client.send(message)));
    if ((thrown as { code?: string } | undefined)?.code === 'ERR_INVALID_ARG_TYPE') fail('write() got an object; a text was expected: JSON.stringify.');
    if (thrown !== undefined) fail(`send() threw ${told(thrown)} ${when}. It says whether the message was handed over, in every state.`);
    if (typeof sent !== 'boolean') fail(`send() returned ${show(sent)} ${when}; true or false was expected.`);
    return sent;
  };

  check('before any connection: false', async () => {
    const { client } = await make('ws://127.0.0.1');
    expect(send(client, 'before connect()'), 'Wrong answer before any connection.').toBe(false);
    if (client.socket) fail('send() opened a connection. It says false where there is none; connecting is for the caller.');
  });
  for (const [kind, WebSocket] of kinds) {
    check(`CONNECTING: false, and no exception (${kind})`, async () => {
      const heard: string[] = [];
      const { url } = await serve((wss) => wss.on('connection', (socket) => socket.on('message', (data) => heard.push(String(data)))));
      const { client } = await make(url, WebSocket);
      const socket = client.openSocket();
      const connecting = event(socket, 'open');
      client.connecting = connecting;
      expect(send(client, 'while the socket is CONNECTING'), 'Wrong answer while CONNECTING.').toBe(false);
      await within(connecting, 'the open connection', () => '');
      await turn();
      await closeAndWait(socket);
      expect(heard, 'send() said false while CONNECTING, and sent the message later all the same: a caller that tries again sends it twice. Wrong messages at the server.').toEqual([]);
    });
    check(`OPEN: true, and one text message of JSON arrives (${kind})`, async () => {
      const { client, heard, sent, ended } = await open(WebSocket);
      expect(send(client, 'while the socket is OPEN'), 'Wrong answer while OPEN.').toBe(true);
      expect(message, 'The message that was passed in was changed.').toEqual(MESSAGE);
      client.socket?.close();
      await ended();
      const parsed = heard.map((text) => {
        try {
          return JSON.parse(text) as unknown;
        } catch {
          return fail(`The server got the text ${show(text)}, which is no JSON: JSON.stringify makes one of a message.`);
        }
      });
      expect(parsed, 'Wrong messages at the server after one send().').toEqual([MESSAGE]);
      if (typeof sent[0] === 'object') fail(`write() got ${show(sent[0])}; a text was expected: bytes arrive as a binary message.`);
      expect(sent.length, "One message went out. Wrong number of messages in the log, onTraffic: this.write(text) tells it, this.socket.send(text) does not.").toBe(1);
    });
    check(`CLOSING and CLOSED: false (${kind})`, async () => {
      const { client, heard, ended } = await open(WebSocket);
      const { socket } = client;
      const closed = event(socket as Socket, 'close');
      client.socket?.close();
      expect(send(client, 'while the socket is CLOSING'), `Wrong answer while CLOSING: a WebSocket discards what is sent then, without a word. \`this.state\` follows the events and says so only later: ask socket.readyState.`).toBe(false);
      await ended();
      await within(closed, 'the close event', () => '');
      expect(send(client, 'when the socket is CLOSED'), 'Wrong answer when CLOSED: a WebSocket discards what is sent then, without a word.').toBe(false);
      expect(heard.length, 'Wrong number of messages at the server.').toBe(0);
      if (client.socket !== socket) fail('send() opened another connection. It says false where none is open; connecting is for the caller.');
    }, { hint: 2 });
  }
  check('OPEN, and much is still waiting to leave: true', async () => {
    const { client, reached } = await pretended();
    client.state = 'open';
    expect(send(client, 'while 70,000 bytes wait'), 'The socket is OPEN, bufferedAmount is 70,000: the network is slow. The socket takes the message all the same. Wrong answer.').toBe(true);
    expect(reached.length, 'Wrong number of messages handed to the socket.').toBe(1);
  });
});

exercise('2.5 RealtimeClient.close', (check) => {
  const ALLOWED = 'A browser allows 1000 and 3000 to 4999, with up to 123 bytes of reason.';
  /** A call in words: a long reason by its bytes. */
  const said = ([code, reason]: [number?, string?]): string => `close(${[code, reason === undefined || reason.length < 20 ? reason && show(reason) : `a reason of ${new TextEncoder().encode(reason).length} bytes`].filter((part) => part !== undefined).join(', ')})`;
  for (const [kind, WebSocket] of kinds) {
    for (const [args, code, reason] of [[[], 1000, ''], [[1000, 'done'], 1000, 'done'], [[3000], 3000, ''], [[4001, 'bye'], 4001, 'bye'], [[4999, 'ä'.repeat(61) + 'x'], 4999, 'ä'.repeat(61) + 'x']] as [[number?, string?], number, string][]) {
      check(`close(${args.map((arg) => show(arg).slice(0, 12)).join(', ')}) reaches the server as ${code} (${kind})`, async () => {
        const { client, states, ended } = await open(WebSocket);
        const over = ended();
        const thrown = thrownBy(() => client.close(...args));
        if (thrown !== undefined) fail(`${said(args)} threw ${told(thrown)}. ${ALLOWED}`);
        if (client.state === 'closing' && !states.includes('closing')) fail('close() set the state by hand, and onState was not told: the page goes on showing OPEN. this.closeSocket(code, reason) does both.');
        expect([client.state, client.socket?.readyState], 'Wrong state of client and socket right after close(). this.closeSocket(code, reason) changes both; this.socket.close() knows nothing of the client.').toEqual(['closing', 2]);
        expect(await over, 'Wrong close code or reason at the server.').toEqual({ code, reason });
      });
    }
  }
  /** What close() throws. */
  const refused = (client: { close: (code?: number, reason?: string) => void }, code: number, reason?: string): unknown => {
    let returned: unknown;
    const thrown = thrownBy(() => (returned = client.close(code, reason)));
    if (!(returned instanceof Promise)) return thrown;
    returned.catch(() => {});
    return fail(`close(${code}) did not throw, it returned a Promise: whoever calls it without await never hears of the refusal. No async.`);
  };
  for (const code of [1001, 0, 999, 1002, 1005, 1006, 1011, 1015, 2999, 5000, 65_536, NaN]) {
    check(`${code} is refused, and the connection stays`, async () => {
      const { client, heard } = await open(ws, (socket, text) => socket.send(text));
      const thrown = refused(client, code);
      if (!(thrown instanceof RangeError)) fail(`close(${code}) ${thrown !== undefined ? `threw ${told(thrown)}` : client.state === 'open' ? 'did nothing, and threw nothing' : 'was accepted'}.${Number.isNaN(code) ? ' NaN is neither below 3000 nor above 4999: ask for what is allowed.' : ''} A browser refuses this code; a RangeError was expected, in Node as well.`);
      expect([client.state, client.socket?.readyState], `Wrong state after a refused close(${code}): the connection was to stay open.`).toEqual(['open', 1]);
      expect(heard.length).toBe(0);
    });
  }
  check('1000 and all from 3000 to 4999 are allowed', async () => {
    const { client } = await pretended();
    for (const code of [1000, ...Array.from({ length: 2_000 }, (_, i) => 3_000 + i)]) {
      client.state = 'open';
      const thrown = thrownBy(() => client.close(code));
      if (thrown !== undefined) fail(`${said([code])} threw ${told(thrown)}. ${ALLOWED}`);
    }
  });
  check('a reason over 123 bytes is refused: bytes, not characters', async () => {
    const { client, reached } = await pretended();
    for (const reason of ['x'.repeat(124), 'ä'.repeat(62), '€'.repeat(41) + 'x', '🙂'.repeat(31)]) {
      const thrown = refused(client, 1000, reason);
      const [first] = reason;
      const counted = reason.length < 124 ? `You counted ${reason.length} characters; on the wire they are 124 bytes. (${first} takes ${Buffer.byteLength(first)}.)` : 'The reason has 124 bytes.';
      if (!(thrown instanceof RangeError)) fail(`${counted} It ${thrown === undefined ? 'was accepted' : `gave ${told(thrown)}`}. A control frame has room for 125 bytes, and two are the code; a RangeError was expected.`);
      expect([client.state, reached.length], `${counted} Wrong state, or number of calls of the socket's close(), after the refusal.`).toEqual(['idle', 0]);
    }
  }, { hint: 2 });
  check('counted with what a browser has', async () => {
    const { client } = await pretended();
    const thrown = without(globalThis, 'Buffer', () => thrownBy(() => client.close(4000, 'bye')));
    if (thrown !== undefined) fail(`Buffer is Node's: a browser has none. Count with new TextEncoder().encode(reason).length. (${told(thrown)})`);
  }, { hint: 2 });
  for (const reason of ['€'.repeat(41), '🙂'.repeat(30) + 'xyz']) {
    check(`123 bytes of ${show([...reason][0])} are allowed`, async () => {
      const { client } = await pretended();
      const thrown = thrownBy(() => client.close(1000, reason));
      if (thrown !== undefined) fail(`${said([1000, reason])} threw ${told(thrown)}. ${ALLOWED}`);
    });
  }
  check('refused in every state', async () => {
    const { client } = await pretended();
    for (const [when, socket] of [['before any connection', undefined], ['while CLOSING', { readyState: 2 }], ['when CLOSED', { readyState: 3 }]] as [string, Socket | undefined][]) {
      client.socket = socket;
      for (const args of [[1001], [1000, 'x'.repeat(124)]] as [number, string?][]) {
        const thrown = refused(client, ...args);
        if (!(thrown instanceof RangeError)) fail(`${said(args)} ${when} ${thrown === undefined ? 'threw nothing' : `threw ${told(thrown)}`}. A browser checks code and reason first, whatever the state: else the mistake shows only now and then. A RangeError was expected.`);
      }
    }
  });
  check('while CONNECTING: it ends the attempt', async () => {
    const { url, knocked } = await slowServer();
    const { client, states } = await make(url);
    const socket = client.openSocket();
    await knocked();
    const closed = event(socket, 'close');
    const thrown = thrownBy(() => client.close());
    if (thrown !== undefined) fail(`close() while CONNECTING threw ${told(thrown)}.`);
    if (socket.readyState < 2) fail('close() was called while CONNECTING, and the socket went on connecting: nobody wants that connection any more. this.closeSocket(code, reason) knows what to do in each state.');
    await within(closed, 'the end of the attempt', () => '');
    expect(states, 'close() was called while CONNECTING. Wrong states that onState was told.').toEqual(['connecting', 'closing', 'closed']);
  });
  check('before any connection, and twice: harmless', async () => {
    const { client: fresh } = await make('ws://127.0.0.1');
    const early = thrownBy(() => fresh.close());
    if (early !== undefined) fail(`close() before connect() threw ${told(early)}.`);
    const { client, ended } = await open();
    const over = ended();
    client.close(4000);
    const second = thrownBy(() => client.close(4001));
    if (second !== undefined) fail(`close(4000), and then close(4001) threw ${told(second)}. On a socket that is CLOSING it is to do nothing.`);
    expect((await over).code, 'close(4000) and then close(4001): the first one counts. Wrong code at the server.').toBe(4000);
  });
});

exercise('2.6 RealtimeClient.request', (check) => {
  const SECOND = 'request() opened a connection of its own. It asks on the one that is there; where there is none, it rejects: not connected is an answer.';
  /** A client, and a server that answers only when told to. */
  async function asking() {
    const clock = fakeClock();
    const made = await open();
    const dispatched: unknown[] = [];
    made.client.dispatch = (data) => void dispatched.push(data);
    const outcomes: unknown[] = [];
    const { socket } = made.client;
    const request = (message: Message, timeoutMs?: number): Promise<unknown> => {
      const asked = promised(made.client.request(message, timeoutMs), 'request()').then((reply) => outcomes.push(reply), (error: unknown) => outcomes.push(error));
      if (made.client.socket !== socket) fail(SECOND);
      return asked;
    };
    /** What the server has heard, once it has heard all that was sent. */
    const asked = async (): Promise<Message[]> => {
      made.client.socket?.send('fence');
      await within(new Promise<void>((resolve) => made.peer.once('message', function heard(data) { String(data) === 'fence' ? resolve() : made.peer.once('message', heard); })), 'the requests at the server', () => '');
      const requests = made.heard.filter((text) => text !== 'fence').map((text) => JSON.parse(text) as Message);
      if (requests.length === 0 && outcomes.length > 0) fail(`request() ${outcomes[0] instanceof Error ? `rejected before anything was sent: ${told(outcomes[0])}` : `resolved before anything was sent, with ${show(outcomes[0])}`}`);
      return requests;
    };
    /** Sends to the client, and waits until the client has dealt with it. */
    const answer = async (...messages: object[]): Promise<void> => {
      for (const message of messages) made.peer.send(JSON.stringify(message));
      made.peer.send('{"type":"fence"}');
      await within(new Promise<void>((resolve) => made.client.socket?.addEventListener('message', ({ data }) => data === '{"type":"fence"}' && resolve())), 'the answers at the client', () => '');
    };
    return { ...made, clock, request, outcomes, asked, answer, dispatched };
  }

  check('the reply with its requestId, whatever comes between', async () => {
    const { client, request, outcomes, asked, answer, dispatched, sent: log } = await asking();
    const message = { type: 'time' };
    const listeners = (): number => ['open', 'error', 'close'].reduce((sum, name) => sum + (client.socket as unknown as EventEmitter).listenerCount(name), 0);
    const before = listeners();
    void request(message);
    const [sent, ...more] = await asked();
    expect({ ...sent, requestId: typeof sent?.requestId, more: more.length }, 'Wrong message at the server.').toEqual({ type: 'time', requestId: 'string', more: 0 });
    expect(message, 'The message that was passed in was changed.').toEqual({ type: 'time' });
    if (client.waiting.size === 0) fail('The entry had left `waiting` before the reply came, or was never put there. In an async function `finally` runs at once after `return promise`: write `return await`.', { hint: 2 });
    await answer({ type: 'news' }, { type: 'time', requestId: 'another' }, { type: 'time', requestId: sent.requestId, now: 7 });
    expect(outcomes, 'Wrong outcome of the request.').toEqual([{ type: 'time', requestId: sent.requestId, now: 7 }]);
    expect(client.waiting.size, 'The reply has come. Wrong number of requests still waiting.').toBe(0);
    expect(dispatched.length, 'Before the reply came two other messages, and one behind it. Wrong number of messages dispatched: the reply goes to who asked, and to nobody else.').toBe(3);
    expect(log.length, 'One request went out. Wrong number of messages in the log, onTraffic: this.send(message) tells it, this.socket.send(text) does not.').toBe(1);
    expect(listeners() - before, 'The request is over. Wrong number of listeners that it left on the socket: each that stays is memory, for as long as the connection is open.').toBe(0);
  });
  check('a reply of any type', async () => {
    const { request, outcomes, asked, answer } = await asking();
    void request({ type: 'time' });
    const [{ requestId }] = await asked();
    await answer({ type: 'error', requestId, text: 'no clock' });
    expect(outcomes.map((outcome) => (outcome instanceof Error ? told(outcome) : outcome)), 'The server answered with an "error" that bears the requestId: that is the reply, and what it means is for the caller to say. Wrong outcome of the request.').toEqual([{ type: 'error', requestId, text: 'no clock' }]);
  });
  check('an id of its own, also for a message that brings one', async () => {
    const { request, outcomes, asked, answer } = await asking();
    void request({ type: 'time', requestId: 'theirs' });
    const [{ requestId }] = await asked();
    if (requestId === 'theirs') fail('request({ type: "time", requestId: "theirs" }) sent "theirs": the message overwrote your id. Yours goes last: { ...message, requestId }.');
    await answer({ type: 'time', requestId });
    expect(outcomes, 'Wrong outcome of the request.').toEqual([{ type: 'time', requestId }]);
  });
  check('with what a page over http has', async () => {
    const { request, asked, answer, outcomes } = await asking();
    const thrown = without(crypto, 'randomUUID', () => thrownBy(() => void request({ type: 'time' })));
    await turn(); // a rejection comes at once
    const failed = thrown ?? outcomes[0];
    if (failed instanceof TypeError && failed.message.includes('randomUUID')) fail('crypto.randomUUID is there only on https and on localhost: a page that is opened from another machine (--lan) has none. this.requests counts: String(++this.requests).');
    if (thrown !== undefined) throw thrown;
    const [{ requestId }] = await asked();
    await answer({ type: 'time', requestId });
    expect(outcomes.length, 'Wrong number of replies.').toBe(1);
  });
  check('two at a time, answered in the other order', async () => {
    const { request, asked, answer, outcomes } = await asking();
    void request({ type: 'time', n: 1 });
    void request({ type: 'time', n: 2 });
    const [a, b] = await asked();
    if (a.requestId === b.requestId) fail(`Two requests with the same requestId, ${show(a.requestId)}: their replies cannot be told apart.`);
    await answer({ type: 'time', requestId: b.requestId, n: 2 });
    void request({ type: 'time', n: 3 });
    const [, , c] = await asked();
    if ([a.requestId, b.requestId].includes(c.requestId)) fail(`Three requests, with the ids ${show(a.requestId)}, ${show(b.requestId)} and, when the second was answered, ${show(c.requestId)} again: a reply that comes late would be taken for another one. this.requests only counts up.`);
    await answer({ type: 'time', requestId: a.requestId, n: 1 }, { type: 'time', requestId: c.requestId, n: 3 });
    expect(outcomes.map((outcome) => (outcome instanceof Error ? told(outcome) : (outcome as Message).n)), 'Three requests, the second answered first. Wrong outcomes, or in the wrong order.').toEqual([2, 1, 3]);
  });
  check('no reply: it rejects after the time-out, and not before', async () => {
    const { client, request, clock, outcomes, asked, answer } = await asking();
    void request({ type: 'time' }, 3_000);
    await asked();
    const timers = clock.timers();
    clock.advance(2_999);
    await answer();
    expect(outcomes.length, 'The request was settled before its 3,000 ms were over.').toBe(0);
    clock.advance(1);
    await answer();
    if (!(outcomes[0] instanceof Error)) {
      const was = outcomes.length === 0 ? 'it was still pending' : `the request gave ${show(outcomes[0])}`;
      fail(`After 3,000 ms without a reply ${was}; a rejection with an Error was expected.${timers === 0 ? ' (No timer was running. Use setTimeout: the check moves its clock, and no other.)' : ''}`);
    }
    expect(client.waiting.size, 'The request has given up. Wrong number of requests still waiting: each that stays is memory that is never freed.').toBe(0);
    expect(client.socket?.readyState, 'One reply did not come. Wrong readyState after the time-out, 1 is OPEN: the connection is there for others, too.').toBe(1);
    expect((await asked()).length, 'Wrong number of messages at the server after the time-out: the request goes out once.').toBe(1);
  }, { hint: 2 });
  check('without a time of its own it waits for 5,000 ms', async () => {
    const { request, clock, outcomes, asked, answer } = await asking();
    void request({ type: 'time' });
    await asked();
    clock.advance(4_999);
    await answer();
    expect(outcomes.length, 'A request without timeoutMs was settled before 5,000 ms were over.').toBe(0);
    clock.advance(1);
    await answer();
    expect(outcomes.length, 'A request without timeoutMs was still pending after 5,000 ms.').toBe(1);
  }, { hint: 2 });
  check('a reply after the time-out is a message like any other', async () => {
    const { request, clock, asked, answer, outcomes, dispatched } = await asking();
    void request({ type: 'time' }, 100);
    const [{ requestId }] = await asked();
    clock.advance(100);
    await turn();
    void request({ type: 'time' }, 100);
    const [, { requestId: next }] = await asked();
    await answer({ type: 'time', requestId });
    expect(outcomes.length, `A request got no reply in time, and another one was sent, with the ids ${show(requestId)} and ${show(next)}. Then the first reply came. Wrong number of outcomes: one, the time-out.`).toBe(1);
    expect(dispatched[0], 'The late reply was to be dispatched.').toBe(JSON.stringify({ type: 'time', requestId }));
    await answer({ type: 'time', requestId: next });
  });
  check('the connection closes: all that wait reject, and no timer stays', async () => {
    const { client, peer, request, outcomes, asked } = await asking();
    const settled = Promise.all([request({ type: 'a' }), request({ type: 'b' })]);
    await asked();
    const closed = event(client.socket as Socket, 'close');
    peer.close(1012);
    await within(closed, 'the end of the connection', () => '');
    await within(settled, 'the rejections after the connection closed', () => `${outcomes.length} of 2 requests are settled.`);
    if (!outcomes.every((outcome) => outcome instanceof Error)) fail(`The connection closed, and the requests gave ${show(outcomes)}; two Errors were expected.`);
    expect(client.waiting.size, 'Wrong number of requests waiting after the connection closed.').toBe(0);
    // A timer that is left is found when everything is closed.
  }, { hint: 2 });
  /** A client without an open connection. `finish` looks at what came of it. */
  type Start = () => Promise<{ client: Awaited<ReturnType<typeof make>>['client']; finish?: () => Promise<void> }>;
  const whileConnecting: Start = async () => {
    const { url, wss, letIn } = await slowServer();
    const heard: string[] = [];
    wss.on('connection', (socket) => socket.on('message', (data) => heard.push(String(data))));
    const { client } = await make(url);
    const socket = client.openSocket();
    const finish = async (): Promise<void> => {
      const opened = event(socket, 'open');
      letIn();
      await within(opened, 'the open connection', () => '');
      await closeAndWait(socket);
      expect(heard, 'request() rejected while CONNECTING, and its message was sent later all the same. Wrong messages at the server.').toEqual([]);
    };
    return { client, finish };
  };
  const whenClosed: Start = async () => {
    const { client } = await open();
    await closeAndWait(client.socket as Socket);
    return { client };
  };
  const starts: [string, Start][] = [['before any connection', () => make('ws://127.0.0.1')], ['while CONNECTING', whileConnecting], ['when CLOSED', whenClosed]];
  for (const [when, start] of starts) {
    check(`not connected, ${when}: it rejects at once`, async () => {
      const clock = fakeClock();
      const { client, finish } = await start();
      const { socket } = client;
      let asked: Promise<Message> | undefined;
      const thrown = thrownBy(() => (asked = client.request({ type: 'time' })));
      if (thrown !== undefined) fail(`request() threw ${told(thrown)}; a rejection was expected: callers wait for the promise.`);
      let outcome: unknown = 'it is still pending, though send() says false';
      promised(asked as Promise<Message>, 'request()').then((reply) => (outcome = `it resolved with ${told(reply)}`), (error: unknown) => (outcome = error instanceof Error ? error : `it rejected with ${show(error)}`));
      await turn();
      if (client.socket !== socket) fail(SECOND);
      if (!(outcome instanceof Error)) fail(`request() ${when}: ${outcome}. A rejection with an Error was expected at once.`);
      expect([client.waiting.size, clock.timers()], 'Wrong number of requests waiting, and of timers running, after it rejected.').toEqual([0, 0]);
      await finish?.();
    });
  }
});
