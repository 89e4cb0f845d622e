import { exercise, expect, fail, show, thrownBy } from '#kit';
import type { Handler, Message } from '#day2/given/base-client.ts';
import { make, told } from './helpers/clients.ts';

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
    if (thrown !== undefined)
      fail(
        `The function that on() returned was called a second time, and threw ${told(thrown)}. It is to be harmless.`,
      );
  };
  check('a handler hears its type, and no other', async () => {
    const { client } = await make('ws://127.0.0.1');
    const heard: Message[] = [];
    client.on('news', (message) => heard.push(message));
    fire(client, { type: 'weather', sun: true });
    fire(client, { type: 'news', text: 'Hi' });
    expect([...heard], 'A handler for "news", after a "weather" and a "news". Wrong messages heard.').toEqual([
      { type: 'news', text: 'Hi' },
    ]);
    fire(client, { type: 'news', text: 'Ho' });
    expect(
      heard.map(({ text }) => text),
      'A handler for "news", after two of them. Wrong texts heard.',
    ).toEqual(['Hi', 'Ho']);
  });
  check('what a handler throws is not swallowed', async () => {
    const { client, problems } = await make('ws://127.0.0.1');
    client.on('news', () => {
      throw new Error('in the handler');
    });
    const thrown = thrownBy(() => fire(client, { type: 'news' }));
    if (thrown === undefined && problems.length === 0)
      fail(
        'A handler threw, and what `on` put into `handlers` swallowed it: dispatch, which reports, never hears of it. Put the handler in as it is.',
      );
  });
  check(
    'what it returns ends that registration, and only that',
    async () => {
      const { client } = await make('ws://127.0.0.1');
      const heard: string[] = [];
      const undoA = client.on('news', () => heard.push('a'));
      client.on('news', () => heard.push('b'));
      client.on('weather', () => heard.push('c'));
      if (typeof undoA !== 'function')
        fail(`on() returned ${show(undoA)}; a function that undoes the registration was expected.`);
      undoA();
      again(undoA);
      fire(client, { type: 'news' });
      fire(client, { type: 'weather' });
      expect(
        heard,
        'Handlers a and b for "news", c for "weather"; a was undone, twice. Wrong handlers called.',
      ).toEqual(['b', 'c']);
    },
    { hint: 2 },
  );
  check(
    'undone one after the other, in any order',
    async () => {
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
      expect(
        heard,
        'Handlers a, b, c and d; b, a and c were undone, in that order. Wrong handlers called: places change as others go, an entry stays itself.',
      ).toEqual(['d']);
    },
    { hint: 2 },
  );
  check(
    'harmless also later, when the type had lost its last handler and has a new one',
    async () => {
      const { client } = await make('ws://127.0.0.1');
      let count = 0;
      const undo = client.on('news', () => {});
      undo();
      client.on('news', () => count++);
      again(undo);
      fire(client, { type: 'news' });
      expect(
        count,
        'Handler a for "news" was undone, b registered, a undone once more: b is deaf. Wrong number of calls of b: the Set that `on` found may no longer be the one in `handlers`.',
      ).toBe(1);
    },
    { hint: 2 },
  );
  check(
    'one function registered twice is two registrations',
    async () => {
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
      expect(
        count,
        'One of the two was undone, twice: the other part of the page still listens. Wrong number of calls.',
      ).toBe(3);
    },
    { hint: 2 },
  );
});
