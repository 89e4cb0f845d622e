/** What the learner's code prints while it is checked. */
import { stripVTControlCharacters } from 'node:util';

/** @typedef {{ line: string, exercise?: string, check?: string }} Print `exercise` and `check`: what was running; not set outside of the checks */

/**
 * @param {string} text that was printed
 * @param {boolean} isTerminal whether it goes to a terminal: only that gets colours and other control characters
 * @returns {string[]} its lines
 */
export function cleanLines(text, isTerminal) {
  const plain = isTerminal ? text : stripVTControlCharacters(text);
  // eslint-disable-next-line no-control-regex
  const clean = isTerminal ? plain : plain.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '');
  return clean.split(/\r?\n/).map((line) => line.replaceAll('\r', ''));
}

/**
 * Chooses the lines to show: none from an exercise that passes. Those of the check and the exercise in the panel come first, and no line
 * comes twice in a row.
 *
 * @param {Print[]} prints
 * @param {import('./status.js').Status[]} all
 * @param {import('./status.js').Status} [first] what the panel is about
 * @returns {string[]}
 */
export function toShow(prints, all, first) {
  const open = all.filter(({ state }) => state !== 'done').map(({ exercise }) => exercise.id);
  if (open.length === 0) return [];
  // What came outside of the checks may belong to an exercise that passes. It explains nothing about one that isn't written yet.
  const outside = first?.state !== 'todo';
  const wanted = prints.filter(({ exercise }) => (exercise === undefined ? outside : open.includes(exercise)));
  const rank = (/** @type {Print} */ { exercise, check }) =>
    exercise !== first?.exercise.id ? 2 : check === first?.failed?.name ? 0 : 1;
  return [0, 1, 2]
    .flatMap((place) => wanted.filter((print) => rank(print) === place))
    .map(({ line }) => line)
    .filter((line, i, lines) => line !== lines[i - 1]);
}
