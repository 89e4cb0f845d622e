import { exercise, expect, fail, show, thrownBy } from '#kit';
import type { Handler, Message } from '#day2/given/base-client.ts';
import { createClient, inWords } from './helpers/clients.ts';

/** Calls the handlers of a type as `dispatch` does. */
const fire = (client: { handlers: Map<string, Set<{ handler: Handler }>> }, message: Message): void => {
  for (const entry of [...(client.handlers.get(message.type) ?? [])]) {
    if (typeof entry?.handler !== 'function')
      fail(`this.handlers contains ${show(entry)}, but an entry is an object: { handler }.`);
    entry.handler(message);
  }
};

/** Calls a function that `on` returned a second time. */
const undoAgain = (undo: () => void): void => {
  const thrown = thrownBy(undo);
  if (thrown !== undefined)
    fail(
      `The function that on() returned was called a second time, and threw ${inWords(thrown)}. The second call should do nothing.`,
    );
};

exercise('2.2 RealtimeClient.on', (check) => {
  check('a handler gets the messages of its type', async () => {
    const { client } = await createClient('ws://127.0.0.1');
    const heard: Message[] = [];
    client.on('news', (message) => heard.push(message));
    if (!client.handlers.get('news')?.size)
      fail(
        'on("news", handler) was called, but this.handlers has no entry for "news". Was a new Set made, and not put into this.handlers?',
      );

    const early: Message[] = [];
    client.on('Late News', (message) => early.push(message));
    fire(client, { type: 'Late News' });
    expect(
      early.length,
      'on("Late News", handler) was called, and a "Late News" arrived. Wrong number of calls of its handler. The type is a key like any other text: use it as it is.',
    ).toBe(1);

    fire(client, { type: 'weather', sun: true });
    fire(client, { type: 'news', text: 'Hi' });
    expect(
      [...heard],
      'on("news", handler) was called, then a "weather" and a "news" arrived. Wrong messages for the handler.',
    ).toEqual([{ type: 'news', text: 'Hi' }]);

    fire(client, { type: 'news', text: 'Ho' });
    expect(
      heard.map(({ text }) => text),
      'on("news", handler) was called once, and two "news" arrived. Wrong texts for the handler.',
    ).toEqual(['Hi', 'Ho']);
  });
  check(
    'the returned function removes only that handler',
    async () => {
      const { client } = await createClient('ws://127.0.0.1');
      const heard: string[] = [];
      const undoA = client.on('news', () => heard.push('a'));
      client.on('news', () => heard.push('b'));
      client.on('weather', () => heard.push('c'));
      if (typeof undoA !== 'function')
        fail(`on() returned ${show(undoA)}. It should return a function that removes the registration.`);

      undoA();
      fire(client, { type: 'news' });
      fire(client, { type: 'weather' });
      expect(
        heard,
        'Handlers a and b listen to "news", c to "weather". a was removed, then both types arrived. Wrong handlers called.',
      ).toEqual(['b', 'c']);

      undoAgain(undoA);
      fire(client, { type: 'news' });
      expect(
        heard.slice(2),
        'Handlers a and b listen to "news". a was removed, and its function called once more. Wrong handlers called.',
      ).toEqual(['b']);
    },
    { hint: 2 },
  );
  check(
    'handlers can be removed in any order',
    async () => {
      const { client } = await createClient('ws://127.0.0.1');
      let heard: string[] = [];
      const [undoA, undoB, undoC] = ['a', 'b', 'c', 'd'].map((name) => client.on('news', () => heard.push(name)));

      undoB();
      fire(client, { type: 'news' });
      expect(heard, 'Of the handlers a, b, c and d, b was removed. Wrong handlers called.').toEqual(['a', 'c', 'd']);

      heard = [];
      undoA();
      undoC();
      fire(client, { type: 'news' });
      expect(
        heard,
        'Of the handlers a, b, c and d, first b was removed, then a, then c. Wrong handlers called. Remove the entry itself: its position changes when others go.',
      ).toEqual(['d']);
    },
    { hint: 2 },
  );
  check(
    'one function registered twice is two registrations',
    async () => {
      const { client } = await createClient('ws://127.0.0.1');
      let count = 0;
      const handler = (): void => void count++;
      const undo = client.on('news', handler);
      client.on('news', handler);

      fire(client, { type: 'news' });
      expect(
        count,
        'Two parts of a page registered the same function, and one "news" arrived. Wrong number of calls: each registration needs an entry of its own.',
      ).toBe(2);

      undo();
      undoAgain(undo);
      fire(client, { type: 'news' });
      expect(
        count - 2,
        'The same function was registered twice, and one registration was removed (twice). The other one still listens. Wrong number of calls for one more "news".',
      ).toBe(1);
    },
    { hint: 2 },
  );
  check('a throwing handler still throws', async () => {
    const { client, problems } = await createClient('ws://127.0.0.1');
    client.on('news', () => {
      throw new Error('in the handler');
    });
    const thrown = thrownBy(() => fire(client, { type: 'news' }));
    if (thrown === undefined && problems.length === 0)
      fail(
        "A handler threw, but the entry in this.handlers swallowed the error, so dispatch can't report it. Put the handler in as it is.",
      );
  });
  check(
    'a late second removal does not disturb a newer handler',
    async () => {
      const { client } = await createClient('ws://127.0.0.1');
      let count = 0;
      const undo = client.on('news', () => {});
      undo();
      client.on('news', () => count++);
      undoAgain(undo);

      fire(client, { type: 'news' });
      expect(
        count,
        'Handler a was removed, b was registered, and the function for a was called once more. Then a "news" arrived, and b was not called. Wrong number of calls of b. Did that delete the Set of b from this.handlers?',
      ).toBe(1);
    },
    { hint: 2 },
  );
});
