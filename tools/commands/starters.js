/** `npm run starters`: records the starters as they are now. `npm run reset` takes them from there. Contributors run it after changing one. */
import { readDays } from '../run/catalogue.js';
import { keepStarters, readLines } from '../run/files.js';
import { fileOf } from '../run/words.js';

/** @returns {Promise<number>} */
export const run = () => record([]);

/** @param {string[]} also a starter that `readDays` doesn't know yet @returns {Promise<number>} */
export async function record(also) {
  const days = await readDays();
  const known = days.flatMap((day) => day.exercises.map((exercise) => fileOf(day, exercise)));
  const paths = [...new Set([...known, ...also])].sort();
  keepStarters(Object.fromEntries(paths.map((path) => [path, readLines(path)])));
  console.log(`${paths.length} starters recorded in tools/starters.json. Commit it together with the starters.`);
  return 0;
}
