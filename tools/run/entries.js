/**
 * The catalogues of mistakes and alternatives: Markdown, one `## 1.2 Title` per entry.
 *
 * A block of `diff` is the difference from the reference solution: the removed lines (`-`) and those around them (a space) must occur
 * exactly once, in the function or else in the file. A line `@@` begins the next place. A block of `ts` replaces the whole function.
 * `file=` and `name=` after the language choose another file of the day, or another function.
 *
 * @typedef {{ exercise: import('./catalogue.js').Exercise, title: string, says: string[], edits: import('./source.js').Edit[] }} Entry
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './catalogue.js';
import { PlainError } from './words.js';

/**
 * @param {import('./catalogue.js').Day} day
 * @param {'mistakes' | 'alternatives'} kind
 * @returns {Entry[]}
 * @throws {PlainError} if an entry names no exercise or has no code, or if a mistake has no `Says:`
 */
export function readEntries(day, kind) {
  const path = `tools/catalogue/day${day.number}/${kind}.md`;
  if (!existsSync(join(root, path))) return [];
  return parseEntries(readFileSync(join(root, path), 'utf8'), path, day, kind);
}

/**
 * @param {string} text
 * @param {string} path for messages
 * @param {import('./catalogue.js').Day} day
 * @param {'mistakes' | 'alternatives'} kind
 * @returns {Entry[]}
 */
export function parseEntries(text, path, day, kind) {
  return text
    .replaceAll('\r\n', '\n')
    .split(/^## /m)
    .slice(1)
    .map((part) => {
      const [heading, ...rest] = part.split('\n');
      const [id, ...words] = heading.trim().split(' ');
      const where = `${path}, "${heading.trim()}"`;
      const exercise = day.exercises.find((one) => one.id === id);
      if (!exercise) throw new PlainError(`${where}: exercise ${id} doesn't exist.`);
      const body = rest.join('\n');
      const edits = [...body.matchAll(/^```(ts|diff)(.*)\n([^]*?)^```/gm)].map(([, language, info, text]) => ({
        file: `${day.folder}/${/file=(\S+)/.exec(info)?.[1] ?? exercise.file}`,
        name: /name=(\S+)/.exec(info)?.[1] ?? exercise.name,
        ...(language === 'ts' ? { code: text } : { hunks: hunksOf(text) }),
      }));
      const says = [...body.replace(/^```[^]*?^```/gm, '').matchAll(/^Says: (.+)$/gm)].map(([, one]) => one.trim());
      if (edits.length === 0) throw new PlainError(`${where}: no block of code.`);
      if (kind === 'mistakes' && says.length === 0)
        throw new PlainError(`${where}: no line "Says: …" with the words by which it must be caught.`);
      return { exercise, title: words.join(' '), says, edits };
    });
}

/** @param {string} text of a `diff` block @returns {string[][]} the lines of each place */
const hunksOf = (text) =>
  text
    .split(/^@@\n/m)
    .map((hunk) => hunk.replace(/\n$/, '').split('\n'))
    .filter((hunk) => hunk.some((line) => line !== ''));
