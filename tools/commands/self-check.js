/** `npm test`: is the course sound? Runs every reference solution against its suite, the learner's exercises, and the tools' fast tests. */
import chalk from 'chalk';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bonus, core, readDays, root, suiteOf, suitesOf } from '../run/catalogue.js';
import { handOver } from '../run/hand-over.js';
import { codeFolders, lostImports } from '../run/imports.js';
import { progress } from '../run/progress.js';
import { count } from '../run/report.js';
import { counted, statuses } from '../run/status.js';
import { runSuites } from '../run/vitest.js';

/** @returns {Promise<number>} 0 if the course is sound, whatever the learner's progress */
export async function selfCheck() {
  const days = await readDays();
  console.log(chalk.bold('\nWebSockets in 5 days\n'));
  console.log(
    "Checking the course, and how far you are. It takes about 20 seconds.\nTo check one day's exercises: npm test day1\n",
  );
  const folder = join(root, 'tools/tests').replaceAll('\\', '/');
  const own = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /\.test\.(ts|js)$/.test(name))
        .map((name) => `${folder}/${name}`)
    : [];
  const solutions = days.flatMap((day) => suitesOf(day)).map((path) => `${path}?variant=solution`);
  const exercises = days.flatMap((day) => core(day).flatMap((exercise) => suiteOf(day, exercise)));

  const done = progress(solutions.length + exercises.length + own.length);
  const variants = new Map([['solution', /** @type {const} */ ({ base: 'solution' })]]);
  // Two at a time, because a laptop has two cores to spare.
  const tools = runSuites(own, { days, cacheDir: '.course/vite2', onModule: () => done.step("the tools' tests") });
  const mine = await runSuites(exercises, { days, onModule: () => done.step('your exercises') });
  const reference = await runSuites(solutions, { days, variants, onModule: () => done.step('the solutions') });
  const { tests, errors: troubles } = await tools;
  done.end();

  let [passed, failed, written, total] = [0, 0, 0, 0];
  let next;
  console.log('           the course               your work');
  for (const day of days) {
    const all = statuses([...core(day), ...bonus(day)], merge(reference.checks, day.folder));
    const there = counted(all);
    const bad = there.filter(({ state }) => state !== 'done');
    const learner = statuses(core(day), merge(mine.checks, day.folder));
    const finished = learner.filter(({ state }) => state === 'done').length;
    passed += there.length - bad.length;
    failed += bad.length;
    written += finished;
    total += learner.length;
    if (finished < learner.length) next ??= day;
    const says = bad.length
      ? chalk.red('✗ broken'.padEnd(25))
      : chalk.green(`✓ ${core(day).length} core, ${there.length - core(day).length} bonus`.padEnd(25));
    console.log(
      `  day ${day.number}    ${says}${'■'.repeat(finished)}${'□'.repeat(learner.length - finished)}  ${finished} of ${learner.length}`,
    );
    for (const { exercise, missing } of all) if (missing) console.log(`    ${exercise.id} skipped: ${missing}`);
    for (const { exercise, checks } of bad)
      for (const { name, failure } of checks)
        if (failure) console.log(`    ${exercise.id} ${name}: ${failure.message}`);
  }
  handOver(days.flatMap((day) => statuses(core(day), merge(mine.checks, day.folder))));
  const broken = tests.filter(({ error }) => error);
  const errors = [...reference.errors, ...troubles, ...lostImports(await codeFolders())];
  passed += tests.length - broken.length;
  failed += broken.length + errors.length;
  console.log(
    `  tools    ${broken.length ? chalk.red(`✗ ${broken.length} of ${tests.length} tests failed`) : chalk.green(`✓ ${tests.length} tests`)}`,
  );
  for (const { name, error } of broken) console.log(`    ${name}\n${error}`);
  for (const error of errors) console.log(`    ${error}`);

  const course = failed === 0 ? 'The course is sound.' : 'Something in the course is broken: see above.';
  const work = `Your work: ${written} done, ${total - written} to do.`;
  const todo = next ? `Next: npm test day${next.number}` : 'You have finished all five days.';
  console.log(`\n${course} ${work} ${todo}`);
  console.log(count(passed, failed));
  return failed === 0 ? 0 : 1;
}

/** The results of all suites of one day. @param {import('../run/vitest.js').Results} checks @param {string} folder */
const merge = (checks, folder) =>
  new Map([...checks].filter(([module]) => module.includes(`/${folder}/`)).flatMap(([, exercises]) => [...exercises]));
