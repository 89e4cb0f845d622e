/** What a learner sees: the checklist, and a panel for the first exercise that is not done. Text in, text out. */
import chalk from 'chalk';
import { isBonus } from './catalogue.js';
import { counted } from './status.js';

/** @typedef {import('./status.js').Status} Status */

const MARKS = { done: '✓', todo: '○', waits: '…', fail: '✗', unread: '?', missing: '–' };
const PAINT = {
  done: chalk.green,
  todo: chalk.dim,
  waits: chalk.dim,
  fail: chalk.red,
  unread: chalk.red,
  missing: chalk.yellow,
};

/**
 * @param {import('./catalogue.js').Day} day
 * @param {Status[]} all
 * @returns {string} one line an exercise, under the day's title
 */
export function checklist(day, all) {
  const width = Math.max(...all.map(({ exercise }) => exercise.name.length)) + 2;
  const files = Math.max(...all.map(({ exercise }) => exercise.file.length)) + 2;
  const lines = all.map((status) => {
    const { exercise, state } = status;
    const say = {
      done: 'done',
      todo: isBonus(exercise) ? 'not written yet' : `not written yet, ${exercise.minutes} min`,
      waits: `waits for ${status.waitsFor}`,
      fail: 'not right yet',
      unread: 'not checked',
      missing: `skipped: ${status.missing}`,
    };
    return PAINT[state](
      `  ${MARKS[state]} ${exercise.id.padEnd(5)}${exercise.name.padEnd(width)}${exercise.file.padEnd(files)}${say[state]}`,
    );
  });
  return [chalk.bold(`Day ${day.number}: ${day.title}`), '', ...lines].join('\n');
}

/**
 * What to know about one exercise that is not done.
 *
 * @param {import('./catalogue.js').Day} day
 * @param {Status} status
 * @param {number} [columns] of the terminal
 * @returns {string}
 */
export function panel(day, { exercise, state, waitsFor, checks, failed }, columns = 100) {
  const file = `${day.folder}/${exercise.file}`;
  const wide = Math.min(columns, 110);
  /** @type {[string, string][]} */
  const rows = [];
  if (state === 'todo') {
    rows.push([
      'What happened',
      `Nothing yet: this one is not written, or its line with "todo" or "new Todo" still stands. Open ${file}, look for TODO ${exercise.id}, and take that line away when yours is there.`,
    ]);
  } else if (state === 'waits') {
    rows.push([
      'What happened',
      `Nothing yet: it builds on ${waitsFor}, which is not done. That one first: npm test ${waitsFor}`,
    ]);
  } else if (failed?.failure) {
    const { failure } = failed;
    const place = placeIn(failure.stack, day);
    rows.push(['What happened', failure.message]);
    if (failure.actual !== undefined)
      rows.push(['', `got       ${failure.actual}`], ['', `expected  ${failure.expected}`]);
    const others = checks.filter((check) => check.failure).length - 1;
    rows.push(['In the check', `${failed.name}${others > 0 ? ` (and ${others} more of ${checks.length})` : ''}`]);
    if (place) rows.push(['Where', place]);
  } else {
    rows.push(['What happened', 'The suite did not get as far as this exercise: see the error above.']);
  }
  const at = state === 'fail' ? (failed?.failure?.hint ?? 1) : 1;
  if (at > 0) rows.push(['Why it matters', exercise.why], ['Hint', hintOf(exercise, at)]);
  rows.push(['Read again', `${day.folder}/README.md#${exercise.lesson}`]);
  const title = chalk.bold(`${exercise.id} ${exercise.name}, in ${file}`);
  return [title, '', ...rows.map(([label, text]) => row(label, text, wide))].join('\n');
}

/** @param {import('./catalogue.js').Exercise} exercise @param {number} at from 1 on @returns {string} one hint, and how to get the next */
const hintOf = ({ id, hints }, at) =>
  `${hints[at - 1] ?? hints[0]}${hints.length > at ? `\nMore: npm run hint ${id} ${at + 1}` : ''}`;

/**
 * What there is to say of files that do not parse: once each, however many exercises they hold.
 *
 * @param {Status[]} all
 * @returns {string[]}
 */
export const unread = (all) => [
  ...new Set(
    all.flatMap(({ state, failed }) => (state === 'unread' && failed?.failure ? [failed.failure.message] : [])),
  ),
];

/**
 * @param {Status[]} all
 * @param {boolean} [sound] false where something went wrong outside of the exercises
 * @returns {string} the last lines: how far, what next, and the count
 */
export function closing(all, sound = true) {
  const there = counted(all);
  const done = there.filter(({ state }) => state === 'done').length;
  const next = nextOf(all);
  const todo = next?.state === 'unread' ? 'mend that file' : (next?.waitsFor ?? next?.exercise.id);
  const say = next
    ? `${done} of ${there.length} done, next: ${todo}`
    : there.length > 0
      ? `All ${there.length} done.`
      : 'Nothing was checked.';
  if (!next && !sound) return `${say} But something went wrong beside them: see above.\n${count(done, 1)}`;
  return `${next ? say : chalk.green(say)}\n${count(done, there.length - done)}`;
}

/** @param {Status[]} all @returns {Status | undefined} the first that is not done, and that waits for nothing */
export const nextOf = (all) =>
  all.find(({ state }) => state === 'fail' || state === 'todo' || state === 'unread') ??
  counted(all).find(({ state }) => state !== 'done');

/** @param {number} passed @param {number} failed @returns {string} */
export const count = (passed, failed) => `${passed} passed, ${failed} failed`;

/** @param {string} label @param {string} text @param {number} columns @returns {string} */
function row(label, text, columns) {
  const indent = 18;
  const lines = text.split('\n').flatMap((line) => wrap(line, columns - indent));
  return lines.map((line, i) => `  ${chalk.cyan((i === 0 ? label : '').padEnd(indent - 2))}${line}`).join('\n');
}

/** @param {string} text @param {number} width @returns {string[]} */
export function wrap(text, width) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.length - 1;
    if (lines[last] && lines[last].length + 1 + word.length > width) lines.push(word);
    else lines[last] += (lines[last] ? ' ' : '') + word;
  }
  return lines;
}

/**
 * The first place of a stack that is in a file of the exercises, such as `day1-protocol/echo.ts:24`: given files and suites are
 * not the learner's to mend.
 *
 * @param {string} stack
 * @param {import('./catalogue.js').Day} day
 */
function placeIn(stack, { folder, exercises }) {
  const files = new Set(exercises.map(({ file }) => `${folder}/${file}`));
  for (const [, file, line] of stack.matchAll(new RegExp(`(${folder}/[\\w./-]+?\\.ts)(?:\\?[^:]*)?:(\\d+)`, 'g'))) {
    if (files.has(file)) return `${file}, line ${line}`;
  }
  return undefined;
}
