/** `npm run starters`: records the starters as they are now, for `reset`. Contributors run it after changing one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDays, root } from '../run/catalogue.js';
import { git } from '../run/files.js';
import { fileOf } from '../run/words.js';

/** @returns {Promise<number>} */
export const run = () => record([]);

/** @param {string[]} also a starter that `readDays` doesn't know yet @returns {Promise<number>} */
export async function record(also) {
  const days = await readDays();
  const known = days.flatMap((day) => day.exercises.map((exercise) => fileOf(day, exercise)));
  const paths = [...new Set([...known, ...also])].sort();
  const blobs = git(['hash-object', '-w', ...paths])
    .trim()
    .split('\n');
  writeFileSync(
    join(root, 'tools/starters.json'),
    `${JSON.stringify(Object.fromEntries(paths.map((path, i) => [path, blobs[i]])), undefined, 2)}\n`,
  );
  console.log(`${paths.length} starters recorded in tools/starters.json. Commit it together with the starters.`);
  return 0;
}
