/** The reader of a Stream believes Pub/Sub only as far as the Stream itself can confirm it. No Redis, no clock. */
import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect } from '#kit';
import { isAfter, type Entry } from '#day5/given/for-bonus/entries.ts';
import { StreamReader, type Source } from '#day5/given/for-bonus/stream-reader.ts';

const NOW = 1_800_000_000_000;

/** A stream in memory, and a reader of it that has begun. */
async function begin(entries: Entry[] = [{ id: `${NOW}-0`, text: 'before', seen: '' }]) {
  const heard: string[] = [];
  const source = {
    dropped: 0,
    isDown: false,
    async read(_: string, after: string) {
      if (source.isDown) throw new Error('Redis does not answer.');
      return entries.filter(({ id }) => isAfter(id, after));
    },
    lastId: async () => entries.at(-1)?.id ?? '0-0',
    drop: () => void source.dropped++,
  } satisfies Source & Record<string, unknown>;
  const reader = new StreamReader(source, 'room', (text) => heard.push(text));
  await reader.start();
  /** Appends an entry, as Redis does, and publishes it. */
  const say = (text: string): void => {
    const previous = entries.at(-1)?.id ?? '0-0';
    const id = `${NOW}-${entries.length}`;
    entries.push({ id, text, seen: '' });
    reader.hear(`${id} ${previous} ${text}`);
  };
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) await turn();
  };
  return { entries, heard, source, reader, say, settle };
}

exercise('day5 stream reader', (check) => {
  check('an entry follows the one before it: handled at once', async () => {
    const { heard, source, say } = await begin();

    say('one');
    say('two');

    expect([heard, source.dropped]).toEqual([['one', 'two'], 0]);
  });
  check('a forged id far in the future is dropped, and what comes after it is heard', async () => {
    const { heard, source, reader, say, settle } = await begin();

    reader.hear(`${NOW + 86_400_000}-0 ${reader.cursor} forged`);
    await settle();
    say('one');
    await settle();

    expect([heard, source.dropped]).toEqual([['one'], 1]);
  });
  check('an id that goes back is dropped, and nothing is handled twice', async () => {
    const { heard, source, reader, say, settle } = await begin();
    say('one');

    reader.hear(`1-0 ${reader.cursor} forged`);
    await settle();
    say('two');
    await settle();

    expect([heard, source.dropped]).toEqual([['one', 'two'], 0]);
  });
  check('texts without two ids in front are dropped', async () => {
    const { heard, source, reader } = await begin();

    for (const raw of ['', 'x', '{"v":1}', 'a-b c-d text', `${NOW}-0`, `- ${NOW}-0 x`, `${NOW}-1 - x`, '-1-1 -1-1 x'])
      reader.hear(raw);

    expect([heard, source.dropped]).toEqual([[], 8]);
  });
  check('a volatile text has no ids, and may have several lines', async () => {
    const { heard, source, reader } = await begin();

    reader.hear('- - several\nlines');

    expect([heard, source.dropped]).toEqual([['several\nlines'], 0]);
  });
  check('the first entry of a stream is looked up, and handled once', async () => {
    const { heard, source, say, settle } = await begin([]);

    say('one');
    await settle();
    say('two');
    await settle();

    expect([heard, source.dropped]).toEqual([['one', 'two'], 0]);
  });
  check('Redis does not answer: nothing counts as forged, and it is read afterwards', async () => {
    const { entries, heard, source, reader, settle } = await begin();
    source.isDown = true;
    entries.push({ id: `${NOW + 86_400_000}-0`, text: 'late', seen: '' });

    reader.hear(`${NOW + 86_400_000}-0 ${NOW}-0 late`);
    await settle();
    expect([heard, source.dropped]).toEqual([[], 0]);

    source.isDown = false;
    await reader.catchUp();
    expect(heard).toEqual(['late']);
  });
});
