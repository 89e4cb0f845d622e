/** `npm run verify`: the starter fails, the solution passes, each mistake is caught with its words, and each alternative passes. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, relative } from 'node:path';
import { bonus, core, readDays, root, suiteOf, suitesOf } from '../run/catalogue.js';
import { readEntries } from '../run/entries.js';
import { read, readLines, starters } from '../run/files.js';
import { lostImports } from '../run/imports.js';
import { checkCommands, checkLessons } from '../run/lessons.js';
import { differences, withoutBox } from '../run/pairs.js';
import { count } from '../run/report.js';
import { applyEdit, findFunction } from '../run/source.js';
import { counted, statuses } from '../run/status.js';
import { stubsOf, toFillIn } from '../run/stubs.js';
import { checkStyles } from '../run/styles.js';
import { variantOf } from '../run/variants.js';
import { runSuites } from '../run/vitest.js';
import { fileOf, readWords } from '../run/words.js';

/** @typedef {import('../run/catalogue.js').Day} Day @typedef {import('../run/catalogue.js').Exercise} Exercise */
/** @typedef {{ id: string, what: string, day: Day, variant: import('../run/variants.js').Variant, only?: Exercise, about?: Exercise, judge: (all: import('../run/status.js').Status[]) => string | undefined }} Claim */

