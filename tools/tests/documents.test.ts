/** The documents beside the lessons: their links lead somewhere, and their minutes are those of the lessons. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { core, readDays, root } from '#tools/run/catalogue.js';
import { anchor } from '#tools/run/lessons.js';

const days = await readDays();
const read = (path: string): string => readFileSync(join(root, path), 'utf8').replaceAll('\r\n', '\n');
const course = read('docs/running-the-course.md');
const cellsOf = (line: string): string[] =>
  line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());

/** The rows of the table whose head has a column of this name. */
function rowsWith(column: string): string[][] {
  const tables = course.split('\n\n').map((part) => part.split('\n').filter((line) => line.startsWith('|')));
  const table = tables.find(([head]) => head && cellsOf(head).includes(column)) ?? [];
  return table.slice(2).map(cellsOf);
}

const sum = (numbers: number[]): number => numbers.reduce((all, one) => all + one, 0);

const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/running-the-course.md',
  'docs/cheat-sheet.md',
  'docs/glossary.md',
  'docs/questions.md',
];

test.for(DOCUMENTS)('the links of %s lead somewhere', (path) => {
  const links = [...read(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
  const inside = links.filter((link) => !/^https?:/.test(link));

  const lost = inside.filter((link) => {
    const [file, heading] = link.split('#');
    const target = file ? join(dirname(path), file) : path;
    if (!existsSync(join(root, target))) return true;
    return heading && ![...read(target).matchAll(/^#+ (.+)$/gm)].some(([, one]) => anchor(one) === heading);
  });

  expect(lost).toEqual([]);
});

test('the minutes of each day are those of its run sheet and of its exercises', () => {
  const lessons = days.map((day) => {
    const [, runSheet] = read(`${day.folder}/README.md`).split('run sheet</summary>');
    const first = new RegExp(`^\\| (\\d+) .*\\b${day.number}\\.1\\b`, 'm').exec(runSheet)?.[1];
    return [day.number, Number(first), sum(core(day).map(({ minutes }) => minutes))];
  });
  const all = [1, 2].map((column) => sum(lessons.map((row) => row[column])));

  const written = rowsWith('exercises, in minutes');

  expect(written).toEqual([...lessons, ['all', ...all]].map((row) => row.map(String)));
  expect(course).toContain(`${sum(all)} of the ${60 * days.length} minutes`);
});

test('what can be cut saves as many minutes as the page says', () => {
  const cuts = rowsWith('minutes saved');
  const exercises = days.flatMap((day) => core(day));

  const saved = cuts.map(([, command]) => {
    const ids: string[] = command.match(/\d\.\d/g) ?? [];
    return sum(ids.map((id) => exercises.find((one) => one.id === id)?.minutes ?? NaN));
  });

  expect(cuts).toHaveLength(days.length);
  expect(saved).toEqual(cuts.map(([, , minutes]) => Number(minutes)));
});
