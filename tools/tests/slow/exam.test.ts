/** `npm run exam`, typed in a copy of the course: on the solution, on the starter, and on mistakes from the catalogue. */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readDays, root } from '#tools/run/catalogue.js';
import { readEntries } from '#tools/run/entries.js';
import { applyEdit } from '#tools/run/source.js';
import { CourseCopy, last } from '../helpers/course-copy.ts';

/** Mistakes that the exam finds, by their titles: at least three per day. */
const MISTAKES: Record<number, string[]> = {
  1: [
    'The longer lengths are read in little-endian order',
    'Everything becomes a string',
    "The event's name is misspelled",
    'The interval is never cleared',
  ],
  2: ['Once connected, always connected', 'One try around everything', 'Every request has the same id'],
  3: ['except is ignored', "Doesn't look for the user's other tabs", 'startsWith'],
  4: ['Every code is retried', 'Asks, and never ends', 'Duplicates are passed on'],
  5: ['No time limit', 'Delivered again', 'Only people on this node'],
};

const course = new CourseCopy();
afterAll(() => course.drop());
const days = (await readDays()).filter(({ number }) => MISTAKES[number]);
const solution = (file: string): string => readFileSync(join(root, 'solutions', file), 'utf8');
/** Puts the day's solutions in the learner's place. */
const lay = (folder: string): void =>
  cpSync(join(root, 'solutions', folder), join(course.folder, folder), { recursive: true });

describe.each(days)('the exam of day $number', { timeout: 60_000 }, (day) => {
  const word = `day${day.number}`;

  test('the starter: it is not written yet', async () => {
    const { code, output } = await course.run('exam', word);
    expect(output).toContain('exercises are not written yet; the exam makes sense when');
    expect({ code, last: last(output) }).toEqual({ code: 1, last: '0 passed, 0 failed' });
  });

  test('the solution holds', async () => {
    lay(day.folder);
    for (const words of day.number === 1 ? [[word], [word, 'solution']] : [[word]]) {
      const { code, output } = await course.run('exam', ...words);
      expect(output).toContain('Everything held.');
      expect({ code, last: last(output) }).toEqual({
        code: 0,
        last: expect.stringMatching(/^[1-9]\d* passed, 0 failed$/),
      });
    }
  });

  test.each(MISTAKES[day.number])('the mistake "%s" is found', async (title) => {
    lay(day.folder);
    const entry = readEntries(day, 'mistakes').find((one) => one.title === title);
    if (!entry) throw new Error(`The catalogue has no such mistake.`);
    for (const edit of entry.edits) course.write(edit.file, applyEdit(solution(edit.file), edit));
    const { code, output } = await course.run('exam', word);
    const { id, name } = entry.exercise;
    expect(/Look at .*/.exec(output)?.[0]).toMatch(new RegExp(`^Look at ${id} ${name}: ${entry.edits[0].file}:\\d+$`));
    expect(output).toContain(`Next: npm test ${id}\n`);
    expect(output).not.toMatch(/^ +at .+:\d+:\d+\)?$/m); // a stack
    expect({ code, last: last(output) }).toEqual({
      code: 1,
      last: expect.stringMatching(/^\d+ passed, [1-9]\d* failed$/),
    });
  });
});

describe('whatever the code does, the exam goes on', { timeout: 60_000 }, () => {
  const file = 'day1-protocol/echo.ts';
  /** Puts a line at the beginning of `reply`. */
  const spoil = (line: string): void => {
    lay('day1-protocol');
    const text = solution(file);
    const [head] = /export function reply\(.*\{\n/.exec(text) ?? [''];
    course.write(file, text.replace(head, head + line));
  };

  test.each([
    ['an endless loop', 'for (;;);', "Your code didn't return within 4 seconds"],
    ['an exit', 'process.exit();', 'process.exit'],
    ['a throw', "throw new Error('oops');", 'Error: oops'],
  ])('%s', async (_what, line, words) => {
    spoil(line);
    const { code, output } = await course.run('exam', 'day1');
    expect(output.replace(/\s+/g, ' ')).toContain(words);
    expect(output).toMatch(/Look at 1\.5 reply: day1-protocol\/echo\.ts:\d+/);
    expect(output).not.toMatch(/^ +at .+:\d+:\d+\)?$/m);
    expect(output).toMatch(/✓ Three peers fall silent/);
    expect({ code, last: last(output) }).toEqual({
      code: 1,
      last: expect.stringMatching(/^\d+ passed, [1-9]\d* failed$/),
    });
  });

  test('a syntax error', async () => {
    spoil('if (');
    const { code, output } = await course.run('exam', 'day1');
    expect(output).toContain('Syntax error in day1-protocol/echo.ts:');
    expect({ code, last: last(output) }).toEqual({ code: 1, last: '5 passed, 4 failed' });
  });

  test('an exercise that is not written yet', async () => {
    lay('day1-protocol');
    await course.run('reset', '1.7');
    const { code, output } = await course.run('exam', 'day1');
    expect(output).toContain('1 of 7 exercises is not written yet (1.7)');
    expect(output).toContain('Exercise 1.7, startHeartbeat, is not written yet.');
    expect({ code, last: last(output) }).toEqual({ code: 1, last: '7 passed, 2 failed' });
  });
});

test('it says in a sentence what it does not take', async () => {
  const day9 = await course.run('exam', 'day9');
  expect(day9).toEqual({
    code: 1,
    output: expect.stringMatching(/^No exam for "day9"\. These days have one: day1\b.*\n$/),
  });
  const { code, output } = await course.run('exam');
  expect({ code, lines: output.trim().split('\n').length }).toEqual({ code: 1, lines: 1 });
});
