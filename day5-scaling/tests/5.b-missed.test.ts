import { exercise, expect, fail, load, thrownBy } from '#kit';
import type { ServerMessage } from '#day3/given/server-messages.ts';
import type { Entry } from '#day5/given/for-bonus/entries.ts';
import { brief, said } from './helpers/subject.ts';

exercise('5.b missed', (check) => {
  const subject = () => load(() => import('#day5/bonus/missed.ts'), 'missed');
  /** An entry of the stream with a chat message, or with another message. */
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

  check('what stands behind the last one that was seen', async () => {
    const { missed } = await subject();
    const entries = ['a', 'b', 'c', 'd'].map((text, i) => entry(i + 1, text));
    expect(texts(missed(entries, 'b')), 'Wrong messages for somebody who has seen a and b, of a, b, c, d.').toEqual([
      'c',
      'd',
    ]);
    expect(missed(entries, 'c'), 'Wrong message behind c: the whole message is replayed.').toEqual([said('d', 'd')]);
  });
  check('nothing missed is an empty list, not a gap', async () => {
    const { missed } = await subject();
    expect(
      missed([entry(1, 'a'), entry(2, 'b')], 'b'),
      'Wrong answer to somebody who has seen the last message.',
    ).toEqual([]);
  });
  check('an id that is in no entry: undefined, a gap', async () => {
    const { missed } = await subject();
    expect(missed([entry(1, 'a')], 'gone'), 'Wrong answer to an id that the stream does not have (any more).').toBe(
      undefined,
    );
    expect(missed([], 'a'), 'Wrong answer from an empty stream.').toBe(undefined);
  });
  check('from where its sender had read, not from where it stands', async () => {
    const { missed } = await subject();
    // x was said on a node that had read up to a. b came into the stream first, and x's own people have not heard it yet.
    const entries = [entry(1, 'a'), entry(2, 'b'), entry(3, 'x', 1), entry(4, 'c')];
    expect(
      texts(missed(entries, 'x')),
      'Wrong messages for somebody whose node showed them x before b, and then died: x stands behind b in the stream, but its sender had read only up to a (`seen`).',
    ).toEqual(['b', 'c']);
  });
  check('after an outage that may be far in front', async () => {
    const { missed } = await subject();
    const entries = [entry(1, 'a'), entry(2, 'b'), entry(3, 'c'), entry(4, 'd'), entry(5, 'late', 1)];
    expect(
      texts(missed(entries, 'late')),
      'Wrong messages for somebody whose node was cut off from Redis when it said "late", having read up to a.',
    ).toEqual(['b', 'c', 'd']);
  });
  check('`seen` is empty: all that there is', async () => {
    const { missed } = await subject();
    expect(
      texts(missed([entry(1, 'a'), entry(2, 'b', ''), entry(3, 'c')], 'b')),
      'Wrong messages where nobody knows how far the sender had read: better too many than too few, the client knows what it has seen.',
    ).toEqual(['a', 'c']);
  });
  check('each once, also where the stream has it twice', async () => {
    const { missed } = await subject();
    const entries = [entry(1, 'a'), entry(2, 'b'), entry(3, 'c'), entry(4, 'b', 1), entry(5, 'a', 1)];
    expect(
      texts(missed(entries, 'a')),
      'Wrong messages where a publish was tried twice, and both arrived: each message once, and not the one that was seen.',
    ).toEqual(['b', 'c']);
    const twice = [entry(1, 'a'), entry(2, 'b'), entry(3, 'x', 1), entry(4, 'c'), entry(5, 'x', 4)];
    expect(
      texts(missed(twice, 'x')),
      'Wrong messages behind x, which the stream has twice: its sender had read up to a when it was said (the first `seen`).',
    ).toEqual(['b', 'c']);
  });
  check('the same words twice are two messages', async () => {
    const { missed } = await subject();
    const entries = [entry(1, 'a'), entry(2, said('yes', 'm1')), entry(3, said('yes', 'm2'))];
    expect(
      texts(missed(entries, 'a')),
      'Wrong messages where two people have said the same: a message is known by its id.',
    ).toEqual(['yes', 'yes']);
  });
  check("in the stream's order, whatever the clocks of the nodes say", async () => {
    const { missed } = await subject();
    const entries = [
      entry(1, 'a'),
      entry(2, { ...said('b', 'b'), timestamp: 9 }),
      entry(3, { ...said('c', 'c'), timestamp: 5 }),
    ];
    expect(
      texts(missed(entries, 'a')),
      "Wrong order: b stands before c in the stream, and each `timestamp` is of another node's clock.",
    ).toEqual(['b', 'c']);
  });
  check('other messages and rubbish in between do not count', async () => {
    const { missed } = await subject();
    const entries = [
      entry(1, 'a'),
      entry(2, { type: 'joined', userId: 'a', name: 'a' }),
      { id: '1000-3', text: 'rubbish', seen: '' },
      entry(4, 'b'),
    ];
    let found: unknown[] | undefined;
    const error = thrownBy(() => (found = missed(entries, 'a')));
    if (error)
      fail(
        `missed() threw ${error}, where one entry is about something else and one is rubbish: chatOf gives undefined there, and it does not count.`,
      );
    expect(texts(found), 'Wrong messages where somebody has joined in between.').toEqual(['b']);
  });
  check('ids are compared as numbers: 9 comes before 10', async () => {
    const { missed } = await subject();
    const entries = Array.from({ length: 12 }, (_, i) => entry(i + 1, `m${i + 1}`));
    expect(texts(missed(entries, 'm9')), 'Wrong messages behind the entry 1000-9.').toEqual(['m10', 'm11', 'm12']);
    const later = [
      { ...entry(1, 'early'), id: '999-7' },
      entry(3, 'a'),
      entry(5, 'x', 3),
      { ...entry(1, 'late'), id: '1001-0' },
    ];
    expect(
      texts(missed(later, 'x')),
      'Wrong messages where the entries are 999-7, 1000-3, 1000-5, which had read up to 1000-3, and 1001-0: the milliseconds count first.',
    ).toEqual(['late']);
  });
  check('the entries stay as they are', async () => {
    const { missed } = await subject();
    const entries = [entry(1, 'a'), entry(2, 'b'), entry(3, 'c')];
    missed(entries, 'a');
    expect(
      entries.map(({ id }) => id),
      "The list of entries was changed: it is the caller's.",
    ).toEqual(['1000-1', '1000-2', '1000-3']);
  });
});
