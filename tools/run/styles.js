/** `npm run verify styles`: right answers pass, in whichever style they are written. */
import { bonus, core, suitesOf } from './catalogue.js';
import { read } from './files.js';
import { restyle, STYLES } from './restyle.js';
import { counted, statuses } from './status.js';
import { variantOf } from './variants.js';
import { runSuites } from './vitest.js';
import { fileOf } from './words.js';

/** @typedef {import('./catalogue.js').Day} Day */

/**
 * Runs a day's suites against its solutions, rewritten in each style.
 *
 * @param {Day} day
 * @param {Day[]} days all that there are
 * @param {string[]} [styles] keys of STYLES
 * @returns {Promise<[string, string | undefined][]>} each claim, and what is wrong with it
 */
export async function checkStyles(day, days, styles = Object.keys(STYLES)) {
  const idOf = (/** @type {string} */ style) => style.replace(' ', '-');
  const some = styles.filter((style) => editsFor(day, style).length > 0);
  const variants = new Map(
    some.map((style) => [idOf(style), { base: /** @type {const} */ ('solution'), edits: editsFor(day, style) }]),
  );
  const modules = some.flatMap((style) => suitesOf(day).map((path) => `${path}?variant=${idOf(style)}`));
  const { checks, errors } = await runSuites(modules, { days, variants });
  /** @type {[string, string | undefined][]} */
  const claims = [];
  for (const style of some) {
    const results = new Map(
      [...checks].filter(([module]) => variantOf(module) === idOf(style)).flatMap(([, exercises]) => [...exercises]),
    );
    const wrong = counted(statuses([...core(day), ...bonus(day)], results)).filter(({ state }) => state !== 'done');
    const told = wrong.map(({ exercise, failed }) => `${exercise.id} ${failed?.name}: ${failed?.failure?.message}`);
    // A failure may be the machine's: it counts only if it comes again, alone.
    if (told.length > 0 && some.length > 1) claims.push(...(await checkStyles(day, days, [style])));
    else claims.push([`day ${day.number}: the solutions pass in the style "${style}"`, told.join('\n') || undefined]);
  }
  if (errors.length > 0)
    claims.push([`day ${day.number}: the solutions in other styles can be loaded`, errors.join('\n')]);
  return claims;
}

/** @param {Day} day @param {string} style @returns {import('./source.js').WholeFile[]} */
function editsFor(day, style) {
  const files = [...new Set(day.exercises.map((exercise) => fileOf(day, exercise)))];
  return files.flatMap((file) => {
    const names = day.exercises.filter((one) => fileOf(day, one) === file).map(({ name }) => name);
    const text = restyle(read(`solutions/${file}`), names, style);
    return text === undefined ? [] : [{ file, text }];
  });
}
