/** The checks of a day's lesson. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { core, readDays, root } from './catalogue.js';
import { read } from './files.js';
import { faultsOf, readQuiz, withoutQuestions, withQuestions } from './quiz.js';

const days = await readDays();
const HEADINGS = [
  'What you will build',
  'The idea',
  'Try it',
  'The exercises',
  'What usually goes wrong',
  'In production',
  'Check yourself',
  'Where next',
];

/**
 * @param {import('./catalogue.js').Day} day
 * @returns {[string, string | undefined][]} each claim, and what is wrong with it
 */
export function checkLessons(day) {
  const path = `${day.folder}/README.md`;
  if (!existsSync(join(root, path))) return [[path, 'The lesson is missing.']];
  const text = read(path).replaceAll('\r\n', '\n');
  const headings = [...text.replace(/^```[^]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading);
  const anchors = new Set(headings.map(anchor));
  /** @type {[string, string | undefined][]} */
  const claims = [];
  for (const heading of HEADINGS)
    claims.push([`${path}: has "${heading}"`, headings.includes(heading) ? undefined : 'The heading is missing.']);
  for (const { id, lesson } of day.exercises)
    claims.push([`${path}#${lesson}, cited by ${id}`, anchors.has(lesson) ? undefined : 'No such heading.']);
  const questions = readQuiz(day);
  claims.push([`${day.folder}/quiz.md`, faultsOf(questions).join('\n') || undefined]);
  const folded = withQuestions(text, questions);
  if (folded !== undefined)
    claims.push([`${path}: the questions of quiz.md`, folded === text ? undefined : 'They differ: npm run quiz write']);
  const words = proseWords(text);
  claims.push([`${path}: 600 to 1,500 words`, words >= 600 && words <= 1500 ? undefined : `${words} words`]);
  claims.push([`${path}: the table of exercises`, checkTable(text, day).join('\n') || undefined]);
  claims.push([`${path}: the run sheet`, checkRunSheet(text, day).join('\n') || undefined]);
  for (const file of namedFiles(text)) claims.push([`${path}: the file ${file}`, whereIs(file, day.folder)]);
  const minutes = core(day).reduce((sum, one) => sum + one.minutes, 0);
  claims.push([
    `day ${day.number}: 30 to 45 minutes of exercises`,
    minutes >= 30 && minutes <= 45 ? undefined : `${minutes} minutes`,
  ]);
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^https?:/.test(target)) continue;
    const [file, hash] = target.split('#');
    const there = file === '' ? anchors.has(hash) : existsSync(join(root, day.folder, file));
    claims.push([`${path}: the link ${target}`, there ? undefined : 'It leads nowhere.']);
  }
  return [...claims, ...checkCommands(path, text)];
}

/**
 * Checks that the lesson's table of exercises agrees with exercises.js: which exercises, their order, names, files and minutes.
 * The column `file` may be left out if all exercises are in one file.
 *
 * @param {string} text the lesson
 * @param {import('./catalogue.js').Day} day
 * @returns {string[]} one sentence for each difference
 */
export function checkTable(text, day) {
  const source = `tools/catalogue/day${day.number}/exercises.js`;
  const tables = text
    .replace(/^```[^]*?^```/gm, '')
    .split('\n\n')
    .map((part) =>
      part
        .split('\n')
        .filter((line) => line.startsWith('|'))
        .map(cellsOf),
    );
  const [head, , ...rows] = tables.find((lines) => lines[0]?.[0]?.toLowerCase() === 'exercise') ?? [];
  if (!head) return [`A table whose first column is called "exercise" is missing: ${source} has the exercises.`];
  const column = (/** @type {string} */ title) => head.findIndex((cell) => cell.toLowerCase() === title);
  const wrong = [];
  if (column('minutes') < 0) wrong.push('The table has no column "minutes".');
  if (column('file') < 0 && new Set(core(day).map(({ file }) => file)).size > 1)
    wrong.push('The table has no column "file", and the exercises are in several files.');
  const ids = rows.map(([first]) => first.split(' ')[0]);
  for (const { id, name, file, minutes } of day.exercises) {
    const row = rows[ids.indexOf(id)];
    const isCore = core(day).some((one) => one.id === id);
    if (!row && isCore) wrong.push(`${id} ${name} is in ${source}, and not in the table.`);
    if (!row) continue;
    const [, said = ''] = /`([^`]+)`/.exec(row[0]) ?? [];
    const wanted = [name, name.split('.').at(-1)];
    if (!wanted.includes(said)) wrong.push(differs(id, 'name', said, name, source));
    const saidFile = row[column('file')]?.replace(/`|\[|\]\(.*\)/g, '');
    if (saidFile !== undefined && saidFile !== file) wrong.push(differs(id, 'file', saidFile, file, source));
    const saidMinutes = row[column('minutes')];
    if (isCore && saidMinutes !== undefined && saidMinutes !== String(minutes))
      wrong.push(differs(id, 'minutes', saidMinutes, String(minutes), source));
  }
  for (const id of ids)
    if (!day.exercises.some((one) => one.id === id)) wrong.push(`${id} is in the table, and not in ${source}.`);
  const order = ids.filter((id) => day.exercises.some((one) => one.id === id));
  if (
    order.join() !==
    day.exercises
      .filter(({ id }) => order.includes(id))
      .map(({ id }) => id)
      .join()
  )
    wrong.push(`The table has another order than ${source}: ${order.join(', ')}.`);
  return wrong;
}

