/** The learner's files: backups, the starters as they were, one function put in place of another. */
import { isUtf8 } from 'node:buffer';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './catalogue.js';
import { putInto } from './put.js';
import { PlainError } from './words.js';

const STARTERS = join(root, 'tools/starters.json');

/** @param {string} path from the repository's folder @returns {string} */
export const read = (path) => readFileSync(join(root, path), 'utf8');

/** @param {string} path from the repository's folder @returns {string} the file with line breaks as on Linux, whatever they are here */
export const readLines = (path) => read(path).replaceAll('\r\n', '\n');

/**
 * The starters are kept as copies, so that `reset` needs neither git nor the history, and works after a download as a ZIP.
 *
 * @returns {Record<string, string>} path of a starter → its text
 */
export function starters() {
  /** @type {Record<string, string[]>} */
  const kept = JSON.parse(readFileSync(STARTERS, 'utf8'));
  return Object.fromEntries(Object.entries(kept).map(([path, lines]) => [path, lines.join('\n')]));
}

/** @param {Record<string, string>} all path of a starter → its text */
export function keepStarters(all) {
  const lines = Object.fromEntries(Object.entries(all).map(([path, text]) => [path, text.split('\n')]));
  writeFileSync(STARTERS, `${JSON.stringify(lines, undefined, 2)}\n`);
}

/**
 * The untouched starter, whatever the learner has written or committed.
 *
 * @param {string} path such as `day1-protocol/echo.ts`
 * @returns {string}
 */
export function starterOf(path) {
  const text = starters()[path];
  if (text === undefined) throw new PlainError(`${path} is not in tools/starters.json. Contributors: npm run starters`);
  return text;
}

// One folder per command, however many exercises it changes.
const folder = `.course/backup/${new Date().toISOString().replaceAll(':', '-')}`;

/**
 * Copies files to .course/backup before they are changed. A file that this command has already copied keeps its first copy.
 *
 * @param {string[]} paths from the repository's folder
 * @returns {string} the folder that holds the copies
 */
export function backUp(paths) {
  for (const path of paths) {
    if (!existsSync(join(root, path)) || existsSync(join(root, folder, path))) continue;
    mkdirSync(dirname(join(root, folder, path)), { recursive: true });
    copyFileSync(join(root, path), join(root, folder, path));
  }
  return folder;
}

/** @param {string} path from the repository's folder @param {string} text */
export function write(path, text) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/**
 * Takes one exercise's function out of `source` and puts it into the learner's file, after a backup, with the imports that it needs.
 *
 * @param {string} path the learner's file
 * @param {string} source a text that has the function
 * @param {string} name
 * @returns {string} the backup's folder
 * @throws {PlainError} if the learner's file is gone, is not UTF-8, does not parse, or has lost the function
 */
export function putFunction(path, source, name) {
  const wholeFile = `To start that file again: npm run reset ${path.replace(/^(day\d+).*/, '$1')} (all your files of the day are kept in a backup)`;
  if (!existsSync(join(root, path))) throw new PlainError(`${path} is gone. ${wholeFile}`);
  if (!isUtf8(readFileSync(join(root, path))))
    throw new PlainError(`${path} is not saved as UTF-8. Save it as UTF-8 in your editor first. ${wholeFile}`);
  let changed;
  try {
    changed = putInto(read(path), source, name);
  } catch (/** @type {any} */ error) {
    if (error instanceof SyntaxError)
      throw new PlainError(
        `Syntax error in ${path}:${/** @type {any} */ (error).line}: ${error.message}. Fix that first. ${wholeFile}`,
      );
    throw new PlainError(`${path} has ${error.message}. ${wholeFile}`);
  }
  backUp([path]);
  write(path, changed);
  return folder;
}
