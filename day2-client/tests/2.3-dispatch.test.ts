import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, show, thrownBy } from '#kit';
import type { Handler, Message } from '#day2/given/base-client.ts';
import { pretended, told } from './helpers/clients.ts';

exercise('2.3 RealtimeClient.dispatch', (check) => {
  /** A client whose handlers were put in without `on`. */
  async function listening(handlers: Record<string, Handler[]>) {
    const made = await pretended();
    let inside = false;
    let late = false;
    const watched =
      (handler: Handler): Handler =>
      (message) => {
        late ||= !inside;
        handler(message);
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
      if (thrown !== undefined)
        fail(
          `dispatch(${typeof data === 'string' ? show(data) : '…'}) threw ${told(thrown)}. It is called from a socket's event: what it throws, nobody catches.`,
        );
      await turn(); // a handler that is put off runs by now
      if (late) fail('Handlers were called after dispatch() had returned: no async, no await.');
    };
    return { ...made, dispatch };
  }

  /** What the handlers threw must be found in the problems, as it is or wrapped. */
  const reports = (problems: Error[], texts: string[]): void => {
    const told = problems.map((problem) =>
      [problem.message, problem.cause instanceof Error ? problem.cause.message : String(problem.cause ?? '')].join(' '),
    );
    const are = told.length === texts.length && texts.every((text, i) => told[i].includes(text));
    if (!are)
      fail(
        `${texts.length === 1 ? 'A handler' : 'Handlers'} threw ${texts.map((text) => (text ? show(text) : 'null')).join(' and ')}. The problems that were reported: ${told.length ? told.map((one) => show(one.trim())).join(', ') : 'none'}. this.problem(error) with what was thrown, whatever it is.`,
      );
  };
  check('a message goes to the handlers of its type, with all its fields', async () => {
    const heard: unknown[] = [];
    const { dispatch } = await listening({
      news: [(m) => heard.push(['a', m]), (m) => heard.push(['b', m])],
      weather: [(m) => heard.push(['c', m])],
    });
    await dispatch('{"type":"news","text":"Hi","n":1}');
    const message = { type: 'news', text: 'Hi', n: 1 };
    expect(heard, 'Two handlers for "news", one for "weather"; a "news" came. Wrong calls.').toEqual([
      ['a', message],
      ['b', message],
    ]);
  });
  const bad: unknown[] = [
    '',
    'not JSON',
    '{"type":',
    'null',
    '42',
    '"news"',
    '[]',
    '{}',
    '{"text":"no type"}',
    '{"type":7}',
    '{"type":null}',
    new TextEncoder().encode('{"type":"news"}').buffer,
    Buffer.from('{"type":"news"}'),
    new Blob(['{"type":"news"}']),
  ];
  for (const data of bad) {
    const what = typeof data === 'string' ? show(data) : `A binary message (${(data as object).constructor.name})`;
    check(`no message: ${what}`, async () => {
      let heard = 0;
      const { client, dispatch, problems, reached } = await listening({ news: [() => heard++] });
      await dispatch(data);
      expect(heard, `${what} is no message, and a handler was called. Wrong number of calls.`).toBe(0);
      expect(problems.length, `${what} is no message. Wrong number of reported problems.`).toBe(1);
      if (!(problems[0] instanceof Error))
        fail(
          `${what} is no message, and the problem that was reported is ${show(problems[0])}; an Error was expected, as this.problem() makes it.`,
        );
      expect(
        [client.state, reached.length],
        `${what} is no message. Wrong state of the client, or number of calls to its socket: one bad message ends nothing.`,
      ).toEqual(['idle', 0]);
      if (['', 'undefined', 'null'].includes(problems[0].message) && problems[0].message !== data)
        fail(
          `${what} is no message, and the problem that was reported says ${show(problems[0].message)}. It is for the page's log: this.problem(new Error('…')), in words.`,
        );
      await dispatch('{"type":"news"}');
      expect(heard, 'After it, a right message came. Wrong number of calls.').toBe(1);
    });
  }
  check(
    'a handler that throws does not stop the others',
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
      expect(heard, 'Three handlers, the second throws. Wrong handlers called.').toEqual(['a', 'c']);
      reports(problems, ['in the handler']);
      await dispatch('{"type":"news"}');
      expect(
        [heard.length, problems.length],
        'The same message once more: a handler that throws stays registered. Wrong number of calls of the other two, or of reported problems.',
      ).toEqual([4, 2]);
    },
    { hint: 2 },
  );
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
      expect(heard, 'Three handlers; the first throws a text, the second null. Wrong handlers called.').toEqual(['c']);
      reports(problems, ['just a text', '']);
    },
    { hint: 2 },
  );
  check(
    'a handler that removes itself, or adds another, while it is called',
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
        'Handlers a, b, c; a removes itself, b adds one. Each that was there is called once, the new one from the next message on.',
      ).toEqual(['a', 'b', 'c']);
    },
    { hint: 2 },
  );
  for (const type of ['__proto__', 'constructor', 'toString', 'open', 'connect', 'close', 'error', 'message']) {
    check(`a type called ${type} is a type like any other`, async () => {
      const { client, dispatch, problems } = await listening({});
      await dispatch(JSON.stringify({ type }));
      expect(
        [client.state, problems.length],
        `The server sent a message of type "${type}", for which nobody listens. Wrong state, or a problem where there is none.`,
      ).toEqual(['idle', 0]);
      let heard = 0;
      client.handlers.set(type, new Set([{ handler: () => heard++ }]));
      await dispatch(JSON.stringify({ type }));
      expect(
        [heard, problems.length],
        `A handler for "${type}", and a message of that type came. Wrong number of its calls, or a problem where there is none.`,
      ).toEqual([1, 0]);
    });
  }
  check('a message with a requestId goes to its handlers, too', async () => {
    const heard: Message[] = [];
    const { dispatch } = await listening({ time: [(message) => heard.push(message)] });
    await dispatch('{"type":"time","requestId":"1"}');
    expect(
      heard,
      'A reply came too late: nobody waits for its requestId any more. It is a message like any other. Wrong messages heard by the handler of its type.',
    ).toEqual([{ type: 'time', requestId: '1' }]);
  });
});
