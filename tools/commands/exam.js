/** `npm run exam day3`, `npm run exam day3 solution`: the day's storm against your code, and a verdict, line by line. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { core, readDays, root } from '../run/catalogue.js';
import { read } from '../run/files.js';
import { placeOf } from '../run/place.js';
import { count } from '../run/report.js';
import { closing, hasHeld, heading, lineOf, Verdicts } from '../run/verdict.js';
import { runSuites } from '../run/vitest.js';
import { fileOf, PlainError, readWords } from '../run/words.js';

/** @param {string[]} words @returns {Promise<number>} 0 only if everything held */
export async function run(words) {
  const days = (await readDays()).filter((day) => existsSync(examOf(day)));
  const { day, base } = await readWish(words, days);
  const folder = base === 'solution' ? 'solutions/' : '';
  const textOf = (/** @type {import('../run/catalogue.js').Exercise} */ exercise) => {
    const path = folder + fileOf(day, exercise);
    return existsSync(join(root, path)) ? read(path) : '';
  };
  const open = core(day).filter((exercise) => placeOf(textOf(exercise), exercise).mark);
  console.log(`${heading(day, open, base)}\n`);
  if (open.length === core(day).length) {
    console.log(count(0, 0));
    return 1;
  }

  const out = process.stdout;
  const columns = Math.min(out.columns ?? (Number(process.env.COLUMNS) || 100), 110);
  const verdicts = new Verdicts();
  const clear = out.isTTY ? '\r\u001b[K' : '';
  const said = new Set();
  const print = (/** @type {boolean} */ isOver) => {
    for (const one of verdicts.news(isOver)) console.log(`${clear}${lineOf(one, verdicts.all, day, textOf, columns)}`);
  };
  const { checks, errors } = await runSuites([`${examOf(day)}?variant=${base}`], {
    days,
    variants: new Map([[base, { base }]]),
    onEvent(event) {
      verdicts.take(event);
      if (event.type === 'note' && !said.has(event.line)) console.log(`${clear}  ${event.line}`);
      if (event.type === 'note') said.add(event.line);
      // In a terminal a line is there while it is tried.
      if (event.type === 'start' && out.isTTY) out.write(`${clear}  … ${event.check}`.slice(0, columns));
      if (event.type === 'end') print(false);
    },
  });
  verdicts.close(new Map([...checks.values()].flatMap((ofExam) => [...ofExam])));
  print(true);
  for (const error of new Set(errors)) console.log(`\nOutside of the exam: ${error.replaceAll(root, '')}`);
  console.log(`\n${closing(verdicts.all, day, textOf, base)}`);
  return verdicts.all.length > 0 && verdicts.all.every(hasHeld) && errors.length === 0 ? 0 : 1;
}

/** @param {import('../run/catalogue.js').Day} day @returns {string} the path of its exam */
const examOf = (day) => join(root, day.folder, 'demo/exam.ts').replaceAll('\\', '/');

/**
 * @param {string[]} words
 * @param {import('../run/catalogue.js').Day[]} days those with an exam
 * @returns {Promise<{ day: import('../run/catalogue.js').Day, base: 'learner' | 'solution' }>}
 * @throws {PlainError} if they don't name one day
 */
async function readWish(words, days) {
  const usage = 'Say which day: npm run exam day1, or npm run exam day1 solution for the reference solution.';
  const wish = await readWords(words, ['solution']).catch(() => undefined);
  if (
    !wish ||
    wish.whole.length !== 1 ||
    wish.single.length > 0 ||
    !days.some(({ number }) => number === wish.whole[0].number)
  ) {
    const known = days.map(({ number }) => `day${number}`).join(', ');
    const strange = words.find((word) => word !== 'solution');
    throw new PlainError(strange ? `No exam for "${words.join(' ')}". These days have one: ${known}.` : usage);
  }
  return { day: wish.whole[0], base: wish.extra.has('solution') ? 'solution' : 'learner' };
}
