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
  const onTraffic = (direction: string, data: unknown): void => void (direction === 'sent' && sent.push(data));
  const client = new RealtimeClient(url, { WebSocket, onProblem: (problem) => problems.push(problem), onTraffic });
  onCleanUp(async () => {
    const { socket } = client;
    if (!socket || socket.readyState === 3) return;
    (socket as Socket & { terminate?: () => void }).terminate?.();
    if (socket.readyState < 2) socket.close();
    await within(event(socket, 'close'), 'the end of the connection', () => '');
  });
  return { client, problems, sent };
}

/** What an exercise is to give at once: a promise. */
function promised<T>(value: Promise<T>, call: string): Promise<T> {
  if (typeof (value as Promise<T> | undefined)?.then !== 'function') fail(`${call} returned ${show(value)}; a Promise was expected. Is a \`return\` missing?`);
  return value;
}
/** What was thrown, without its stack. */
const told = (thrown: unknown): string => (thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : show(thrown));
/** The given method, which is protected. */
const closeSocket = (client: object): void => (client as { closeSocket: (code: number, reason: string) => void }).closeSocket(1000, '');

const event = (socket: Socket, type: 'open' | 'close'): Promise<void> => new Promise((resolve) => socket.addEventListener(type as 'open', () => resolve()));

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
      let letIn!: (yes: boolean) => void;
      let knock!: () => void;
      const knocked = new Promise<void>((resolve) => (knock = resolve));
      const { url } = await serve(() => {}, {
        verifyClient: (_info: unknown, answer: (yes: boolean) => void) => {
          letIn = answer;
          knock();
        },
      });
      const { client } = await make(url, WebSocket);
      let settled = false;
      const connecting = promised(client.connect(), 'connect()').then(() => (settled = true));
      await within(knocked, 'the handshake', () => 'No request came to the server.');
      if (settled) fail('connect() resolved while the server was still thinking about the handshake: whoever sends now, sends on a socket that is CONNECTING.');
      let second = false;
      promised(client.connect(), 'connect()').then(() => (second = true), () => {});
      await turn();
      if (second) fail('connect() was called again while the socket was CONNECTING, and resolved at once: whoever sends now, sends too early. Give the promise that is already waiting.', { hint: 3 });
      letIn(true);
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
  check('asked twice, it opens one connection', async () => {
    let count = 0;
    const { url } = await serve((wss) => wss.on('connection', () => count++));
    const { client } = await make(url);
    await within(Promise.all([client.connect(), client.connect()]), "both of connect()'s promises", () => `The state is "${client.state}".`);
    await within(client.connect(), "connect()'s promise, on an open connection", () => `The state is "${client.state}".`);
    expect(count, 'connect() was called three times while the first connection was there. Wrong number of connections at the server.').toBe(1);
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
    if (client.socket === socket) {
      again.catch(() => {});
      fail('The connection had closed, and connect() gave the old promise: no new socket was opened.');
    }
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
  check('a handler hears its type, and no other', async () => {
    const { client } = await make('ws://127.0.0.1');
    const heard: Message[] = [];
    client.on('news', (message) => heard.push(message));
    fire(client, { type: 'weather', sun: true });
    fire(client, { type: 'news', text: 'Hi' });
    expect(heard, 'A handler for "news", after a "weather" and a "news". Wrong messages heard.').toEqual([{ type: 'news', text: 'Hi' }]);
  });
  check('what it returns ends that registration, and only that', async () => {
    const { client } = await make('ws://127.0.0.1');
    const heard: string[] = [];
    const undoA = client.on('news', () => heard.push('a'));
    client.on('news', () => heard.push('b'));
    client.on('weather', () => heard.push('c'));
    if (typeof undoA !== 'function') fail(`on() returned ${show(undoA)}; a function that undoes the registration was expected.`);
    undoA();
    undoA(); // harmless
    fire(client, { type: 'news' });
    fire(client, { type: 'weather' });
    expect(heard, 'Handlers a and b for "news", c for "weather"; a was undone, twice. Wrong handlers called.').toEqual(['b', 'c']);
  }, { hint: 2 });
  check('harmless also later, when the type had lost its last handler and has a new one', async () => {
    const { client } = await make('ws://127.0.0.1');
    let count = 0;
    const undo = client.on('news', () => {});
    undo();
    client.on('news', () => count++);
    undo();
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
    undo();
    fire(client, { type: 'news' });
    expect(count, 'One of the two was undone, twice: the other part of the page still listens. Wrong number of calls.').toBe(3);
  }, { hint: 2 });
});

