/** `npm test`, `npm test day3`, `npm test 3.2`, `npm test day3 bonus`, `npm test day3 watch`. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bonus, core, readDays, root, suiteOf } from '../run/catalogue.js';
import { read } from '../run/files.js';
import { handOver } from '../run/hand-over.js';
import { cleanLines, toShow } from '../run/prints.js';
import { checklist, closing, nextOf, otherFailures, panel, printed, unread, whereNext, wrap } from '../run/report.js';
import { counted, statuses } from '../run/status.js';
import { runSuites } from '../run/vitest.js';
import { fileOf, PlainError, readWords } from '../run/words.js';

/** @param {string[]} words @returns {Promise<number>} the exit code */
export async function run(words) {
  if (words.length === 0) return (await import('./self-check.js')).selfCheck();
  const wish = await readWords(words, ['bonus', 'watch', 'verbose']);
  if (wish.days.length === 0) throw new PlainError(`Say which day: npm test day1 ${words.join(' ')}`);
  if (wish.extra.has('watch')) return (await import('../run/watch.js')).watch(words, wish.days);
  const days = await readDays();

  // The exercises that it waits for run as well, so that the list can say that it waits.
  const only = [...new Set(wish.exercises.flatMap((one) => withNeeds(one, wish.days)))];
  const modules = wish.days.flatMap((day) =>
    day.exercises.filter(({ id }) => only.includes(id)).flatMap((one) => suiteOf(day, one)),
  );
  /** @type {import('../run/prints.js').Print[]} */
  const prints = [];
  const { checks, errors, notes } = await runSuites(modules, {
    days,
    only,
    log: (text, exercise, check) => {
      for (const line of cleanLines(text, process.stdout.isTTY)) prints.push({ line, exercise, check });
    },
  });

  if (process.stdout.isTTY && !process.env.COURSE_WATCH) process.stdout.write('\r\u001b[K'); // "Checking …", of course.js
  const results = new Map([...checks.values()].flatMap((ofModule) => [...ofModule]));
  const all = [];
  /** @type {{ day: import('../run/catalogue.js').Day, status: import('../run/status.js').Status } | undefined} */
  let next;
  for (const day of wish.days) {
    const known = statuses(
      [...core(day), ...bonus(day)].filter((one) => only.includes(one.id)),
      results,
    );
    const mine = known.filter(({ exercise }) => wish.exercises.includes(exercise));
    console.log(`\n${checklist(day, mine)}`);
    all.push(...mine);
    const wanted = mine.find(({ exercise, state }) => exercise.id === process.env.COURSE_FOCUS && state !== 'done');
    const open = wanted ?? nextOf(mine);
    if (open && (!next || wanted)) next = { day, status: open };
  }
  if (process.env.COURSE_WATCH) await report(all, next?.status);
  const columns = process.stdout.columns ?? (Number(process.env.COLUMNS) || 100);
  const say = (/** @type {string} */ text) => text && console.log(`\n${text}`);
  say([...notes].join('\n'));
  for (const error of new Set(errors)) say(`Outside of the exercises: ${error.replaceAll(root, '')}`);
  for (const message of unread(all)) say(wrap(message, Math.min(columns, 110)).join('\n'));
  if (next && next.status.state !== 'unread')
    say(panel(next.day, next.status, columns, textOf(next.day, next.status.exercise)));
  say(otherFailures(all, next?.status));
  const verbose = wish.extra.has('verbose');
  if (verbose && prints.length > 0) say(['Your code printed:', ...prints.map(({ line }) => `  | ${line}`)].join('\n'));
  if (!verbose) say(printed(toShow(prints, all, next?.status), `npm test ${words.join(' ')} verbose`));
  if (verbose) stacks(all);
  handOver(all);
  const isDone = counted(all).every(({ state }) => state === 'done') && errors.length === 0;
  const [day] = wish.days.slice(-1);
  const done = counted(all).map(({ exercise }) => exercise);
  const ofDay = done.filter((exercise) => day.exercises.includes(exercise));
  if (isDone && ofDay.length > 0) say(whereNext(day, ofDay, { days, commands: commands() }));
  say(closing(all, errors.length === 0, next?.status));
  return isDone ? 0 : 1;
}

/**
 * Sends the result to `watch`, which started this process.
 *
 * @param {import('../run/status.js').Status[]} all
 * @param {import('../run/status.js').Status} [next]
 * @returns {Promise<void>}
 */
function report(all, next) {
  const states = Object.fromEntries(all.map(({ exercise, state }) => [exercise.id, state]));
  const hint = next?.state === 'fail' ? (next.failed?.failure?.hint ?? 1) : 0;
  return new Promise((resolve) => {
    if (!process.send) return resolve();
    process.send({ states, shown: next?.exercise.id, hint }, () => {
      process.disconnect?.();
      resolve();
    });
  });
}

/** All commands. Each one is a file. @returns {string[]} */
const commands = () => readdirSync(new URL('.', import.meta.url)).map((file) => file.replace('.js', ''));

/** @param {import('../run/catalogue.js').Day} day @param {import('../run/catalogue.js').Exercise} exercise @returns {string} the learner's file */
function textOf(day, exercise) {
  const path = fileOf(day, exercise);
  return existsSync(join(root, path)) ? read(path) : '';
}

/**
 * @param {import('../run/catalogue.js').Exercise} exercise
 * @param {import('../run/catalogue.js').Day[]} days
 * @returns {string[]} its id, and those of all that it builds on
 */
function withNeeds({ id, waitsFor = [] }, days) {
  const all = days.flatMap((day) => day.exercises);
  return [
    id,
    ...waitsFor.flatMap((need) => all.filter((one) => one.id === need).flatMap((one) => withNeeds(one, days))),
  ];
}

/** `verbose`: every failure, with its stack. @param {import('../run/status.js').Status[]} all */
function stacks(all) {
  for (const { exercise, checks } of all) {
    for (const { name, failure } of checks)
      if (failure) console.log(`\n${exercise.id} ${name}\n${failure.stack || failure.message}`);
  }
}
