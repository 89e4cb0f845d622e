/** `npm run reset 3.2`, `day3`, `all`: back to the starter. Your files are copied to a backup first. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bonus, root } from '../run/catalogue.js';
import { backUp, putFunction, readLines, starterOf, write } from '../run/files.js';
import { fileOf, PlainError, readWords } from '../run/words.js';

/** @param {string[]} words @returns {Promise<number>} */
export async function run(words) {
  const { days, whole, exercises, single, extra } = await readWords(words, ['bonus']);
  if (exercises.length === 0)
    throw new PlainError('Say what to reset: npm run reset 1.2, npm run reset day1, or npm run reset all');
  const ofDay = (/** @type {import('../run/catalogue.js').Exercise} */ one) =>
    /** @type {import('../run/catalogue.js').Day} */ (days.find((day) => day.exercises.includes(one)));
  for (const exercise of single) {
    const path = fileOf(ofDay(exercise), exercise);
    const folder = putFunction(path, starterOf(path), exercise.name);
    console.log(
      `${exercise.id} ${exercise.name}: that function in ${path} is as it was at the start. Your version is in ${folder}`,
    );
  }
  if (whole.length === 0) return 0;
  const paths = [
    ...new Set(
      whole.flatMap((day) =>
        (extra.has('bonus') ? bonus(day) : day.exercises).map((exercise) => fileOf(day, exercise)),
      ),
    ),
  ];
  const fresh = paths.map((path) => ({ path, text: starterOf(path) }));
  const changed = fresh.filter(({ path, text }) => !existsSync(join(root, path)) || readLines(path) !== text);
  if (changed.length === 0) {
    console.log('Nothing to do: these files are as they were at the start.');
    return 0;
  }
  const folder = backUp(changed.map(({ path }) => path));
  for (const { path, text } of changed) write(path, text);
  console.log(`${changed.map(({ path }) => path).join(', ')}: as at the start again. Your versions are in ${folder}`);
  return 0;
}
