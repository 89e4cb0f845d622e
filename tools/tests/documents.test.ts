/** The documents beside the lessons: their links lead somewhere, and their minutes are those of the lessons. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { core, readDays, root } from '#tools/run/catalogue.js';
import { anchor, readRunSheet } from '#tools/run/lessons.js';

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

const length = (span: number[] | undefined): number => (span ? span[1] - span[0] : 0);
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
    const steps = readRunSheet(read(`${day.folder}/README.md`));
    const first = steps.find(({ what }) => what.startsWith('Exercise'));
    const slack = [0, 1].map((column) =>
      sum(steps.filter(({ what }) => what.startsWith('Spare time')).map(({ spans }) => length(spans[column]))),
    );
    const starts = [0, 1].map((column) => first?.spans[column]?.[0]);
    return [day.number, ...starts, sum(core(day).map(({ minutes }) => minutes)), ...slack];
  });

  const written = rowsWith('exercises, in minutes');

  expect(written).toEqual(lessons.map((row) => row.map(String)));
});

test('what can be cut saves as many minutes as the page says', () => {
  const cuts = rowsWith('minutes saved');
  const exercises = days.flatMap((day) => core(day));

  const saved = cuts.map(([, command]) => {
    const ids: string[] = command.match(/\d\.\d/g) ?? [];
    return sum(ids.map((id) => exercises.find((one) => one.id === id)?.minutes ?? NaN));
  });

  const solved = days.map(({ folder }) =>
    [...read(`${folder}/README.md`).matchAll(/In the 60-minute lesson, everyone types `npm run solve ([^`]*)`/g)].map(
      ([, id]) => id,
    ),
  );
  expect(cuts.map(([, command]) => command)).toEqual(solved.map((ids) => `\`npm run solve ${ids.join(' ')}\``));
  expect(saved).toEqual(cuts.map(([, , minutes]) => Number(minutes)));
});