/** @param {string[]} words days to verify, all by default; `quick`: without random orders, styles, pages and the slow tests @returns {Promise<number>} */
export async function run(words) {
  const wish = await readWords(words, ['quick', 'mutants', 'styles']);
  if (wish.extra.has('mutants')) return (await import('../run/mutation.js')).verifyMutants(wish);
  const days = wish.days.length ? wish.days : await readDays();
  const isQuick = wish.extra.has('quick');
  let [passed, failed] = [0, 0];
  const tell = (/** @type {string} */ what, /** @type {string | undefined} */ problem) => {
    if (problem) console.log(`✗ ${what}\n    ${problem.replaceAll('\n', '\n    ')}`);
    if (problem) failed++;
    else passed++;
  };

  if (wish.extra.has('styles')) {
    for (const day of days) for (const [what, problem] of await checkStyles(day, days)) tell(what, problem);
    console.log(count(passed, failed));
    return failed === 0 ? 0 : 1;
  }
  for (const day of days) {
    const stubs = stubsOf(day);
    for (const [id, places] of stubs)
      tell(`${id}: everything that npm run new left open is filled in`, toFillIn(places));
    const claims = claimsOf(day, [...stubs.keys()]);
    const { wrong, missing } = await judge(claims, days);
    const unseen = claims.filter(({ about }) => about && missing.has(about.id));
    for (const [id, what] of missing) console.log(`– ${id} skipped: ${what}`);
    // The machine may be at fault: a failure counts only if it happens again, alone.
    const again = new Map();
    for (const claim of wrong.keys())
      for (const [one, problem] of (await judge([claim], days)).wrong) again.set(one, problem);
    for (const claim of claims) if (!unseen.includes(claim)) tell(claim.what, again.get(claim));
    for (const [what, problem] of filesOf(day, [...stubs.keys()])) tell(what, problem);
    for (const [what, problem] of checkLessons(day)) tell(what, problem);
    if (!isQuick)
      for (const [what, problem] of await checkStyles(without(day, [...stubs.keys()]), days)) tell(what, problem);
    const mistakes = claims.filter(({ id }) => id.startsWith('mistake')).length;
    const alternatives = claims.filter(({ id }) => id.startsWith('alternative')).length;
    const skipped = unseen.length ? `, ${unseen.length} of them skipped` : '';
    console.log(
      `day ${day.number}: ${day.exercises.length} exercises, ${mistakes} mistakes, ${alternatives} alternatives, ${claims.length} runs${skipped}`,
    );
  }

  for (const path of ['README.md', 'CONTRIBUTING.md', 'docs/running-the-course.md', 'docs/cheat-sheet.md'])
    for (const [what, problem] of checkCommands(path, read(path))) tell(what, problem);

  // The suites are not flaky: they pass in random order, again and again, while every core is busy with something else.
  const reference = days.flatMap((day) => suitesOf(day)).map((path) => `${path}?variant=solution`);
  const variants = new Map([['solution', /** @type {const} */ ({ base: 'solution' })]]);
  const load = (isQuick ? [] : cpus()).map(() => spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' }));
  for (let seed = 1; seed <= (isQuick ? 0 : 5); seed++) {
    const { checks, errors } = await runSuites(reference, { days, variants, shuffle: seed });
    const flaky = [...checks.values()].flatMap((exercises) =>
      [...exercises].flatMap(([id, all]) =>
        all.filter(({ failure }) => failure).map(({ name, failure }) => `${id} ${name}: ${failure?.message}`),
      ),
    );
    tell(`the solutions in random order, seed ${seed}`, [...flaky, ...errors].join('\n') || undefined);
  }
  for (const busy of load) busy.kill();

  process.env.VERIFY = '1'; // the browser tests then also run the starters
  const modules = isQuick ? [] : slowTests(days);
  // Most of the time they wait, for Redis or for a clock. So two run at the same time.
  const inTurn = async (/** @type {string} */ cacheDir) => {
    const module = modules.shift();
    if (!module) return;
    const startedAt = performance.now();
    const { tests, errors } = await runSuites([module], { days, cacheDir, log: (line) => console.log(`  ${line}`) });
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    console.log(`${relative(root, module)}: ${tests.length} tests, ${seconds} s`);
    for (const { name, error } of tests) tell(name, error);
    for (const error of errors) tell(module, error);
    await inTurn(cacheDir);
  };
  await Promise.all(['.course/vite', '.course/vite2'].map(inTurn));
  console.log(
    failed === 0
      ? `\nVerified${isQuick ? ', except for random orders, styles, pages and the slow tests' : ''}.`
      : '\nNot verified: see above.',
  );
  console.log(count(passed, failed));
  return failed === 0 ? 0 : 1;
}

/** A day without some of its exercises. @param {Day} day @param {string[]} ids @returns {Day} */
const without = (day, ids) => ({ ...day, exercises: day.exercises.filter(({ id }) => !ids.includes(id)) });

/**
 * Everything that must be true of one day's exercises, as variants to run.
 *
 * @param {Day} whole
 * @param {string[]} stubs the ids of exercises that are not finished: nothing is claimed about them
 * @returns {Claim[]}
 */
function claimsOf(whole, stubs) {
  const day = without(whole, stubs);
  const entries = { mistakes: readEntries(whole, 'mistakes'), alternatives: readEntries(whole, 'alternatives') };
  const done = (/** @type {import('../run/status.js').Status[]} */ all) =>
    counted(all)
      .filter(({ state }) => state !== 'done')
      .map(told)
      .join('\n') || undefined;
  /** @type {Claim[]} */
  const claims = [
    {
      id: `solution${day.number}`,
      what: `day ${day.number}: the reference solution passes`,
      day,
      variant: { base: 'solution' },
      judge: done,
    },
    {
      id: `starter${day.number}`,
      what: `day ${day.number}: the starter fails, each exercise with its own message`,
      day,
      variant: { base: 'learner' },
      judge: (all) =>
        counted(all)
          .filter((status) => !isUnwritten(status))
          .map(told)
          .join('\n') || undefined,
    },
  ];
  for (const exercise of day.exercises) {
    const key = exercise.id.replace('.', '-'); // vite takes the part after the last dot for the kind of file
    const mine = (/** @type {Entry} */ entry) => entry.exercise === exercise;
    const solved = [
      exercise,
      ...(exercise.waitsFor ?? []).map((id) => /** @type {Exercise} */ (day.exercises.find((one) => one.id === id))),
    ];
    const variant = { base: /** @type {const} */ ('learner'), edits: solved.map((one) => solutionOf(day, one)) };
    claims.push({
      id: `solve${key}`,
      what: `${exercise.id}: solved alone, it passes`,
      day,
      variant,
      only: exercise,
      about: exercise,
      judge: done,
    });
    for (const [i, entry] of entries.mistakes.filter(mine).entries()) {
      claims.push({
        id: `mistake${key}-${i}`,
        what: `${exercise.id}: the mistake "${entry.title}" is caught`,
        day,
        variant: { base: 'solution', edits: entry.edits },
        only: exercise,
        about: exercise,
        judge: ([status]) => caught(status, entry.says),
      });
    }
    for (const [i, entry] of entries.alternatives.filter(mine).entries()) {
      claims.push({
        id: `alternative${key}-${i}`,
        what: `${exercise.id}: the alternative "${entry.title}" passes`,
        day,
        variant: { base: 'solution', edits: entry.edits },
        about: exercise,
        judge: done,
      });
    }
  }
  return claims;
}

/**
 * True if every failure says "not written yet". An exercise with `waitsFor` may also wait for another.
 *
 * @param {import('../run/status.js').Status} status
 */
const isUnwritten = ({ exercise, state, checks }) =>
  state === 'waits'
    ? exercise.waitsFor !== undefined
    : state === 'todo' && checks.every(({ failure }) => !failure || failure.kind === 'todo');

/** @typedef {import('../run/entries.js').Entry} Entry */

/**
 * @param {Claim[]} claims
 * @param {Day[]} days
 * @returns {Promise<{ wrong: Map<Claim, string>, missing: Map<string, string> }>} the claims that are not true, and why; the
 *   exercises that could not be checked, by their ids, and what they need
 */
async function judge(claims, days) {
  const [wrong, missing] = [new Map(), new Map()];
  const variants = new Map(claims.map(({ id, variant }) => [id, variant]));
  const paths = claims.flatMap(({ id, day, only }) => {
    return (only ? suiteOf(day, only) : suitesOf(day)).map((path) => `${path}?variant=${id}`);
  });
  const { checks, errors } = await runSuites(paths, { days, variants });
  for (const claim of claims) {
    const results = new Map(
      [...checks].filter(([module]) => variantOf(module) === claim.id).flatMap(([, exercises]) => [...exercises]),
    );
    const exercises = claim.only ? [claim.only] : [...core(claim.day), ...bonus(claim.day)];
    // For mistakes and solved exercises, what they wait for has not been run, because it is solved.
    const all = statuses(exercises, results);
    for (const one of all) if (one.state === 'missing') missing.set(one.exercise.id, one.missing);
    if (claim.about && missing.has(claim.about.id)) continue;
    const problem = claim.judge(all);
    if (problem) wrong.set(claim, problem);
  }
  if (errors.length > 0) wrong.set(claims[0], errors.join('\n'));
  return { wrong, missing };
}

/** @param {import('../run/status.js').Status} status @param {string[]} says @returns {string | undefined} */
function caught(status, says) {
  const failures = status.checks.flatMap(({ name, failure }) =>
    failure
      ? [{ name, kind: failure.kind, text: `${failure.message}\ngot ${failure.actual}\nexpected ${failure.expected}` }]
      : [],
  );
  if (failures.length === 0) return status.checks.length ? 'The suite lets it pass.' : 'No check of this exercise ran.';
  if (failures.some(({ kind }) => kind === 'todo' || kind === 'waits')) return 'It counts as not written yet.';
  const missing = says.filter((words) => !failures.some(({ text }) => text.includes(words)));
  return missing.length
    ? `Caught, but not with the words "${missing.join('", "')}". It says:\n${failures.map(({ name, text }) => `${name}: ${text}`).join('\n')}`
    : undefined;
}

/** @param {import('../run/status.js').Status} status @returns {string} */
const told = ({ exercise, state, checks }) =>
  `${exercise.id} is "${state}"${checks.length ? '' : ', no check ran'}: ${checks
    .flatMap(({ name, failure }) => (failure ? [`${name}: ${failure.kind}, ${failure.message}`] : []))
    .slice(0, 3)
    .join('; ')}`;

/** @param {Day} day @param {Exercise} exercise */
function solutionOf(day, exercise) {
  const code = read(`solutions/${fileOf(day, exercise)}`);
  const place = findFunction(code, exercise.name);
  return { file: fileOf(day, exercise), name: exercise.name, code: place ? code.slice(place.start, place.end) : '' };
}

/**
 * The claims about the files themselves.
 *
 * @param {Day} day
 * @param {string[]} stubs the ids of exercises that are not finished
 * @returns {[string, string | undefined][]}
 */
function filesOf(day, stubs) {
  /** @type {[string, string | undefined][]} */
  const claims = [];
  const at = `day ${day.number}`;
  const entries = { mistakes: readEntries(day, 'mistakes'), alternatives: readEntries(day, 'alternatives') };
  for (const exercise of without(day, stubs).exercises) {
    for (const [kind, least] of /** @type {const} */ ([
      ['mistakes', 2],
      ['alternatives', 1],
    ])) {
      const there = entries[kind].filter((entry) => entry.exercise === exercise).length;
      claims.push([
        `${exercise.id}: its ${kind}`,
        there < least
          ? `${there} in tools/catalogue/day${day.number}/${kind}.md; at least ${least} are wanted.`
          : undefined,
      ]);
    }
    for (const [kind, all] of Object.entries(entries)) {
      for (const { title, edits } of all.filter((entry) => entry.exercise === exercise))
        claims.push([`${exercise.id}: "${title}" of its ${kind} fits the solution`, misfit(edits)]);
    }
    claims.push([
      `${exercise.id}: its hints`,
      exercise.hints.length < 2 ? 'It needs at least two hints. The last one is nearly the answer.' : undefined,
    ]);
  }
  const recorded = starters();
  for (const path of new Set(day.exercises.map((exercise) => fileOf(day, exercise)))) {
    const lines = (/** @type {string} */ file) => withoutBox(read(file)).split('\n').length - 1;
    claims.push([`${path}: at most 60 lines without its box`, lines(path) > 60 ? `${lines(path)} lines` : undefined]);
    const names = day.exercises.filter((exercise) => fileOf(day, exercise) === path).map(({ name }) => name);
    claims.push([
      `${path} and solutions/${path} agree around the exercises`,
      differences(read(path), read(`solutions/${path}`), names).join('\n') || undefined,
    ]);
    claims.push([
      `solutions/${path}: under 120 lines`,
      lines(`solutions/${path}`) >= 120 ? `${lines(`solutions/${path}`)} lines` : undefined,
    ]);
    claims.push([
      `${at}: ${path} is the recorded starter`,
      recorded[path] === readLines(path)
        ? undefined
        : 'It differs from tools/starters.json. If it is the new starter: npm run starters',
    ]);
  }
  const lost = lostImports([day.folder, `solutions/${day.folder}`]);
  claims.push([`${at}: every import leads to a file, also under the condition solution`, lost.join('\n') || undefined]);
  return claims;
}

/** @param {import('../run/source.js').Edit[]} edits @returns {string | undefined} why they can't be made in the reference solution */
function misfit(edits) {
  const files = new Map(edits.map(({ file }) => [file, read(`solutions/${file}`)]));
  try {
    for (const edit of edits) files.set(edit.file, applyEdit(/** @type {string} */ (files.get(edit.file)), edit));
  } catch (/** @type {any} */ error) {
    return `It no longer fits solutions/${edits[0].file}: ${error.message}`;
  }
  return undefined;
}

/** The slow tests, and those with a real browser. @param {Day[]} days @returns {string[]} absolute paths */
function slowTests(days) {
  const folders = [
    'tools/tests/slow',
    ...days.flatMap((day) => ['page', 'bonus', 'demo'].map((room) => `${day.folder}/${room}`)),
  ];
  return folders.flatMap((folder) => {
    const path = join(root, folder);
    if (!existsSync(path)) return [];
    const wanted = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) =>
      folder === 'tools/tests/slow' ? name.endsWith('.test.ts') : name.endsWith('.browser.test.ts'),
    );
    return wanted.map((name) => join(path, name).replaceAll('\\', '/'));
  });
}
