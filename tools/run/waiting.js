/** Finds out from the learner's files whether an exercise waits for others. A plain `npx vitest` needs it: it sees one exercise at a time. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readDays, root } from './catalogue.js';
import { read } from './files.js';
import { placeOf } from './place.js';
import { fileOf } from './words.js';

/**
 * @param {string} id of an exercise
 * @returns {Promise<string | undefined>} the first exercise that it needs and that isn't written yet
 */
export async function waitingFor(id) {
  const days = await readDays();
  for (const day of days) {
    const needs = day.exercises.find((one) => one.id === id)?.waitsFor ?? [];
    for (const need of day.exercises.filter((one) => needs.includes(one.id))) {
      const path = fileOf(day, need);
      if (existsSync(join(root, path)) && placeOf(read(path), need).mark) return need.id;
    }
  }
  return undefined;
}
