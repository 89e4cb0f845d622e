/** `npm test`: is the course sound? Every reference solution against its suite, and the tools' own tests. */
import chalk from 'chalk';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bonus, core, readDays, root, suiteOf, suitesOf } from '../run/catalogue.js';
import { codeFolders, lostImports } from '../run/imports.js';
import { count } from '../run/report.js';
import { counted, statuses } from '../run/status.js';
import { runSuites } from '../run/vitest.js';

/** @returns {Promise<number>} 0 where the course is sound, whatever the learner's progress */
export async function selfCheck() {
  const days = await readDays();
  const folder = join(root, 'tools/tests').replaceAll('\\', '/');
  const own = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /\.test\.(ts|js)$/.test(name))
        .map((name) => `${folder}/${name}`)
    : [];
  const reference = days.flatMap((day) => suitesOf(day)).map((path) => `${path}?variant=solution`);
  const sound = await runSuites([...reference, ...own], {
    days,
    variants: new Map([['solution', { base: 'solution' }]]),
  });
  const mine = await runSuites(
    days.flatMap((day) => core(day).flatMap((exercise) => suiteOf(day, exercise))),
    { days },
  );

  let [passed, failed, done, total] = [0, 0, 0, 0];
  let next;
  console.log(chalk.bold('\nWebSockets in 5 days\n'));
  console.log('           the course               your work');
  for (const day of days) {
    const results = merge(sound.checks, day.folder);
    const reference = statuses([...core(day), ...bonus(day)], results);
    const there = counted(reference);
    const bad = there.filter(({ state }) => state !== 'done');
    const learner = statuses(core(day), merge(mine.checks, day.folder));
    const written = learner.filter(({ state }) => state === 'done').length;
    passed += there.length - bad.length;
    failed += bad.length;
    done += written;
    total += learner.length;
    if (written < learner.length) next ??= day;
    const says = bad.length
      ? chalk.red('✗ broken'.padEnd(25))
      : chalk.green(`✓ ${core(day).length} core, ${there.length - core(day).length} bonus`.padEnd(25));
    console.log(
      `  day ${day.number}    ${says}${'■'.repeat(written)}${'□'.repeat(learner.length - written)}  ${written} of ${learner.length}`,
    );
    for (const { exercise, missing } of reference) if (missing) console.log(`    ${exercise.id} skipped: ${missing}`);
    for (const { exercise, checks } of bad)
      for (const { name, failure } of checks)
        if (failure) console.log(`    ${exercise.id} ${name}: ${failure.message}`);
  }
  const broken = sound.tests.filter(({ error }) => error);
  passed += sound.tests.length - broken.length;
  failed += broken.length + sound.errors.length;
  console.log(
    `  tools    ${broken.length ? chalk.red(`✗ ${broken.length} of ${sound.tests.length} tests failed`) : chalk.green(`✓ ${sound.tests.length} tests`)}`,
  );
  for (const { name, error } of broken) console.log(`    ${name}\n${error}`);
  for (const error of sound.errors) console.log(`    ${error}`);

  const lost = lostImports(await codeFolders());
  failed += lost.length;
  for (const problem of lost) console.log(`    ${problem}`);

  const todo = next ? `Next: npm test day${next.number}` : 'That is all of them.';
  console.log(
    `\n${failed === 0 ? 'The course is sound.' : 'The course is not sound: see above.'} Your work: ${done} of ${total} exercises. ${todo}`,
  );
  console.log(count(passed, failed));
  return failed === 0 ? 0 : 1;
}

/** One day's results of all its suites. @param {import('../run/vitest.js').Results} checks @param {string} folder */
const merge = (checks, folder) =>
  new Map([...checks].filter(([module]) => module.includes(`/${folder}/`)).flatMap(([, exercises]) => [...exercises]));
