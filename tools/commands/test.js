/** `npm test`, `npm test day3`, `npm test 3.2`, `npm test day3 bonus`, `npm test day3 watch`. */
import { bonus, core, readDays, root, suiteOf } from '../run/catalogue.js';
import { checklist, closing, nextOf, panel, unread, wrap } from '../run/report.js';
import { counted, statuses } from '../run/status.js';
import { runSuites } from '../run/vitest.js';
import { PlainError, readWords } from '../run/words.js';

/** @param {string[]} words @returns {Promise<number>} the exit code */
export async function run(words) {
  if (words.length === 0) return (await import('./self-check.js')).selfCheck();
  const wish = await readWords(words, ['bonus', 'watch', 'verbose']);
  if (wish.days.length === 0) throw new PlainError(`Say which day: npm test day1 ${words.join(' ')}`);
  if (wish.extra.has('watch')) return (await import('../run/watch.js')).watch(words, wish.days);
  const days = await readDays();

  // What an exercise waits for is run with it, so that it can say so.
  const only = [...new Set(wish.exercises.flatMap((one) => withNeeds(one, wish.days)))];
  const modules = wish.days.flatMap((day) =>
    day.exercises.filter(({ id }) => only.includes(id)).flatMap((one) => suiteOf(day, one)),
  );
  /** @type {string[]} */
  const printed = [];
  const { checks, errors, notes } = await runSuites(modules, {
    days,
    only,
    log: (line) => line !== printed.at(-1) && printed.push(line),
  });

  const results = new Map([...checks.values()].flatMap((ofModule) => [...ofModule]));
  const all = [];
  let next;
  for (const day of wish.days) {
    const known = statuses(
      [...core(day), ...bonus(day)].filter((one) => only.includes(one.id)),
      results,
    );
    const mine = known.filter(({ exercise }) => wish.exercises.includes(exercise));
    console.log(`\n${checklist(day, mine)}`);
    all.push(...mine);
    const open = nextOf(mine);
    if (!next && open) next = { day, status: open };
  }
  if (notes.size > 0) console.log(`\n${[...notes].join('\n')}`);
  const shown = wish.extra.has('verbose') ? printed : printed.slice(0, 10);
  if (shown.length > 0) {
    console.log('\nYour code printed:');
    for (const line of shown) console.log(`  | ${line.replaceAll('\n', '\n  | ')}`);
    if (printed.length > shown.length)
      console.log(`  and ${printed.length - shown.length} times more: npm test ${words.join(' ')} verbose`);
  }
  for (const error of new Set(errors)) console.log(`\nOutside of any exercise: ${error.replaceAll(root, '')}`);
  for (const message of unread(all))
    console.log(`\n${wrap(message, Math.min(process.stdout.columns ?? 100, 110)).join('\n')}`);
  if (next && next.status.state !== 'unread') console.log(`\n${panel(next.day, next.status, process.stdout.columns)}`);
  if (wish.extra.has('verbose')) stacks(all);
  console.log(`\n${closing(all, errors.length === 0)}`);
  return counted(all).every(({ state }) => state === 'done') && errors.length === 0 ? 0 : 1;
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
