import { fail, show, within, type Trial } from '#kit';
import { RealtimeClient } from '#solutions/day2-client/client.ts';
import { inWords, openClient, outcomeOf, promised } from '../../tests/helpers/clients.ts';

/** What no client should trust, each with a name. */
const BAD: [what: string, data: string | Uint8Array][] = [
  ['an empty text', ''],
  ['half of a message', '{"type":"news",'],
  ['null', 'null'],
  ['a number', '7'],
  ['an array', '[]'],
  ['5,000 arrays, one in the other', '['.repeat(5000) + ']'.repeat(5000)],
  ['an object without a type', '{}'],
  ['a type that is a number', '{"type":7}'],
  ['binary', Uint8Array.of(0, 127, 128, 255)],
];
/** Messages whose types look like something else. Nobody has asked for them. */
const ODD = ['open', 'close', 'error', '__proto__', 'constructor', 'toString', 'hasOwnProperty'];

type Stage = Awaited<ReturnType<typeof openClient>>;
let fences = 0;

/** Resolves when the client has dealt with everything that the server has sent so far. */
async function fence({ client, peer }: Stage): Promise<void> {
  const text = `{"type":"fence ${++fences}"}`;
  const there = new Promise<void>((resolve) => {
    // It is called just before the message is dispatched, and what awaits it runs after that.
    client.options.onTraffic = (_, data) => data === text && resolve();
  });
  peer.send(text);
  await within(there, 'the last message of the server', () => `The client's state is "${client.state}".`);
}

