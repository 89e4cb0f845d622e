/** What must be true of a day's lesson. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { core, readDays, root } from './catalogue.js';
import { read } from './files.js';

const days = await readDays();
const HEADINGS = [
  'What you will build',
  'The idea',
  'Try it',
  'The exercises',
  'What usually goes wrong',
  'In production',
  'Where next',
];

/**
 * @param {import('./catalogue.js').Day} day
 * @returns {[string, string | undefined][]} each claim, and what is wrong with it
 */
export function checkLessons(day) {
  const path = `${day.folder}/README.md`;
  if (!existsSync(join(root, path))) return [[path, 'There is no lesson.']];
  const text = read(path).replaceAll('\r\n', '\n');
  const headings = [...text.replace(/^```[^]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading);
  const anchors = new Set(headings.map(anchor));
  /** @type {[string, string | undefined][]} */
  const claims = [];
  for (const heading of HEADINGS)
    claims.push([`${path}: has "${heading}"`, headings.includes(heading) ? undefined : 'The heading is missing.']);
  for (const { id, lesson } of day.exercises)
    claims.push([`${path}#${lesson}, cited by ${id}`, anchors.has(lesson) ? undefined : 'No such heading.']);
  const words = proseWords(text);
  claims.push([`${path}: 600 to 1,000 words`, words >= 600 && words <= 1000 ? undefined : `${words} words`]);
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

/** The commands that a text quotes, each once. @param {string} text @returns {string[]} */
export const quotedCommands = (text) => [
  ...new Set(
    [...text.matchAll(/(?:^|`)((?:npx tsx|npm (?:run|test|start)\b)[^`\n]*)/gm)].map(([, command]) => command.trim()),
  ),
];

/**
 * Every command that a text quotes is one that is there: the script, the file, the days and exercises it names.
 *
 * @param {string} path of the text, for the claims
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
    const strange = tool === 'npm' && words.some((word) => /^(day)?\d+(\.\w+)?$/.test(word) && !isThere(word));
    return [
      `${path}: the command ${command}`,
      gone ? 'There is no such file or script.' : strange ? 'There is no such day or exercise.' : undefined,
    ];
  });
}

/** @param {string} word such as `day3`, `3.2`, or the 2 of `hint 3.2 2` @returns {boolean} */
function isThere(word) {
  const [, number, part] = /^(?:day)?(\d+)(?:\.(\w+))?$/.exec(word) ?? [];
  const day = days.find((one) => String(one.number) === number);
  return part ? Boolean(day?.exercises.some(({ id }) => id === word)) : Boolean(day) || /^\d+$/.test(word);
}

/** A heading as GitHub writes it behind the #. @param {string} heading @returns {string} */
export const anchor = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

/** Words without code blocks, tables and what is folded away. @param {string} text @returns {number} */
export const proseWords = (text) =>
  text
    .replace(/<details>[^]*?<\/details>/g, '')
    .replace(/^```[^]*?^```/gm, '')
    .replace(/^\|.*$/gm, '')
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
