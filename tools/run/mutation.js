/** `npm run verify mutants`: does the suite notice every small slip in a solution? */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readDays, root, suiteOf } from './catalogue.js';
import { parseEntries } from './entries.js';
import { read } from './files.js';
import { mutantsOf } from './mutants.js';
import { count } from './report.js';
import { variantOf } from './variants.js';
import { runSuites } from './vitest.js';
import { fileOf } from './words.js';

/** How many mutants one worker runs. More would take too much memory, because their modules stay loaded. */
const AT_A_TIME = 60;

/**
 * @typedef {import('./catalogue.js').Day} Day @typedef {import('./catalogue.js').Exercise} Exercise
 * @typedef {import('./mutants.js').Mutant & { id: string, exercise: Exercise }} Candidate
 * @typedef {{ exercise: Exercise, reason: string, before: string[], after: string[] }} Survivor a mutant that may survive, and why
 */

/**
 * @param {import('./words.js').Wish} wish days or exercises; all by default
 * @returns {Promise<number>} the exit code
 */
export async function verifyMutants(wish) {
  const days = wish.days.length > 0 ? wish.days : await readDays();
  let [passed, failed] = [0, 0];
  for (const day of days) {
    const isWhole = wish.days.length === 0 || wish.whole.includes(day);
    const exercises = day.exercises.filter((exercise) => isWhole || wish.single.includes(exercise));
    const { caught, unchecked, survived } = await tryAll(day, exercises);
    const { known, strange, stale } = compare(
      survived,
      listed(day).filter(({ exercise }) => exercises.includes(exercise) && !unchecked.includes(exercise)),
    );
    for (const { id } of unchecked)
      console.log(`– ${id} skipped: its checks need something that this machine doesn't have`);
    for (const one of strange) console.log(`✗ ${one.exercise.id}: no check notices this change\n${asDiff(one)}\n`);
    for (const one of stale)
      console.log(
        `✗ ${one.exercise.id}: survivors.md lists this change, but a check catches it, or it no longer exists\n${asDiff(one)}\n`,
      );
    const all = caught + survived.length;
    const share = all === 0 ? 100 : Math.floor((100 * caught) / all);
    console.log(
      `day ${day.number}: ${caught} of ${all} mutants caught (${share} %), ${known.length} more are listed with a reason`,
    );
    passed += caught + known.length;
    failed += strange.length + stale.length;
  }
  if (failed > 0)
    console.log(
      '\nWrite a check that notices it, or list it in tools/catalogue/dayN/survivors.md:\n"## 1.2 Why it makes no difference", and the lines above in a block of diff.',
    );
  console.log(count(passed, failed));
  return failed === 0 ? 0 : 1;
}

/**
 * @param {Day} day
 * @param {Exercise[]} exercises
 * @returns {Promise<{ caught: number, unchecked: Exercise[], survived: Candidate[] }>} `unchecked`: this machine can't run their checks
 */
async function tryAll(day, exercises) {
  /** @type {Candidate[]} */
  const all = exercises.flatMap((exercise) =>
    mutantsOf(read(`solutions/${fileOf(day, exercise)}`), exercise.name).map((mutant, i) => ({
      ...mutant,
      exercise,
      id: `mutant${exercise.id.replace('.', '-')}-${i}`,
    })),
  );
  const survived = [];
  const unchecked = new Set();
  for (let from = 0; from < all.length; from += AT_A_TIME) {
    const some = all.slice(from, from + AT_A_TIME);
    if (process.stdout.isTTY) process.stdout.write(`\r  day ${day.number}: ${from} of ${all.length} `);
    for (const [mutant, result] of await fate(day, some)) {
      if (result === 'survived') survived.push(mutant);
      if (result === 'unchecked') unchecked.add(mutant.exercise);
    }
  }
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K');
  const checked = all.filter(({ exercise }) => !unchecked.has(exercise));
  return { caught: checked.length - survived.length, unchecked: [...unchecked], survived };
}

/**
 * @param {Day} day
 * @param {Candidate[]} mutants
 * @returns {Promise<Map<Candidate, 'caught' | 'survived' | 'unchecked'>>}
 */
async function fate(day, mutants) {
  const variants = new Map(
    mutants.map(({ id, exercise, code }) => [
      id,
      { base: /** @type {const} */ ('solution'), edits: [{ file: fileOf(day, exercise), name: exercise.name, code }] },
    ]),
  );
  const modules = mutants.flatMap(({ id, exercise }) => suiteOf(day, exercise).map((path) => `${path}?variant=${id}`));
  const { checks } = await runSuites(modules, { days: await readDays(), variants, bail: true });
  return new Map(
    mutants.map((mutant) => {
      const results = [...checks]
        .filter(([module]) => variantOf(module) === mutant.id)
        .flatMap(([, exercises]) => exercises.get(mutant.exercise.id) ?? []);
      if (results.some(({ missing }) => missing !== undefined)) return [mutant, 'unchecked'];
      // Without any result, the file couldn't even be loaded.
      return [mutant, results.length === 0 || results.some(({ failure }) => failure) ? 'caught' : 'survived'];
    }),
  );
}

/** The mutants that may survive. @param {Day} day @returns {Survivor[]} */
function listed(day) {
  const path = `tools/catalogue/day${day.number}/survivors.md`;
  if (!existsSync(join(root, path))) return [];
  return survivorsIn(read(path), path, day);
}

/**
 * @param {string} text of a `survivors.md`: `## 1.2 The reason`, and one block of `diff` with one change or more, `@@` between them
 * @param {string} path for messages
 * @param {Day} day
 * @returns {Survivor[]}
 */
export const survivorsIn = (text, path, day) =>
  parseEntries(text, path, day, 'alternatives').flatMap(({ exercise, title, edits }) =>
    edits.flatMap((edit) =>
      'hunks' in edit
        ? edit.hunks.map((hunk) => ({ exercise, reason: title, before: side(hunk, '-'), after: side(hunk, '+') }))
        : [],
    ),
  );

/** @param {string[]} hunk @param {string} mark @returns {string[]} */
const side = (hunk, mark) => hunk.filter((line) => line[0] === mark).map((line) => line.slice(1).trim());

/**
 * Compares the mutants that survived with those that are listed.
 *
 * @template {{ exercise: Exercise, before: string[], after: string[] }} M
 * @param {M[]} survived
 * @param {Survivor[]} list
 * @returns {{ known: M[], strange: M[], stale: Survivor[] }} `strange`: not listed; `stale`: listed, but didn't survive
 */
export function compare(survived, list) {
  const key = (/** @type {{ exercise: Exercise, before: string[], after: string[] }} */ { exercise, before, after }) =>
    JSON.stringify([exercise.id, before, after]);
  const [alive, allowed] = [new Set(survived.map(key)), new Set(list.map(key))];
  return {
    known: survived.filter((one) => allowed.has(key(one))),
    strange: survived.filter((one) => !allowed.has(key(one))),
    stale: list.filter((one) => !alive.has(key(one))),
  };
}

/** @param {{ before: string[], after: string[] }} mutant @returns {string} */
const asDiff = ({ before, after }) =>
  [...before.map((line) => `    -${line}`), ...after.map((line) => `    +${line}`)].join('\n');
