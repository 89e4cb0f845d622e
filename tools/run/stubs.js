/** What `npm run new` has written and nobody has filled in yet. Each such place says `FILL IN 5.8: …`. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './catalogue.js';
import { read } from './files.js';
import { fileOf } from './words.js';

/** @typedef {{ place: string, what: string }} Stub `place`: such as `day5-scaling/replay.ts:12` */

/** A place to fill in. @param {string} id of the exercise @param {string} what belongs there @returns {string} */
export const stub = (id, what) => `FILL IN ${id}: ${what}`;

/**
 * @param {import('./catalogue.js').Day} day
 * @returns {Map<string, Stub[]>} the places of each exercise that is not finished, by its id
 */
export function stubsOf(day) {
  const catalogue = `tools/catalogue/day${day.number}`;
  const tests = `${day.folder}/tests`;
  const starters = [...new Set(day.exercises.map((one) => fileOf(day, one)))];
  const suites = existsSync(join(root, tests))
    ? readdirSync(join(root, tests)).filter((name) => /^\d.*\.ts$/.test(name))
    : [];
  const paths = [
    `${catalogue}/exercises.js`,
    ...starters.flatMap((path) => [path, `solutions/${path}`]),
    ...suites.map((name) => `${tests}/${name}`),
    `${catalogue}/mistakes.md`,
    `${catalogue}/alternatives.md`,
    `${day.folder}/README.md`,
  ];
  /** @type {Map<string, Stub[]>} */
  const found = new Map();
  for (const path of paths.filter((one) => existsSync(join(root, one))))
    for (const { id, line, what } of stubsIn(read(path)))
      found.set(id, [...(found.get(id) ?? []), { place: `${path}:${line}`, what }]);
  return found;
}

/** @param {string} text of one file @returns {{ id: string, line: number, what: string }[]} */
export const stubsIn = (text) =>
  text.split('\n').flatMap((line, i) =>
    [...line.matchAll(/FILL IN (\d+\.\w+): ([^|'`"]*)/g)].map(([, id, what]) => ({
      id,
      line: i + 1,
      what: what.replace(/[\s.*/]+$/, ''),
    })),
  );

/** One line per place. @param {Stub[]} stubs @returns {string} */
export function toFillIn(stubs) {
  const width = Math.max(...stubs.map(({ place }) => place.length)) + 2;
  return stubs.map(({ place, what }) => place.padEnd(width) + what).join('\n');
}
