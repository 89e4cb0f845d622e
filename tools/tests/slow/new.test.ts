/** `npm run new` in a copy of the course: it writes all that an exercise needs, and `verify` names what is still a stub. */
import { afterAll, describe, expect, test } from 'vitest';
import { CourseCopy, last } from '../helpers/course-copy.ts';

const course = new CourseCopy();
afterAll(() => course.drop());

describe('what is not right is told in a sentence, and nothing is written', () => {
  test.each([
    ['', 'Say its number and its name:\n  npm run new 5.8 replay'],
    ['1.8', 'Say its number and its name:'],
    ['1.8 one two.ts three', 'Say its number and its name:'],
    ['day1 one', 'Say its number and its name:'],
    ['9.1 one', 'There is no day 9. The days are 1, 2, 3, 4, 5.'],
    ['1.7 one', '1.7 is startHeartbeat. The next exercise of day 1 is 1.8; the next bonus is 1.e.'],
    ['1.9 one', '1.9 would leave a gap. The next exercise of day 1 is 1.8; the next bonus is 1.e.'],
    ['1.8 no-name', '"no-name" is not the name of a function (replay) or of a method (ChatNode.replay).'],
    ['1.8 acceptKey', '1.1 is called acceptKey. Choose another name.'],
    ['1.8 decodeFrame frames.ts', 'decodeFrame is in solutions/day1-protocol/frames.ts already.'],
    ['1.8 one ../one.ts', '"../one.ts" is not a TypeScript file in day1-protocol, such as replay.ts.'],
    ['1.8 one server.ts', 'server.ts is not a file of exercises'],
    ['4.8 Client.one', "No file of day 4's exercises has a class Client. These are there: ReconnectingClient ("],
    ['4.8 ReconnectingClient.one backoff.ts', 'ReconnectingClient is in reconnecting-client.ts, not in backoff.ts.'],
  ])('%s', async (words, message) => {
    const before = course.changed();
    const { code, output } = await course.run('new', ...words.split(' ').filter(Boolean));
    expect(output).toContain(message);
    expect(output).not.toMatch(/^ +at /m);
    expect(code).toBe(1);
    expect(course.changed()).toEqual(before);
  });
});

/** The places that an output names, such as `README.md:12`, without their lines. */
const filesIn = (output: string): string[] => [...new Set(output.match(/\S+(?=:\d+ {2})/g))].sort();

test(
  'a function in a file of its own: verify names each stub, and nothing else is wrong',
  { timeout: 600_000 },
  async () => {
    const made = await course.run('new', '1.8', 'countPings');
    expect(made.code, made.output).toBe(0);
    expect(made.output).toContain('Give 1.8 its minutes in the run sheet of day1-protocol/README.md, too.');
    const files = [
      'day1-protocol/README.md',
      'day1-protocol/count-pings.ts',
      'day1-protocol/tests/1.8-count-pings.test.ts',
      'solutions/day1-protocol/count-pings.ts',
      'tools/catalogue/day1/alternatives.md',
      'tools/catalogue/day1/exercises.js',
      'tools/catalogue/day1/mistakes.md',
    ];
    expect(filesIn(made.output)).toEqual(files);
    expect(course.changed()).toEqual([...files, 'tools/starters.json'].sort());

    for (const check of ['typecheck', 'lint']) expect((await course.run(check)).code, check).toBe(0);
    expect((await course.run('test', '1.8')).output).toMatch(
      /○ 1\.8.*to do, \d min[^]*Build this +FILL IN 1\.8: what to build/,
    );

    const verified = await course.run('verify', 'day1', 'quick');
    expect(verified.output.match(/^✗ .*/gm)).toEqual([
      '✗ 1.8: everything that npm run new left open is filled in',
      '✗ day1-protocol/README.md: the run sheet',
    ]);
    expect(verified.output).toContain('Exercise 1.8 is not scheduled.');
    expect(filesIn(verified.output)).toEqual(files);
    expect(last(verified.output)).toMatch(/^\d{3,} passed, 2 failed$/);
  },
);

test('a method, and a bonus', { timeout: 300_000 }, async () => {
  expect((await course.run('new', '4.8', 'ReconnectingClient.pause')).code).toBe(0);
  expect((await course.run('new', '3.e', 'quietHours')).output).toContain('Mention 3.e in day3-chat/README.md');
  expect(course.read('day4-reconnect/reconnecting-client.ts')).toMatch(
    /\n {2}pause\(\): void \{[^]*new Todo\('4\.8', /,
  );
  expect(course.read('day3-chat/bonus/quiet-hours.ts')).toContain("throw new Todo('3.e', 'quietHours')");
  for (const check of ['typecheck', 'lint']) expect((await course.run(check)).code, check).toBe(0);
});
