/** The line of an exercise in the learner's file, which a panel names. */
import { findFunction } from './source.js';

/** @param {string} text @param {number} at an offset @returns {number} from 1 on */
const lineAt = (text, at) => text.slice(0, at).split('\n').length;

/**
 * @param {string} text the learner's file
 * @param {import('./catalogue.js').Exercise} exercise
 * @returns {{ line?: number, mark?: string }} `line`: of its TODO, or else of the function; `mark`: how the line that marks it as not written
 *   begins, such as `throw new Todo('1.2', …)`; undefined if that line is gone
 */
export function placeOf(text, { id, name }) {
  const number = id.replace('.', '\\.');
  const comment = new RegExp(`\\bTODO ${number}\\b`).exec(text);
  const marked = new RegExp(`(?:throw new Todo|new Todo|\\btodo)\\('${number}'`).exec(text);
  const at = comment?.index ?? marked?.index ?? functionIn(text, name);
  return {
    line: at === undefined ? undefined : lineAt(text, at),
    mark: marked ? `${marked[0]}, …)` : undefined,
  };
}

/** @param {string} text @param {string} name @returns {number | undefined} its offset; undefined also if the text does not parse */
function functionIn(text, name) {
  try {
    return findFunction(text, name)?.start;
  } catch {
    return undefined;
  }
}

/**
 * The first place of a stack that is in a file of the exercises, such as `day1-protocol/echo.ts:24`. The learner can't change given files
 * or suites.
 *
 * @param {string} stack
 * @param {import('./catalogue.js').Day} day
 * @returns {string | undefined}
 */
export function placeIn(stack, { folder, exercises }) {
  const files = new Set(exercises.map(({ file }) => `${folder}/${file}`));
  const slashed = stack.replaceAll('\\', '/'); // as Node has it on Windows
  for (const [, file, line] of slashed.matchAll(new RegExp(`(${folder}/[\\w./-]+?\\.ts)(?:\\?[^:]*)?:(\\d+)`, 'g'))) {
    if (files.has(file)) return `${file}:${line}`;
  }
  return undefined;
}
