/** How a hint is shown. The third one is code. */
import { asCode, isCode, wrap } from './report.js';

/**
 * @param {import('./catalogue.js').Exercise} exercise
 * @param {number} level from 1 on
 * @returns {string}
 */
export function hintText({ hints }, level) {
  const title = `Hint ${level} of ${hints.length}:`;
  const hint = hints[level - 1];
  return isCode(level) ? `${title}\n\n${asCode(hint, 100)}` : wrap(`${title} ${hint}`, 100).join('\n');
}