/** The lengths of a lesson that a run sheet has columns for, in minutes. */
const LENGTHS = [60, 90];
const LEAST_SLACK = 3; // minutes

/**
 * Reads an instructor's run sheet.
 *
 * @param {string} text the lesson
 * @returns {{ spans: ([number, number] | undefined)[], what: string }[]} its steps. `spans` has, for each of LENGTHS, from which minute to
 *   which, or undefined if the step is left out
 */
export function readRunSheet(text) {
  const [, sheet = ''] = text.split('the run sheet</summary>');
  const rows = sheet.split('\n').filter((line) => /^\| (?:\d|–)/.test(line));
  return rows.map(cellsOf).map((cells) => ({
    spans: LENGTHS.map((_, column) => {
      const [, from, to] = /^(\d+)–(\d+)$/.exec(cells[column]) ?? [];
      return from === undefined ? undefined : [Number(from), Number(to)];
    }),
    what: cells[LENGTHS.length] ?? '',
  }));
}

/**
 * Checks that the run sheet fills 60 and 90 minutes without a gap, has spare time, and schedules every section, exercise and demonstration.
 *
 * @param {string} text the lesson
 * @param {import('./catalogue.js').Day} day
 * @returns {string[]} one sentence for each fault
 */
export function checkRunSheet(text, day) {
  const steps = readRunSheet(text);
  const wrong = [];
  for (const [column, length] of LENGTHS.entries()) {
    let minute = 0;
    let slack = 0;
    for (const { spans, what } of steps) {
      const span = spans[column];
      if (!span) continue;
      const [from, to] = span;
      if (from !== minute || to <= from)
        wrong.push(`${length} minutes: a step is ${from}–${to}, after minute ${minute}.`);
      minute = to;
      if (what.startsWith('Spare time')) slack += to - from;
    }
    if (minute !== length) wrong.push(`${length} minutes: the steps end at minute ${minute}.`);
    if (slack < LEAST_SLACK)
      wrong.push(`${length} minutes: ${slack} minutes of spare time; at least ${LEAST_SLACK} are needed.`);
  }
  for (const { spans, what } of steps) wrong.push(...tooShort(what, spans, text, day));
  const all = steps.map(({ what }) => what).join('\n');
  for (const heading of sectionsOf(text))
    if (!all.includes(`"${heading}"`)) wrong.push(`The section "${heading}" is not scheduled.`);
  for (const { id } of core(day)) if (!namesExercise(all, id)) wrong.push(`Exercise ${id} is not scheduled.`);
  for (const demo of demosOf(day)) if (!all.includes(demo)) wrong.push(`The demonstration ${demo} is not scheduled.`);
  return wrong;
}

const WORDS_PER_MINUTE = 130; // for somebody who reads in a second language

/**
 * @param {string} what a step of the run sheet
 * @param {([number, number] | undefined)[]} spans when it is
 * @param {string} text the lesson
 * @param {import('./catalogue.js').Day} day
 * @returns {string[]} a sentence for each length of lesson in which the step has too few minutes for its reading or its exercises
 */
function tooShort(what, spans, text, day) {
  const solved = /In the 60-minute lesson, everyone types `npm run solve ([^`]*)`/.exec(what)?.[1].split(' ') ?? [];
  return LENGTHS.flatMap((length, column) => {
    const span = spans[column];
    if (!span) return [];
    const isShort = length === LENGTHS[0];
    const needed = what.startsWith('Reading:')
      ? Math.round(wordsOf(text, what) / WORDS_PER_MINUTE)
      : what.startsWith('Exercise')
        ? core(day)
            .filter(({ id }) => namesExercise(firstSentence(what), id) && !(isShort && solved.includes(id)))
            .reduce((sum, { minutes }) => sum + minutes, 0)
        : 0;
    const planned = span[1] - span[0];
    return needed > planned
      ? [`${length} minutes: ${planned} minutes for "${what.slice(0, 40)}…", which needs ${needed}.`]
      : [];
  });
}

/** `Exercises 1.1 to 1.3, with the page.` @param {string} text */
const firstSentence = (text) => text.split(/[.:](?=\s|$)/)[0];

/** The words of the sections that a step names. @param {string} text the lesson @param {string} what */
function wordsOf(text, what) {
  const parts = text
    .replace(/<details>[^]*?<\/details>/g, '')
    .split(/^##+ /m)
    .filter((part) => what.includes(`"${part.split('\n')[0].replaceAll('`', '')}"`));
  return parts.reduce((sum, part) => sum + proseWords(part.slice(part.indexOf('\n'))), 0);
}

/** The sections of a lesson, without their backticks. @param {string} text @returns {string[]} */
const sectionsOf = (text) =>
  [...text.replace(/^```[^]*?^```/gm, '').matchAll(/^##+ (.+)$/gm)].map(([, heading]) => heading.replaceAll('`', ''));

