/** The last hint of each exercise is code: in its place in the starter, it compiles. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readDays, root } from '#tools/run/catalogue.js';
import { starters } from '#tools/run/files.js';
import { findFunction } from '#tools/run/source.js';
import { fileOf } from '#tools/run/words.js';

// A hint is nearly the answer, so it may use names that an earlier line would declare, and it may lack the last line.
const LEFT_OUT = /error (TS2304|TS2552|TS2366):/;

// Inside of the repository, so that `#day1/…` and packages are found.
mkdirSync(join(root, '.course'), { recursive: true });
const folder = mkdtempSync(join(root, '.course/hints-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the last hint of each exercise compiles', { timeout: 240_000 }, async () => {
  // The recorded starters, because somebody may have written their own code into the files.
  const texts = new Map(Object.entries(starters()));
  for (const day of await readDays())
    for (const exercise of day.exercises) {
      const path = fileOf(day, exercise);
      const text = texts.get(path)!;
      const place = findFunction(text, exercise.name)!;
      const todo = text.indexOf('// TODO', place.start);
      const code = `// hint of ${exercise.id}\n${exercise.hints.at(-1)}\n}`;
      texts.set(path, text.slice(0, todo) + code + text.slice(place.end));
    }
  for (const [path, text] of texts) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.json', include: ['**/*.ts'] }),
  );

  const tsc = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'],
    { encoding: 'utf8' },
  );

  const errors = tsc.stdout.split('\n').filter((line) => line && !LEFT_OUT.test(line));
  expect(errors.join('\n')).toBe('');
});
