/** The learner's files: backups, the starters as git has them, one function put in place of another. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './catalogue.js';
import { putInto } from './put.js';
import { PlainError } from './words.js';

const STARTERS = join(root, 'tools/starters.json');

/** @param {string} path from the repository's folder @returns {string} */
export const read = (path) => readFileSync(join(root, path), 'utf8');

/** @param {string[]} args @param {string} [input] @returns {string} what git prints */
export const git = (args, input) =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'] });

/** @returns {Record<string, string>} path of a starter → its git blob */
export const starters = () => JSON.parse(readFileSync(STARTERS, 'utf8'));

/** @returns {boolean} true where git has not the whole history */
function isShallow() {
  try {
    return git(['rev-parse', '--is-shallow-repository']).trim() === 'true';
  } catch {
    return false;
  }
}

/**
 * The untouched starter, also after the learner has committed: git keeps every blob that the history ever held.
 *
 * @param {string} path such as `day1-protocol/echo.ts`
 * @returns {string}
 * @throws {PlainError} without git, or in a folder that was downloaded without its history
 */
export function starterOf(path) {
  const blob = starters()[path];
  if (!blob) throw new PlainError(`${path} is not in tools/starters.json. Contributors: npm run starters`);
  try {
    return git(['cat-file', 'blob', blob]);
  } catch (/** @type {any} */ error) {
    const reason =
      error.code === 'ENOENT'
        ? 'git is not installed'
        : `git says "${
            String(error.stderr ?? error)
              .trim()
              .split('\n')[0]
          }"`;
    const way = isShallow()
      ? 'This clone is a shallow one. Get the rest of the history, and try again: git fetch --unshallow'
      : `Was the course downloaded without its history, as a ZIP? Clone it into another folder, and copy ${path} from there.`;
    throw new PlainError(
      `The starter of ${path} comes from git's history, and it is not to be had here: ${reason}.\n${way}`,
    );
  }
}

// One folder a command, however many exercises it changes.
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
 * @throws {PlainError} if the learner's file does not parse, or has lost the function
 */
export function putFunction(path, source, name) {
  const wholeFile = `To start that file again: npm run reset ${path.replace(/^(day\d+).*/, '$1')} (all your files of the day are kept in a backup)`;
  if (!existsSync(join(root, path))) throw new PlainError(`${path} is gone. ${wholeFile}`);
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
