/** Plain words instead of flags: npm keeps unknown flags to itself. */
import { bonus, core, readDays } from './catalogue.js';

/** A mistake that a person can make: told in a sentence, without a stack. */
export class PlainError extends Error {
  plain = true;
}

/**
 * @typedef {object} Wish
 * @property {import('./catalogue.js').Day[]} days that were named, or that hold the named exercises
 * @property {import('./catalogue.js').Exercise[]} exercises all that are meant
 * @property {import('./catalogue.js').Day[]} whole the days of these that were named as a whole
 * @property {import('./catalogue.js').Exercise[]} single the exercises that were named one by one
 * @property {Set<string>} extra the other words, such as `watch`
 */

/**
 * Reads words such as `day3`, `3`, `3.2`, `3.b`, `day3 bonus`, `all`.
 *
 * @param {string[]} words
 * @param {string[]} [known] other words that the command understands
 * @returns {Promise<Wish>}
 * @throws {PlainError} on a word that is none of these; it lists what there is
 */
export async function readWords(words, known = []) {
  const all = await readDays();
  /** @type {Set<import('./catalogue.js').Day>} */
  const days = new Set();
  /** @type {import('./catalogue.js').Exercise[]} */
  const single = [];
  /** @type {Set<string>} */
  const extra = new Set();
  for (const word of words.map((one) => one.toLowerCase().replace(/^--?/, ''))) {
    if (known.includes(word)) {
      extra.add(word);
      continue;
    }
    if (word === 'all') {
      for (const day of all) days.add(day);
      continue;
    }
    const [, number, part] = /^(?:day-?)?(\d+)(?:\.(\w+))?$/.exec(word) ?? [];
    const day = all.find((one) => String(one.number) === number);
    const exercise = part && day?.exercises.find(({ id }) => id === `${number}.${part}`);
    if (!day || (part && !exercise))
      throw new PlainError(`"${word}" is not something that is there.\n${whatThereIs(all, known)}`);
    if (exercise) single.push(exercise);
    else days.add(day);
  }
  const wantsBonus = extra.has('bonus');
  const exercises = [...days].flatMap((day) => (wantsBonus ? bonus(day) : core(day))).concat(single);
  const named = all.filter((day) => days.has(day) || day.exercises.some((exercise) => single.includes(exercise)));
  return { days: named, whole: [...days], exercises, single, extra };
}

/** @param {import('./catalogue.js').Day[]} days @param {string[]} known @returns {string} */
function whatThereIs(days, known) {
  const lines = days.map((day) => `  day${day.number}   ${day.title}: ${day.exercises.map(({ id }) => id).join(' ')}`);
  return ['There are:', ...lines, `and the words: ${['all', ...known].join(', ')}`].join('\n');
}

/** @param {import('./catalogue.js').Day} day @param {import('./catalogue.js').Exercise} exercise @returns {string} the learner's file, from the top */
export const fileOf = (day, exercise) => `${day.folder}/${exercise.file}`;