export const MESSAGE_TRIALS: Trial[] = [
  {
    tried: 'Handlers come and go while 300 messages arrive',
    blames: '2.2',
    async run() {
      const stage = await openClient();
      stage.client.dispatch = RealtimeClient.prototype.dispatch; // the reference's: this trial is about `on`
      const calls: Record<string, number> = { first: 0, twice: 0, last: 0 };
      const count = (who: string) => () => void calls[who]++;
      const twice = count('twice');
      const off = [count('first'), twice, twice, count('last')].map((handler) => stage.client.on('news', handler));
      const rounds: [undo: number[], expected: object][] = [
        [[], { first: 100, twice: 200, last: 100 }],
        [[1, 1], { first: 200, twice: 300, last: 200 }],
        [[0, 2, 0], { first: 200, twice: 300, last: 300 }],
      ];
      for (const [undo, expected] of rounds) {
        for (const i of undo) {
          if (typeof off[i] !== 'function') fail(`on() returned ${show(off[i])}. Expected a function.`);
          off[i]();
        }
        for (let i = 0; i < 100; i++) stage.peer.send('{"type":"news"}');
        await fence(stage);
        if (show(calls) !== show(expected))
          fail(
            `One handler was registered twice, and some were removed, some of them twice. They were called this often: ${show(calls)}. Expected ${show(expected)}.`,
          );
      }
      return 'Each registration heard everything while it was there, and nothing after its undo.';
    },
  },
  {
    tried: `${BAD.length} broken messages and ${ODD.length} strange types, with good messages between them`,
    blames: '2.3',
    async run() {
      const stage = await openClient();
      const numbers: unknown[] = [];
      stage.client.handlers.set('news', new Set([{ handler: ({ n }) => void numbers.push(n) }]));
      for (const [n, [what, data]] of BAD.entries()) {
        const before = stage.problems.length;
        stage.peer.send(data);
        stage.peer.send(JSON.stringify({ type: 'news', n }));
        await fence(stage);
        if (stage.problems.length === before) fail(`The server sent ${what}, and nobody was told: call problem().`);
        if (numbers.length !== n + 1)
          fail(`The server sent ${what}. The good message behind it did not reach its handler once.`);
      }
      const before = stage.problems.length;
      for (const type of ODD) stage.peer.send(JSON.stringify({ type }));
      await fence(stage);
      const [first] = stage.problems.slice(before);
      if (first)
        fail(
          `The server sent messages of types that nobody listens for, such as ${ODD[3]}. That isn't a problem, but one was reported: ${inWords(first)}.`,
        );
      return 'Each broken one was reported, and every good one reached its handler.';
    },
  },
  {
    tried: 'Three of four handlers throw: an Error, a text, nothing at all',
    blames: '2.3',
    async run() {
      const stage = await openClient();
      let calls = 0;
      const throwing = [new Error('from a handler'), 'a text', undefined].map((what) => ({
        handler: () => {
          throw what;
        },
      }));
      stage.client.handlers.set('news', new Set([...throwing, { handler: () => void calls++ }]));
      for (let i = 0; i < 50; i++) stage.peer.send('{"type":"news"}');
      await fence(stage);
      if (calls !== 50) fail(`The fourth handler does not throw. It was called for ${calls} of 50 messages.`);
      if (stage.problems.length !== 150)
        fail(`150 times a handler threw. problem() was called ${stage.problems.length} times.`);
      return 'The fourth one heard all 50 messages, and 150 problems were reported.';
    },
  },
  {
    tried: '100 requests, answered in reverse order, twice, and for strangers',
    blames: '2.6',
    async run() {
      const asked: { n: number; requestId: string }[] = [];
      const stage = await openClient(undefined, (socket, text) => {
        asked.push(JSON.parse(text));
        if (asked.length < 100) return;
        for (const { n, requestId } of [...asked].reverse()) {
          socket.send(JSON.stringify({ type: 'reply', n: -1, requestId: `not ${requestId}` }));
          for (const copy of [n, -n])
            socket.send(JSON.stringify({ type: n % 2 ? 'error' : 'reply', n: copy, requestId }));
        }
      });
      const replies = Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          promised(stage.client.request({ type: 'ask', n, requestId: 'mine' }, 60_000), 'request()'),
        ),
      );
      const all = await within(
        replies,
        'the replies to 100 requests',
        () => `The server has received ${asked.length} requests.`,
      );
      const wrong = all.findIndex(({ n }, i) => n !== i);
      if (wrong >= 0) fail(`Request ${wrong} got the reply to another one: ${show(all[wrong])}.`);
      if (new Set(asked.map(({ requestId }) => requestId)).size !== 100) fail('Two requests had the same requestId.');
      await fence(stage);
      return leftBehind(stage) ?? 'Every request got its own reply, and nothing is left behind.';
    },
  },
  {
    tried: 'The server answers no request, then cuts the line, then is gone',
    blames: '2.6',
    async run() {
      const stage = await openClient();
      const { client } = stage;
      const rejects = async (promise: Promise<unknown>, when: string): Promise<void> => {
        const outcome = await within(outcomeOf(promise), `the end of request() ${when}`, () => 'It still waits.');
        if (!(outcome instanceof Error))
          fail(`request() ${when} settled with ${show(outcome)}. It should reject with an Error.`);
      };
      for (const ms of [0, 10])
        await rejects(promised(client.request({ type: 'silence' }, ms), 'request()'), `after ${ms} ms without a reply`);
      const open = Array.from({ length: 20 }, () => promised(client.request({ type: 'silence' }, 60_000), 'request()'));
      const ends = open.map((promise) => rejects(promise, 'when the line is cut'));
      const over = stage.ended();
      stage.peer.terminate();
      await over;
      await Promise.all(ends);
      await rejects(promised(client.request({ type: 'time' }, 60_000), 'request()'), 'without a connection');
      return leftBehind(stage) ?? 'All 23 requests were rejected, and nothing is left behind.';
    },
  },
  {
    tried: 'Everything together: the line is cut 20 times, and the client is told to connect again',
    blames: '2.1',
    together: true,
    async run() {
      const stage = await openClient(undefined, (socket, text) => {
        const { requestId } = JSON.parse(text);
        for (const [, data] of BAD) socket.send(data);
        for (const type of ODD) socket.send(JSON.stringify({ type }));
        socket.send(JSON.stringify({ type: 'news' }));
        socket.send(JSON.stringify({ type: 'reply', requestId }));
      });
      const { client } = stage;
      let news = 0;
      client.on('news', () => news++);
      for (let round = 1; round <= 20; round++) {
        const reply = promised(client.request({ type: 'ask' }, 60_000), 'request()');
        await within(reply, `the reply in round ${round}`, () => `The client's state is "${client.state}".`);
        if (news !== round) fail(`After round ${round}, the handler has heard ${news} news. Expected ${round}.`);
        const closed = new Promise<void>((resolve) => client.socket!.addEventListener('close', () => resolve()));
        for (const socket of stage.wss.clients) socket.terminate();
        await within(closed, 'the end of the connection', () => '');
        await within(
          promised(client.connect(), 'connect()'),
          'connect()',
          () => `The client's state is "${client.state}".`,
        );
        if (client.socket?.readyState !== 1)
          fail('The line was cut, and connect() was called again. It has resolved, and the socket is not open.');
      }
      if (stage.wss.clients.size !== 1)
        fail(`The client has ${stage.wss.clients.size} connections at the end. Expected 1.`);
      return leftBehind(stage) ?? 'In each round every reply came, the news came once, and there was one connection.';
    },
  },
];

/** Fails if requests still wait. */
function leftBehind({ client }: Stage): undefined {
  if (client.waiting.size > 0)
    fail(`All requests are settled, and ${client.waiting.size} are still in this.waiting.`, { blames: '2.6' });
}