exercise('2.3 RealtimeClient.dispatch', (check) => {
  /** A client whose handlers were put in without `on`. */
  async function listening(handlers: Record<string, Handler[]>) {
    const made = await make('ws://127.0.0.1');
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
      if (late) fail('Handlers were called after dispatch() had returned: no async, no await.');
    };
    return { ...made, dispatch };
  }

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
      const { dispatch, problems } = await listening({ news: [() => heard++] });
      await dispatch(data);
      expect(heard, `${what} is no message, and a handler was called. Wrong number of calls.`).toBe(0);
      expect(problems.length, `${what} is no message. Wrong number of reported problems.`).toBe(1);
      if (['', 'undefined', 'null'].includes(problems[0].message)) fail(`${what} is no message, and the problem that was reported says ${show(problems[0].message)}. It is for the page's log: this.problem(new Error('…')), in words.`);
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
    expect(problems.map(({ message }) => message), 'Wrong problems reported.').toEqual(['in the handler']);
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
  for (const type of ['__proto__', 'constructor', 'toString', 'open', 'connect', 'close']) {
    check(`a type called ${type} is a type like any other`, async () => {
      const { client, dispatch, problems } = await listening({});
      await dispatch(JSON.stringify({ type }));
      expect([client.state, problems.length], `The server sent a message of type "${type}", for which nobody listens. Wrong state, or a problem where there is none.`).toEqual(['idle', 0]);
    });
  }
});

exercise('2.4 RealtimeClient.send', (check) => {
  const message = { type: 'news', text: 'καλημέρα' };
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
  });
  for (const [kind, WebSocket] of kinds) {
    check(`CONNECTING: false, and no exception (${kind})`, async () => {
      const heard: string[] = [];
      const { url, wss } = await serve((server) => server.on('connection', (peer) => peer.on('message', (data) => heard.push(String(data)))));
      const { client } = await make(url, WebSocket);
      const connecting = event(client.openSocket(), 'open');
      client.connecting = connecting;
      expect(send(client, 'while the socket is CONNECTING'), 'Wrong answer while CONNECTING.').toBe(false);
      await within(connecting, 'the open connection', () => '');
      await turn();
      const [peer] = wss.clients;
      const gone = new Promise((resolve) => peer.on('close', resolve));
      client.socket?.close();
      await within(gone, 'the end of the connection at the server', () => '');
      expect(heard, 'send() said false while CONNECTING, and the message went out later all the same: its caller has sent it again by then.').toEqual([]);
    });
    check(`OPEN: true, and one text message of JSON arrives (${kind})`, async () => {
      const { client, heard, sent, ended } = await open(WebSocket);
      expect(send(client, 'while the socket is OPEN'), 'Wrong answer while OPEN.').toBe(true);
      client.socket?.close();
      await ended();
      const parsed = heard.map((text) => {
        try {
          return JSON.parse(text) as unknown;
        } catch {
          return fail(`The server got the text ${show(text)}, which is no JSON: JSON.stringify makes one of a message.`);
        }
      });
      expect(parsed, 'Wrong messages at the server after one send().').toEqual([message]);
      expect(sent.length, "One message went out. Wrong number of messages in the log, onTraffic: this.write(text) tells it, this.socket.send(text) does not.").toBe(1);
    });
    check(`CLOSING and CLOSED: false (${kind})`, async () => {
      const { client, heard, ended } = await open(WebSocket);
      const closed = event(client.socket as Socket, 'close');
      client.socket?.close();
      expect(send(client, 'while the socket is CLOSING'), `Wrong answer while CLOSING: a WebSocket discards what is sent then, without a word. \`this.state\` follows the events and says so only later: ask socket.readyState.`).toBe(false);
      await ended();
      await within(closed, 'the close event', () => '');
      expect(send(client, 'when the socket is CLOSED'), 'Wrong answer when CLOSED: a WebSocket discards what is sent then, without a word.').toBe(false);
      expect(heard.length, 'Wrong number of messages at the server.').toBe(0);
    }, { hint: 2 });
  }
});

