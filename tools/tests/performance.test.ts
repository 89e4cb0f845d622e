/** performance.md shows one run of `npm run bench`, and its sentences name only figures of that run. `npm run bench keep` makes everything again. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { picture } from '#tools/bench/picture.ts';
import { withTables, type Result } from '#tools/bench/results.ts';
import { proseWords } from '#tools/run/lessons.js';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../day5-scaling/${path}`, import.meta.url)), 'utf8').replaceAll('\r\n', '\n');
const page = read('performance.md');
const run = JSON.parse(read('demo/bench.json')) as Result;

test('the tables and the picture are those of the run that was kept', () => {
  expect(withTables(page, run)).toBe(page);
  expect(read('demo/bench.svg')).toBe(picture(run.tables));
});

test('each figure in a sentence is in a table', () => {
  const tables = [...page.matchAll(/^```text\n([^]*?)^```/gm)].map(([, text]) => text).join('\n');
  const prose = page.replace(/^```[^]*?^```/gm, '').replaceAll('`0.50x`', '');
  const figures = [...prose.matchAll(/\b\d+(?:\.\d+)?(?:x\b|(?= KiB| µs| ms))/g)].map(([figure]) => figure);
  for (const figure of figures) expect(tables.split(/\s+/), `the figure ${figure}`).toContain(figure);
});

test('it has 800 to 1,500 words', () => {
  expect(proseWords(page)).toBeGreaterThanOrEqual(800);
  expect(proseWords(page)).toBeLessThanOrEqual(1500);
});
