import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, show, thrownBy } from '#kit';
import type { Handler, Message } from '#day2/given/base-client.ts';
import { createFakeOpenClient, inWords } from './helpers/clients.ts';

/** JSON as code shows it: '{"type":"news"}'. */
const quoted = (text: string): string => `'${text}'`;

exercise('2.3 RealtimeClient.dispatch', (check) => {
  /** A client with these handlers, registered without `on`. */
  async function listening(handlers: Record<string, Handler[]>) {
    const made = await createFakeOpenClient();
    let inside = false;
    let late = false;
    const watched =
      (handler: Handler): Handler =>
      (message) => {
        late ||= !inside;
        return handler(message);
      };
    for (const [type, all] of Object.entries(handlers))
      made.client.handlers.set(type, new Set(all.map((handler) => ({ handler: watched(handler) }))));
    const dispatch = async (data: unknown): Promise<void> => {
      let returned: unknown;
      inside = true;
      let thrown = thrownBy(() => (returned = made.client.dispatch(data)));
      inside = false;
      if (returned instanceof Promise)
        thrown ??= await returned.then(
          () => undefined,
          (error: unknown) => error,
        );
      const call = `dispatch(${typeof data === 'string' ? quoted(data) : '…'})`;
      if (thrown instanceof TypeError && /not iterable|reading 'forEach'/.test(thrown.message))
        fail(
          `${call} threw a TypeError. Nobody has registered for this type, so this.handlers.get(type) is undefined, and your code loops over that.`,
          { hint: 3 },
        );
      if (thrown !== undefined)
        fail(
          `${call} threw ${inWords(thrown)}. It is called by an event of the socket, so nothing catches what it throws. Report it with this.problem(error).`,
        );
      await turn(); // a handler that was put off has run by now
      if (late)
        fail('Handlers were called after dispatch() had returned. Call them directly, without async or await.', {
          hint: 3,
        });
    };
    return { ...made, dispatch };
  }

  /** Fails unless what the handlers threw is among the problems, as it is or wrapped. */
  const mustReport = (problems: Error[], texts: string[]): void => {
    const reported = problems.map((problem) =>
      [problem.message, problem.cause instanceof Error ? problem.cause.message : String(problem.cause ?? '')].join(' '),
    );
    if (reported.length === texts.length && texts.every((text, i) => reported[i].includes(text))) return;
    const threw = texts.map((text) => (text ? show(text) : 'null')).join(' and ');
    const came = reported.length ? reported.map((one) => show(one.trim())).join(', ') : 'nothing';
    fail(
      `${texts.length === 1 ? 'A handler' : 'Handlers'} threw ${threw}. Reported: ${came}. Call this.problem(error) with whatever was thrown.`,
    );
  };

  check('calls the handlers of the type with the whole message', async () => {
    const heard: unknown[] = [];
    const { dispatch } = await listening({
      news: [(m) => (heard.push(['a', m]), false), (m) => heard.push(['b', m])],
      weather: [(m) => heard.push(['c', m])],
    });
    await dispatch('{"type":"news","text":"Hi","n":1}');
    const message = { type: 'news', text: 'Hi', n: 1 };
    expect(
      heard,
      'Handlers a and b listen to "news", c to "weather". A "news" arrived. Wrong calls. What a handler returns (a returns false) changes nothing.',
    ).toEqual([
      ['a', message],
      ['b', message],
    ]);
  });
  check('a type without handlers is fine', async () => {
    const { dispatch, problems } = await listening({});
    await dispatch('{"type":"news"}');
    expect(
      problems.map(inWords),
      'A "news" arrived, and nobody has registered for it. That is not a problem, but dispatch() reported some.',
    ).toEqual([]);
  });
  const bad: [unknown, string][] = [
    ['not JSON', 'not JSON'],
    ['{"type":', 'not JSON'],
    ['', 'not JSON'],
    ['{}', 'an object without a type'],
    ['{"text":"no type"}', 'an object without a type'],
    ['null', 'JSON, but not of an object'],
    ['42', 'JSON, but not of an object'],
    ['"news"', 'JSON, but not of an object'],
    ['[]', 'a list, which has no type'],
    ['{"type":7}', 'an object whose type is not a string'],
    ['{"type":null}', 'an object whose type is not a string'],
    ['{"type":["news"]}', 'an object whose type is not a string'],
    [new TextEncoder().encode('{"type":"news"}').buffer, 'binary, and not text'],
    [Buffer.from('{"type":"news"}'), 'binary, and not text'],
    [new Blob(['{"type":"news"}']), 'binary, and not text'],
  ];
  for (const [data, reason] of bad) {
    const what = typeof data === 'string' ? quoted(data) : `A binary message (${(data as object).constructor.name})`;
    check(`reports ${what}`, async () => {
      let heard = 0;
      const { client, dispatch, problems, calls } = await listening({ news: [() => heard++] });
      await dispatch(data);

      expect(heard, `${what} is ${reason}, but dispatch() called a handler. Wrong number of calls.`).toBe(0);
      expect(problems.length, `${what} is ${reason}. Wrong number of problems that dispatch() reported.`).toBe(1);
      if (!(problems[0] instanceof Error))
        fail(
          `${what} is ${reason}, and dispatch() reported ${show(problems[0])} to onProblem, which expects an Error. Use this.problem(error): it makes one.`,
        );
      expect(
        [client.state, calls.length],
        `${what} is ${reason}. Wrong state of the client, or number of calls of its socket: one bad message must not end the connection.`,
      ).toEqual(['idle', 0]);
      if (['', 'undefined', 'null'].includes(problems[0].message) && problems[0].message !== data)
        fail(
          `${what} is ${reason}, and dispatch() reported a problem that says ${show(problems[0].message)}. The page shows it, so say what is wrong: this.problem(new Error('…')).`,
        );

      await dispatch('{"type":"news"}');
      expect(heard, `After ${what}, a good message arrived. Wrong number of calls of its handler.`).toBe(1);
    });
  }
  check(
    'a throwing handler does not stop the others',
    async () => {
      const heard: string[] = [];
      const { dispatch, problems } = await listening({
        news: [
          () => heard.push('a'),
          () => {
            throw new Error('in the handler');
          },
          () => heard.push('c'),
        ],
      });
      await dispatch('{"type":"news"}');
      expect(heard, 'Three handlers a, b and c; b throws. Wrong handlers called: each needs its own try.').toEqual([
        'a',
        'c',
      ]);
      mustReport(problems, ['in the handler']);

      await dispatch('{"type":"news"}');
      expect(
        [heard.length, problems.length],
        'Handlers a, b and c; b throws. The message arrived twice: a handler that throws stays registered. Wrong number of calls of a and c, or of reported problems.',
      ).toEqual([4, 2]);
    },
    { hint: 2 },
  );
  check(
    'a handler may remove itself or add another',
    async () => {
      const heard: string[] = [];
      const { client, dispatch } = await listening({});
      const entries = new Set<{ handler: Handler }>();
      const own = { handler: () => void (heard.push('a'), entries.delete(own)) };
      entries.add(own);
      entries.add({
        handler: () =>
          void (heard.push('b'), entries.size < 9 && entries.add({ handler: () => void heard.push('new') })),
      });
      entries.add({ handler: () => void heard.push('c') });
      client.handlers.set('news', entries);
      await dispatch('{"type":"news"}');
      expect(
        heard,
        'Handlers a, b and c; a removes itself, b adds another. Wrong handlers called. The new one is for the next message, so loop over a copy.',
      ).toEqual(['a', 'b', 'c']);
    },
    { hint: 2 },
  );
  check('a message with a requestId goes to the handlers of its type', async () => {
    const heard: Message[] = [];
    const { dispatch } = await listening({ time: [(message) => heard.push(message)] });
    await dispatch('{"type":"time","requestId":"1"}');
    expect(
      heard,
      'A reply arrived after its request had given up. It is dispatched like any message. Wrong messages for the handler of its type.',
    ).toEqual([{ type: 'time', requestId: '1' }]);
  });
  for (const type of [
    'error',
    'open',
    'close',
    'message',
    'connect',
    '__proto__',
    'constructor',
    'toString',
    '',
    ' News ',
  ]) {
    check(`a type named ${type.trim() === type && type ? type : quoted(type)} is like any other`, async () => {
      const { client, dispatch, problems } = await listening({});
      await dispatch(JSON.stringify({ type }));
      expect(
        [client.state, problems.length],
        `The server sent a message of type "${type}", and nobody listens to it. Wrong state of the client, or number of reported problems.`,
      ).toEqual(['idle', 0]);

      let heard = 0;
      client.handlers.set(type, new Set([{ handler: () => heard++ }]));
      await dispatch(JSON.stringify({ type }));
      expect(
        [heard, problems.length],
        `A handler listens to "${type}", and a message of that type arrived. Wrong number of its calls, or of reported problems.`,
      ).toEqual([1, 0]);
    });
  }
  check(
    'a handler may throw anything',
    async () => {
      const heard: string[] = [];
      const { dispatch, problems } = await listening({
        news: [
          () => {
            throw 'just a text';
          },
          () => {
            throw null;
          },
          () => heard.push('c'),
        ],
      });
      await dispatch('{"type":"news"}');
      expect(heard, 'Three handlers: one throws a text, one throws null, then c. Wrong handlers called.').toEqual([
        'c',
      ]);
      mustReport(problems, ['just a text', '']);
    },
    { hint: 2 },
  );
});