exercise('2.5 RealtimeClient.close', (check) => {
  for (const [kind, WebSocket] of kinds) {
    for (const [args, code, reason] of [[[], 1000, ''], [[1000, 'done'], 1000, 'done'], [[3000], 3000, ''], [[4001, 'bye'], 4001, 'bye'], [[4999, 'ä'.repeat(61) + 'x'], 4999, 'ä'.repeat(61) + 'x']] as [[number?, string?], number, string][]) {
      check(`close(${args.map((arg) => show(arg).slice(0, 12)).join(', ')}) reaches the server as ${code} (${kind})`, async () => {
        const { client, ended } = await open(WebSocket);
        const over = ended();
        client.close(...args);
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
  for (const code of [NaN, 0, 999, 1001, 1002, 1005, 1006, 1011, 1015, 2999, 5000, 65_536]) {
    check(`${code} is refused, and the connection stays`, async () => {
      const { client, heard } = await open(ws, (socket, text) => socket.send(text));
      const thrown = refused(client, code);
      if (!(thrown instanceof RangeError)) fail(`close(${code}) ${thrown === undefined ? 'was accepted' : `threw ${told(thrown)}`}.${Number.isNaN(code) ? ' NaN is neither below 3000 nor above 4999: ask for what is allowed.' : ''} A browser refuses this code; a RangeError was expected, in Node as well.`);
      expect([client.state, client.socket?.readyState], `Wrong state after a refused close(${code}): the connection was to stay open.`).toEqual(['open', 1]);
      expect(heard.length).toBe(0);
    });
  }
  /** A client on a socket that is open, and only takes note: ws needs a Buffer, and has its own opinion of reasons. */
  async function pretended() {
    const { client } = await make('ws://127.0.0.1');
    const reached: unknown[] = [];
    client.socket = { readyState: 1, close: (...args: unknown[]) => void reached.push(args) } as unknown as Socket;
    onCleanUp(() => (client.socket = undefined));
    return { client, reached };
  }
  check('a reason over 123 bytes is refused: bytes, not characters', async () => {
    const { client, reached } = await pretended();
    for (const reason of ['x'.repeat(124), 'ä'.repeat(62)]) {
      const thrown = refused(client, 1000, reason);
      const counted = reason.length < 124 ? `You counted ${reason.length} characters; on the wire they are 124 bytes.` : 'The reason has 124 bytes.';
      if (!(thrown instanceof RangeError)) fail(`${counted} It ${thrown === undefined ? 'was accepted' : `gave ${told(thrown)}`}. A control frame has room for 125 bytes, and two are the code; a RangeError was expected.`);
      expect([client.state, reached.length], `${counted} Wrong state, or number of calls of the socket's close(), after the refusal.`).toEqual(['idle', 0]);
    }
  }, { hint: 2 });
  check('counted with what a browser has', async () => {
    const { client } = await pretended();
    const thrown = without(globalThis, 'Buffer', () => thrownBy(() => client.close(4000, 'bye')));
    if (thrown !== undefined) fail(`Buffer is Node's: a browser has none. Count with new TextEncoder().encode(reason).length. (${told(thrown)})`);
  }, { hint: 2 });
  check('before any connection, and twice: harmless', async () => {
    const { client: fresh } = await make('ws://127.0.0.1');
    const early = thrownBy(() => fresh.close());
    if (early !== undefined) fail(`close() before connect() threw ${told(early)}.`);
    const { client, ended } = await open();
    const over = ended();
    client.close(4000);
    client.close(4001);
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
    const { client, request, outcomes, asked, answer } = await asking();
    const message = { type: 'time' };
    void request(message);
    const [sent, ...more] = await asked();
    expect({ ...sent, requestId: typeof sent?.requestId, more: more.length }, 'Wrong message at the server.').toEqual({ type: 'time', requestId: 'string', more: 0 });
    expect(message, 'The message that was passed in was changed.').toEqual({ type: 'time' });
    if (client.waiting.size === 0) fail('The entry had left `waiting` before the reply came, or was never put there. In an async function `finally` runs at once after `return promise`: write `return await`.', { hint: 2 });
    await answer({ type: 'news' }, { type: 'time', requestId: 'another' }, { type: 'time', requestId: sent.requestId, now: 7 });
    expect(outcomes, 'Wrong outcome of the request.').toEqual([{ type: 'time', requestId: sent.requestId, now: 7 }]);
    expect(client.waiting.size, 'The reply has come. Wrong number of requests still waiting.').toBe(0);
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
    void request({ type: 'a' });
    void request({ type: 'b' });
    const [a, b] = await asked();
    if (a.requestId === b.requestId) fail(`Two requests with the same requestId, ${show(a.requestId)}: their replies cannot be told apart.`);
    await answer({ type: 'b', requestId: b.requestId }, { type: 'a', requestId: a.requestId });
    expect((outcomes as Message[]).map(({ type }) => type), 'Wrong replies, or in the wrong order.').toEqual(['b', 'a']);
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
    expect((await asked()).length, 'Wrong number of messages at the server after one request and its time-out: it is sent once.').toBe(1);
  }, { hint: 2 });
  check('a reply after the time-out is a message like any other', async () => {
    const { request, clock, asked, answer, outcomes, dispatched } = await asking();
    void request({ type: 'time' }, 100);
    const [{ requestId }] = await asked();
    clock.advance(100);
    await answer({ type: 'time', requestId });
    expect(outcomes.length, 'Wrong number of outcomes: one, the time-out.').toBe(1);
    expect(dispatched[0], 'The late reply was to be dispatched.').toBe(JSON.stringify({ type: 'time', requestId }));
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
  check('not connected: it rejects at once', async () => {
    const clock = fakeClock();
    const { client } = await make('ws://127.0.0.1');
    let asked: Promise<Message> | undefined;
    const thrown = thrownBy(() => (asked = client.request({ type: 'time' })));
    if (thrown !== undefined) fail(`request() threw ${told(thrown)}; a rejection was expected: callers wait for the promise.`);
    const outcome: unknown = await within(promised(asked as Promise<Message>, 'request()').then(() => 'a reply', (error: unknown) => error), 'the rejection of a request without a connection', () => '');
    if (client.socket) fail(SECOND);
    if (!(outcome instanceof Error)) fail(`Without a connection the request gave ${show(outcome)}; an Error was expected.`);
    expect([client.waiting.size, clock.timers()], 'Wrong number of requests waiting, and of timers running, after it rejected.').toEqual([0, 0]);
  });
});
