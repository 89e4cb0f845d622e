/** What a learner sees: the checklist, and a panel for the first exercise that is not done. Text in, text out. */
import chalk from 'chalk';
import { bonus, isBonus } from './catalogue.js';
import { placeIn, placeOf } from './place.js';
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
 * @returns {string} one line per exercise, under the day's title
 */
export function checklist(day, all) {
  const width = Math.max(...all.map(({ exercise }) => exercise.name.length)) + 2;
  const files = Math.max(...all.map(({ exercise }) => exercise.file.length)) + 2;
  const lines = all.map((status) => {
    const { exercise, state } = status;
    const say = {
      done: 'done',
      todo: isBonus(exercise) ? 'to do' : `to do, ${exercise.minutes} min`,
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
 * The panel about one exercise that is not done. If it is not written: what to build and where, and no hint. If it is wrong: what
 * happened, and the hint that fits.
 *
 * @param {import('./catalogue.js').Day} day
 * @param {Status} status
 * @param {number} [columns] of the terminal
 * @param {string} [text] the learner's file, to name a line of it
 * @returns {string}
 */
export function panel(day, { exercise, state, waitsFor, checks, failed }, columns = 100, text = '') {
  const { id, name } = exercise;
  const file = `${day.folder}/${exercise.file}`;
  const wide = Math.min(columns, 110);
  const { line, mark } = placeOf(text, exercise);
  const here = line === undefined ? file : `${file}:${line}`;
  const lesson = `${day.folder}/README.md#${exercise.lesson}`;
  const show = (/** @type {string} */ title, /** @type {[string, string][]} */ rows) =>
    [chalk.bold(title), '', ...rows.map(([label, content]) => row(label, content, wide))].join('\n');

  if (state === 'todo') {
    const how = mark ? `Replace the line ${mark} with your code.` : `Look for TODO ${id}.`;
    return show(`Next: ${id} ${name}`, [
      ['Build this', exercise.goal ?? `${name}, as its comment describes it.`],
      ['Where', `${here}\n${how}`],
      ...(exercise.see ? [/** @type {[string, string]} */ (['See it work', exercise.see])] : []),
      ['Read', lesson],
      ['Stuck?', `npm run hint ${id}`],
    ]);
  }
  if (state === 'waits') {
    return show(`${id} ${name}, in ${file}`, [
      ['What happened', `Nothing yet: it needs ${waitsFor}, which is not done. Do that first: npm test ${waitsFor}`],
      ['Read', lesson],
    ]);
  }
  const failure = failed?.failure;
  if (!failure) {
    return show(`${id} ${name}, in ${file}`, [
      ['What happened', 'The checks of this exercise could not run: see the error above.'],
    ]);
  }
  /** @type {[string, string][]} */
  const rows = [['What happened', failure.message]];
  if (failure.actual !== undefined)
    rows.push(['', `got       ${failure.actual}`], ['', `expected  ${failure.expected}`]);
  const wrong = checks.filter((check) => check.failure).length;
  const place = placeIn(failure.stack, day) ?? (state === 'fail' ? here : undefined);
  rows.push(['The check', failed.name]);
  if (checks.length > 1)
    rows.push(['', `${wrong} of ${checks.length} checks ${wrong > 1 ? 'fail. This is the first one.' : 'fails.'}`]);
  if (place) rows.push(['Where', place]);
  const at = failure.hint ?? 1;
  if (at > 0) rows.push(['Why it matters', exercise.why], ['Hint', hintOf(exercise, at)]);
  rows.push(['Read again', lesson]);
  return show(`Not right yet: ${id} ${name}`, rows);
}

/** @param {import('./catalogue.js').Exercise} exercise @param {number} at from 1 on @returns {string} one hint, and how to get the next */
function hintOf({ id, hints }, at) {
  const hint = hints[at - 1] ?? hints[0];
  return `${isCode(at) ? asCode(hint, Infinity) : hint}${hints.length > at ? `\nNext hint: npm run hint ${id} ${at + 1}` : ''}`;
}

/** Whether a hint is code, like the third one: its lines stay as they are. @param {number} number of the hint @returns {boolean} */
export const isCode = (number) => number > 2;

/**
 * Indents a block of code. A line that is wider than the terminal continues in the next line, with more indentation.
 *
 * @param {string} code
 * @param {number} width
 * @returns {string}
 */
export const asCode = (code, width) =>
  code
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const indent = `    ${/^ */.exec(line)?.[0]}`;
      return wrap(line.trim(), width - indent.length - 2).map((part, i) => `${indent}${i > 0 ? '  ' : ''}${part}`);
    })
    .join('\n');

/**
 * The messages about files with syntax errors: one per file, however many exercises it has.
 *
 * @param {Status[]} all
 * @returns {string[]}
 */
export const unread = (all) => [
  ...new Set(
    all.flatMap(({ state, failed }) => (state === 'unread' && failed?.failure ? [failed.failure.message] : [])),
  ),
];

/** How many lines of what the learner's code printed are shown. */
const PRINTED_LINES = 5;
const PRINTED_WIDTH = 300;

/**
 * What the learner's code printed, at most five lines of it.
 *
 * @param {string[]} lines
 * @param {string} all the command that shows all lines
 * @returns {string} empty if there is nothing
 */
export function printed(lines, all) {
  if (lines.length === 0) return '';
  const shown = lines
    .slice(0, PRINTED_LINES)
    .map((line) => `  | ${line.length > PRINTED_WIDTH ? `${line.slice(0, PRINTED_WIDTH)}…` : line}`);
  const more = lines.length - shown.length;
  if (more > 0) shown.push(`  and ${more} more line${more > 1 ? 's' : ''}: ${all}`);
  return ['Your code printed:', ...shown].join('\n');
}

/**
 * The last lines: how much is done, what comes next, and the count. An exercise that isn't written is open, not failed. The last line
 * is for programs.
 *
 * @param {Status[]} all
 * @param {boolean} [sound] false if something went wrong outside of the exercises
 * @param {Status} [next] what to do next
 * @returns {string}
 */
export function closing(all, sound = true, next = nextOf(all)) {
  const there = counted(all);
  const of = (/** @type {Status['state'][]} */ ...states) => there.filter(({ state }) => states.includes(state)).length;
  const done = of('done');
  const todo = next?.state === 'unread' ? 'fix that file' : (next?.waitsFor ?? next?.exercise.id);
  const parts = [`${done} done`];
  if (of('fail') > 0) parts.push(`${of('fail')} not right yet`);
  if (of('unread') > 0) parts.push(`${of('unread')} not checked`);
  if (of('todo', 'waits') > 0 || parts.length === 1) parts.push(`${of('todo', 'waits')} to do`);
  const plain = count(done, there.length - done);
  if (there.length === 0) return `Nothing was checked.\n${plain}`;
  if (next) return `${parts.join(', ')}. Next: ${todo}\n${plain}`;
  if (!sound)
    return `${parts.join(', ')}. But something went wrong outside of the exercises: see above.\n${count(done, 1)}`;
  return `${chalk.green(parts.join(', '))}\n${plain}`;
}

/**
 * Where to go when everything that was asked for is done.
 *
 * @param {import('./catalogue.js').Day} day the last one that was asked for
 * @param {import('./catalogue.js').Exercise[]} done the exercises of that day that are done
 * @param {object} options
 * @param {import('./catalogue.js').Day[]} options.days all that there are
 * @param {string[]} options.commands all that there are: `npm run exam` is named if it is there
 * @returns {string}
 */
export function whereNext(day, done, { days, commands }) {
  const word = `day${day.number}`;
  const rows = [];
  const left = day.exercises.filter((one) => !done.includes(one) && isBonus(one) === isBonus(done[0]));
  const following = left.find((one) => day.exercises.indexOf(one) > day.exercises.indexOf(done[done.length - 1]));
  if (left.length > 0) {
    const ids = done.map(({ id }) => id).join(', ');
    rows.push(['Go on with', following ? `npm test ${following.id}` : `npm test ${word}`]);
    return listed(`${ids} ${done.length > 1 ? 'are' : 'is'} right.`, rows);
  }
  rows.push(['Your own server', `npm start ${word}`]);
  if (commands.includes('exam')) rows.push(['The exam', `npm run exam ${word}`]);
  if (commands.includes('quiz')) rows.push(['Five questions', `npm run quiz ${word}`]);
  if (!isBonus(done[0]) && bonus(day).length > 0) rows.push(['The bonus', `npm test ${word} bonus`]);
  const next = days.find(({ number }) => number === day.number + 1);
  if (next) rows.push(['The next day', `${next.folder}/README.md, then npm test day${next.number}`]);
  const what = isBonus(done[0]) ? `The bonus of day ${day.number}` : `Day ${day.number}`;
  return listed(`${what} is done: everything passes.`, rows);
}

/** @param {string} title @param {string[][]} rows @returns {string} */
const listed = (title, rows) =>
  [chalk.green(title), '', ...rows.map(([label, text]) => `  ${chalk.cyan(label.padEnd(17))}${text}`)].join('\n');

/**
 * The panel is about one exercise only. This line names the others that are wrong.
 *
 * @param {Status[]} all
 * @param {Status} [next] what the panel is about
 * @returns {string} empty if none failed
 */
export function otherFailures(all, next) {
  const ids = all.filter((one) => one.state === 'fail' && one !== next).map(({ exercise }) => exercise.id);
  if (ids.length === 0) return '';
  return `${next?.state === 'fail' ? 'Also not right yet' : 'Not right yet'}: ${ids.join(', ')}. To see why: npm test ${ids[0]}`;
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
  // Only prose is wrapped. Code keeps its indentation.
  const lines = text
    .split('\n')
    .flatMap((line) => (/^ {4}/.test(line) ? [line.slice(2)] : wrap(line, columns - indent)));
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