/** Whether a text names an exercise: by itself, or in a range such as `1.1 to 1.3`. @param {string} text @param {string} id */
function namesExercise(text, id) {
  const number = (/** @type {string} */ one) => Number(one.split('.')[1]);
  const outside = text.replace(/`[^`]*`/g, ''); // a command with the id doesn't give anybody the time to write it
  return [...outside.matchAll(/(\d\.\d)(?: (to|and) (\d\.\d))?/g)].some(([, first, word, last = first]) =>
    word === 'to' ? number(id) >= number(first) && number(id) <= number(last) : [first, last].includes(id),
  );
}

/** @param {import('./catalogue.js').Day} day @returns {string[]} paths of its demonstrations; `npm run exam` starts that one */
function demosOf(day) {
  const folder = `${day.folder}/demo`;
  if (!existsSync(join(root, folder))) return [];
  const files = readdirSync(join(root, folder)).filter((name) => name.endsWith('.ts') && name !== 'exam.ts');
  return files.map((name) => `${folder}/${name}`);
}

/** @param {string} line of a Markdown table @returns {string[]} */
const cellsOf = (line) =>
  line
    .replace(/^\||\|\s*$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());

/** @param {string} id @param {string} what @param {string} table @param {string} list @param {string} source */
const differs = (id, what, table, list, source) =>
  `${id}: its ${what} is "${table}" in the table, and "${list}" in ${source}.`;

/** The files that a text names in backticks, outside of code blocks. @param {string} text @returns {string[]} */
export const namedFiles = (text) => [
  ...new Set(
    [
      ...text.replace(/^```[^]*?^```/gm, '').matchAll(/`([\w@#./-]*\w\.(?:ts|js|mjs|json|md|html|css|svg))(?::\d+)?`/g),
    ].map(([, name]) => name),
  ),
];

/**
 * Finds a file that a lesson names: by its path from the day's folder or from the top, or by its name alone if only one file of the day
 * has that name.
 *
 * @param {string} name
 * @param {string} folder of the day
 * @returns {string | undefined} what is wrong with it
 */
export function whereIs(name, folder) {
  const path = name.replace(/^#day\d\//, '');
  if ([join(root, folder, path), join(root, path)].some((one) => existsSync(one))) return undefined;
  const all = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((one) =>
    one.replaceAll('\\', '/'),
  );
  const found = all.filter((one) => one.endsWith(`/${path}`));
  if (found.length === 0) return `${folder} has no such file.`;
  return found.length > 1 ? `There are several: ${found.join(', ')}. Write its folder, too.` : undefined;
}

/** The commands that a text quotes, each once. @param {string} text @returns {string[]} */
export const quotedCommands = (text) => [
  ...new Set(
    [...text.matchAll(/(?:^|`)((?:npx tsx|npm (?:run|test|start)\b)[^`\n]*)/gm)].map(([, command]) => command.trim()),
  ),
];

/**
 * Checks that the commands that a text quotes exist: the script or file, and the days and exercises that they name.
 *
 * @param {string} path of the text; each claim begins with it
 * @param {string} text
 * @returns {[string, string | undefined][]}
 */
export function checkCommands(path, text) {
  const { scripts } = JSON.parse(read('package.json'));
  return quotedCommands(text).map((command) => {
    const [tool, verb, ...rest] = command.split(/\s+/);
    const words = verb === 'run' ? rest.slice(1) : rest;
    const script = verb === 'run' ? rest[0] : verb;
    const gone = tool === 'npx' ? !existsSync(join(root, rest[0] ?? '')) : !(script in scripts);
    const isStrange = (/** @type {string} */ word) => /^(day)?\d+(\.\w+)?$/.test(word) && !isThere(word);
    // The exercise that `new` writes isn't there yet, and `class ask 1.6` names a question.
    const strange = tool === 'npm' && !['new', 'class'].includes(script) && words.some(isStrange);
    return [
      `${path}: the command ${command}`,
      gone ? 'This file or script does not exist.' : strange ? 'This day or exercise does not exist.' : undefined,
    ];
  });
}

/** @param {string} word such as `day3`, `3.2`, or the 2 of `hint 3.2 2` @returns {boolean} */
function isThere(word) {
  const [, number, part] = /^(?:day)?(\d+)(?:\.(\w+))?$/.exec(word) ?? [];
  const day = days.find((one) => String(one.number) === number);
  return part ? Boolean(day?.exercises.some(({ id }) => id === word)) : Boolean(day) || /^\d+$/.test(word);
}

/** A heading as GitHub writes it after the #. @param {string} heading @returns {string} */
export const anchor = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

/** The number of words, without code blocks, tables, the questions of the quiz and what is folded away. @param {string} text @returns {number} */
export const proseWords = (text) =>
  withoutQuestions(text)
    .replace(/<details>[^]*?<\/details>/g, '')
    .replace(/^```[^]*?^```/gm, '')
    .replace(/^\|.*$/gm, '')
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
