/** Commands take plain words instead of flags, because npm doesn't pass unknown flags on. */
import { bonus, core, readDays } from './catalogue.js';

/** A mistake that a person can make. It is reported in a sentence, without a stack. */
export class PlainError extends Error {
  plain = true;
}

/**
 * @typedef {object} Wish
 * @property {import('./catalogue.js').Day[]} days that were named, or that hold the named exercises
 * @property {import('./catalogue.js').Exercise[]} exercises all exercises that are meant
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
 * @throws {PlainError} on any other word; the message lists what there is
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
    const ofPath = exercisesAt(word, all);
    if (ofPath) {
      single.push(...ofPath);
      continue;
    }
    const [, number, part] = /^(?:day-?)?(\d+)(?:\.(\w+))?$/.exec(dayOfFolder(word, all) ?? word) ?? [];
    const day = all.find((one) => String(one.number) === number);
    const exercise = part && day?.exercises.find(({ id }) => id === `${number}.${part}`);
    if (!day || (part && !exercise))
      throw new PlainError(`"${word}" is not a day, an exercise or a known word.\n${whatThereIs(all, known)}`);
    if (exercise) single.push(exercise);
    else days.add(day);
  }
  const wantsBonus = extra.has('bonus');
  const exercises = [...days].flatMap((day) => (wantsBonus ? bonus(day) : core(day))).concat(single);
  const named = all.filter((day) => days.has(day) || day.exercises.some((exercise) => single.includes(exercise)));
  return { days: named, whole: [...days], exercises, single, extra };
}

/**
 * A path that Tab completes, without what is too much: `day1-protocol`, `./day1-protocol/`, `day1-protocol\\frames.ts`.
 *
 * @param {string} word
 */
const plainPath = (word) => word.replaceAll('\\', '/').replace(/^(\.\/)+|\/+$/g, '');

/** @param {string} word @param {import('./catalogue.js').Day[]} days @returns {string | undefined} `day1` for its folder */
function dayOfFolder(word, days) {
  const day = days.find(({ folder }) => folder === plainPath(word));
  return day && `day${day.number}`;
}

/**
 * @param {string} word such as `day1-protocol/frames.ts`, or the path of a suite
 * @param {import('./catalogue.js').Day[]} days
 * @returns {import('./catalogue.js').Exercise[] | undefined} the exercises in that file; undefined if it isn't a file of a day
 * @throws {PlainError} for a file of a day that has no exercises
 */
function exercisesAt(word, days) {
  const path = plainPath(word);
  const day = days.find(({ folder }) => path.startsWith(`${folder}/`));
  if (!day) return undefined;
  const [, ofSuite] = /\/tests\/(\d+\.\w+)-[^/]*\.test\.ts$/.exec(path) ?? [];
  const found = day.exercises.filter((one) => fileOf(day, one) === path || one.id === ofSuite);
  if (found.length > 0) return found;
  const files = [...new Set(day.exercises.map((one) => fileOf(day, one)))];
  throw new PlainError(`${path} has no exercises. These files have: ${files.join(', ')}`);
}

/** @param {import('./catalogue.js').Day[]} days @param {string[]} known @returns {string} */
function whatThereIs(days, known) {
  const lines = days.map((day) => `  day${day.number}   ${day.title}: ${day.exercises.map(({ id }) => id).join(' ')}`);
  return ['You can name:', ...lines, `and use the words: ${['all', ...known].join(', ')}`].join('\n');
}

/**
 * @param {import('./catalogue.js').Day} day
 * @param {import('./catalogue.js').Exercise} exercise
 * @returns {string} the learner's file, as a path from the repository's folder
 */
export const fileOf = (day, exercise) => `${day.folder}/${exercise.file}`;
