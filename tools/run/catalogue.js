/**
 * The days of the course and their exercises: one folder per day under tools/catalogue.
 *
 * @typedef {object} Exercise
 * @property {string} id `1.1` and so on; bonus exercises have a letter, `1.a`
 * @property {string} name of the function or method that is to be written
 * @property {string} file in the day's folder
 * @property {number} minutes that it should take; 0 for a bonus, which has no time limit
 * @property {string} lesson the heading of the day's README to reread, as a link has it after the #
 * @property {string} [goal] what to build, in one sentence; its name by default
 * @property {string} [see] how to see it work on the running page, in one sentence
 * @property {string} why it matters on a real network
 * @property {string[]} hints graded: the first is a nudge, the second explains, the third is code and nearly the answer
 * @property {string[]} [waitsFor] exercises that have to be done before this one can be checked
 *
 * @typedef {{ number: number, folder: string, title: string, exercises: Exercise[] }} Day
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Some terminals on Windows give the drive a small letter. vitest always gives it a capital one. @param {string} path @returns {string} */
export const withDrive = (path) => path.replace(/^[a-z](?=:[\\/])/, (letter) => letter.toUpperCase());

/** The repository's folder. */
export const root = withDrive(fileURLToPath(new URL('../..', import.meta.url)));

/** @returns {Promise<Day[]>} the days that there are, in order */
export async function readDays() {
  const folder = join(root, 'tools/catalogue');
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'exercises.js')));
  const days = await Promise.all(
    names.map(async (name) => (await import(pathToFileURL(join(folder, name, 'exercises.js')).href)).default),
  );
  return days.sort((a, b) => a.number - b.number);
}

/** @param {Exercise} exercise @returns {boolean} a bonus has a letter: `1.a` */
export const isBonus = (exercise) => /[a-z]$/.test(exercise.id);

/** @param {Day} day @returns {Exercise[]} without the bonus */
export const core = (day) => day.exercises.filter((exercise) => !isBonus(exercise));

/** @param {Day} day @returns {Exercise[]} */
export const bonus = (day) => day.exercises.filter(isBonus);

/**
 * An exercise's suite: `tests/1.2-read-length.test.ts`, found by the number that its name begins with.
 *
 * @param {Day} day
 * @param {Exercise} exercise
 * @returns {string[]} its absolute path with forward slashes, as vite writes it; an empty list if the file is missing
 */
export function suiteOf(day, { id }) {
  const folder = join(root, day.folder, 'tests');
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.startsWith(`${id}-`) && name.endsWith('.test.ts'))
    : [];
  return names.map((name) => join(folder, name).replaceAll('\\', '/'));
}

/** @param {Day} day @returns {string[]} the suites of all its exercises, as `suiteOf` gives them */
export const suitesOf = (day) => day.exercises.flatMap((exercise) => suiteOf(day, exercise));
