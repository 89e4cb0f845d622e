import { exercise, expect, fail, load, thrownBy } from '#kit';
import type { ServerMessage } from '#day3/given/server-messages.ts';
import type { Entry } from '#day5/given/for-bonus/entries.ts';
import { brief, said } from './helpers/subject.ts';

exercise('5.b missed', (check) => {
  const subject = () => load(() => import('#day5/bonus/missed.ts'), 'missed');
  /** An entry of the stream. A text becomes a chat message with that text and that id. */
  const entry = (number: number, message: ServerMessage | string, seen: number | '' = number - 1): Entry => ({
    id: `1000-${number}`,
    text: JSON.stringify({
      v: 1,
      node: 'node-2',
      epoch: 'e',
      seq: number,
      room: 'lobby',
      message: typeof message === 'string' ? said(message, message) : message,
    }),
    seen: seen === '' ? '' : `1000-${seen}`,
  });
  const texts = (messages: unknown[] | undefined) => messages && brief(messages as ServerMessage[]);

  check('gives the messages after the last one that was seen', async () => {
    const { missed } = await subject();
    const entries = ['a', 'b', 'c', 'd'].map((text, i) => entry(i + 1, text));
    expect(
      texts(missed(entries, 'b')),
      'The stream has a, b, c and d. Somebody has seen b last. Wrong messages.',
    ).toEqual(['c', 'd']);
    expect(
      missed(entries, 'c'),
      'The stream has a, b, c and d. Somebody has seen c last. Return the whole message d, with all its fields.',
    ).toEqual([said('d', 'd')]);
  });
  check('gives an empty list if nothing was missed', async () => {
    const { missed } = await subject();
    expect(
      missed([entry(1, 'a'), entry(2, 'b')], 'b'),
      'The stream has a and b. Somebody has seen b last, and has missed nothing: return [].',
    ).toEqual([]);
  });
  check('gives undefined if no entry has the id', async () => {
    const { missed } = await subject();
    expect(
      missed([entry(1, 'a')], 'gone'),
      'No entry has the id that somebody has seen last. Nobody knows what they missed: return undefined, and they are told `gap`.',
    ).toBe(undefined);
    expect(missed([], 'a'), 'The stream is empty. Nobody knows what they missed: return undefined.').toBe(undefined);
  });
  check(
    'begins after `seen`, not after the entry itself',
    async () => {
      const { missed } = await subject();
      // x was said on a node that had read up to a. b came into the stream first, and the people who heard x have not heard it yet.
      const entries = [entry(1, 'a'), entry(2, 'b'), entry(3, 'x', 1), entry(4, 'c')];
      expect(
        texts(missed(entries, 'x')),
        'The stream has a, b, x and c. The node that sent x had read up to a (`seen`), showed x to its people, and died before it read b. Wrong messages for somebody who has seen x last: everything after `seen` counts, without x.',
      ).toEqual(['b', 'c']);
    },
    { hint: 2 },
  );
  check(
    'begins far back after an outage',
    async () => {
      const { missed } = await subject();
      const entries = [entry(1, 'a'), entry(2, 'b'), entry(3, 'c'), entry(4, 'd'), entry(5, 'late', 1)];
      expect(
        texts(missed(entries, 'late')),
        'The stream has a, b, c, d and "late". The node that sent "late" was cut off from Redis, and had read up to a (`seen`). Wrong messages for somebody who has seen "late" last.',
      ).toEqual(['b', 'c', 'd']);
    },
    { hint: 2 },
  );
  check(
    'an empty `seen` means all entries',
    async () => {
      const { missed } = await subject();
      expect(
        texts(missed([entry(1, 'a'), entry(2, 'b', ''), entry(3, 'c')], 'b')),
        'The stream has a, b and c, and the `seen` of b is empty: nobody knows how far its sender had read. Wrong messages for somebody who has seen b last: all entries count, without b.',
      ).toEqual(['a', 'c']);
    },
    { hint: 2 },
  );
  check(
    'gives each message once, even if the stream has it twice',
    async () => {
      const { missed } = await subject();
      const entries = [entry(1, 'a'), entry(2, 'b'), entry(3, 'c'), entry(4, 'b', 1), entry(5, 'a', 1)];
      expect(
        texts(missed(entries, 'a')),
        'The stream has a, b, c, b and a, because two of them were sent again. Wrong messages for somebody who has seen a last: each message once, and not the one that was seen.',
      ).toEqual(['b', 'c']);
      const twice = [entry(1, 'a'), entry(2, 'b'), entry(3, 'x', 1), entry(4, 'c'), entry(5, 'x', 4)];
      expect(
        texts(missed(twice, 'x')),
        'The stream has a, b, x, c and x again. Wrong messages for somebody who has seen x last. Use the `seen` of the first x: its sender had read up to a.',
      ).toEqual(['b', 'c']);
    },
    { hint: 2 },
  );
  check(
    'the same text twice is two messages',
    async () => {
      const { missed } = await subject();
      const entries = [entry(1, 'a'), entry(2, said('yes', 'm1')), entry(3, said('yes', 'm2'))];
      expect(
        texts(missed(entries, 'a')),
        'Two people said "yes", and those are two messages. Compare the ids of messages, not their texts.',
      ).toEqual(['yes', 'yes']);
    },
    { hint: 2 },
  );
  check(
    'keeps the order of the stream',
    async () => {
      const { missed } = await subject();
      const entries = [
        entry(1, 'a'),
        entry(2, { ...said('b', 'b'), timestamp: 9 }),
        entry(3, { ...said('c', 'c'), timestamp: 5 }),
      ];
      expect(
        texts(missed(entries, 'a')),
        'Wrong order: b comes before c in the stream, although its `timestamp` is later. Every node has its own clock, so do not sort.',
      ).toEqual(['b', 'c']);
    },
    { hint: 2 },
  );
  check(
    'entries that are not chat messages do not count, wherever they are',
    async () => {
      const { missed } = await subject();
      const joined = { type: 'joined', userId: 'a', name: 'a' } as const;
      const between = [entry(1, 'a'), entry(2, joined), { id: '1000-3', text: 'rubbish', seen: '' }, entry(4, 'b')];
      const before = [entry(1, joined), { id: '1000-2', text: 'rubbish', seen: '' }, entry(3, 'a'), entry(4, 'b')];
      for (const [entries, where] of [
        [between, 'after'],
        [before, 'before'],
      ] as const) {
        let found: unknown[] | undefined;
        const error = thrownBy(() => (found = missed(entries, 'a')));
        if (error)
          fail(
            `missed() threw ${error}. ${where === 'after' ? 'After' : 'Before'} the message that was seen, the stream has a \`joined\` and an entry that is not an envelope. chatOf(entry) is undefined for both.`,
          );
        expect(
          texts(found),
          `The stream has a and b. ${where === 'after' ? 'Between them' : 'Before them'} it has a \`joined\` and an entry that is not an envelope. Wrong messages for somebody who has seen a last: leave out every entry whose chatOf(entry) is undefined.`,
        ).toEqual(['b']);
      }
    },
    { hint: 2 },
  );
  check(
    'compares ids as numbers: 9 comes before 10',
    async () => {
      const { missed } = await subject();
      const entries = Array.from({ length: 12 }, (_, i) => entry(i + 1, `m${i + 1}`));
      expect(
        texts(missed(entries, 'm9')),
        'The stream has the entries 1000-1 to 1000-12. Wrong messages for somebody who has seen 1000-9 last. As texts, "1000-10" comes before "1000-9": use isAfter.',
      ).toEqual(['m10', 'm11', 'm12']);
      const later = [
        { ...entry(1, 'early'), id: '999-7' },
        entry(3, 'a'),
        entry(5, 'x', 3),
        { ...entry(1, 'late'), id: '1001-0' },
      ];
      expect(
        texts(missed(later, 'x')),
        'The stream has the entries 999-7, 1000-3, 1000-5 and 1001-0. Somebody has seen 1000-5 last, and its `seen` is 1000-3. Wrong messages: in an id the milliseconds count first. isAfter knows that.',
      ).toEqual(['late']);
    },
    { hint: 2 },
  );
  check('does not change the list of entries', async () => {
    const { missed } = await subject();
    const entries = [entry(1, 'a'), entry(2, 'b'), entry(3, 'c')];
    missed(entries, 'a');
    expect(
      entries.map(({ id }) => id),
      'missed() changed the list of entries, which belongs to its caller.',
    ).toEqual(['1000-1', '1000-2', '1000-3']);
  });
});
