/** What `npm run exam` shows: one line per trial, and below it what held, or what didn't, why, and where to look. Text in, text out. */
import chalk from 'chalk';
import { core } from './catalogue.js';
import { placeIn, placeOf } from './place.js';
import { count, wrap } from './report.js';
import { findFunction } from './source.js';
import { fileOf } from './words.js';

/**
 * @typedef {object} Verdict about one trial
 * @property {string} tried
 * @property {string} blames the exercise that the trial is about
 * @property {boolean} together it tries everything at once
 * @property {string} [held] what the code stood up to: then it passed
 * @property {import('./events.js').CheckFailure} [failure] neither of the two: it was not tried
 *
 * @typedef {import('./catalogue.js').Day} Day
 * @typedef {import('./catalogue.js').Exercise} Exercise
 */

/** Gathers the verdicts while the exam runs. */
export class Verdicts {
  /** @type {Verdict[]} in the order of the exam */
  all = [];
  /** @type {Verdict | undefined} the trial that runs */
  #running;
  #said = 0;

  /** @param {import('./events.js').CheckEvent} event of the kit */
  take(event) {
    if (event.type === 'trial' && !this.#of(event))
      this.all.push({ tried: event.check, blames: event.exercise, together: event.together });
    if (event.type === 'start') this.#running = this.#of(event);
    if (event.type === 'held' && this.#running) this.#running.held = event.words;
    const mine = event.type === 'end' || event.type === 'late' ? this.#of(event) : undefined;
    if (mine && 'failure' in event) mine.failure ??= event.failure;
  }

  /**
   * What ended without a word, such as an endless loop, is known only when all is over.
   *
   * @param {Map<string, import('./vitest.js').CheckResult[]>} results of each exercise
   */
  close(results) {
    for (const one of this.all)
      one.failure ??= results.get(one.blames)?.find(({ name }) => name === one.tried)?.failure;
  }

  /** Those that are known now and were not given before, in order. @param {boolean} [isOver] then those that were not tried, too */
  news(isOver = false) {
    const from = this.#said;
    while (this.#said < this.all.length && (isOver || isKnown(this.all[this.#said]))) this.#said++;
    return this.all.slice(from, this.#said);
  }

  /** @param {{ exercise: string, check: string }} event */
  #of({ exercise, check }) {
    return this.all.find(({ tried, blames }) => tried === check && blames === exercise);
  }
}

/** @param {Verdict} one */
const isKnown = ({ held, failure }) => held !== undefined || failure !== undefined;

/** @param {Verdict} one */
export const hasHeld = ({ held, failure }) => held !== undefined && failure === undefined;

/**
 * @param {Day} day
 * @param {Exercise[]} open those that are not written
 * @param {'learner' | 'solution'} base
 * @returns {string}
 */
export function heading(day, open, base) {
  const all = core(day).length;
  const whose = base === 'solution' ? 'the reference solution' : 'your code';
  const title = chalk.bold(`Day ${day.number}, the exam: ${whose} under fire`);
  if (open.length === 0) return title;
  const are = `${open.length} of ${all} exercises ${open.length > 1 ? 'are' : 'is'} not written yet`;
  const ids = open.length < all ? ` (${open.map(({ id }) => id).join(', ')})` : '';
  return `${title}\n\n${are}${ids}; the exam makes sense when npm test day${day.number} is green.`;
}

/**
 * @param {Verdict} one
 * @param {Verdict[]} all
 * @param {Day} day
 * @param {(exercise: Exercise) => string} textOf the learner's file
 * @param {number} columns of the terminal
 * @returns {string} the line of one trial, and what there is to say about it
 */
export function lineOf(one, all, day, textOf, columns) {
  const below = (/** @type {string} */ text) => wrap(text, columns - 6).map((line) => `      ${line}`);
  const { tried, held = '', failure } = one;
  if (hasHeld(one)) return [chalk.green(`  ✓ ${tried}`), ...below(held).map((line) => chalk.dim(line))].join('\n');
  if (!failure)
    return [`  – ${tried}`, ...below('Not tried: the code never came back from an earlier line.')].join('\n');
  const guilty = blamed(one, all, day, textOf);
  if (failure.kind === 'todo' || failure.kind === 'waits')
    return [chalk.dim(`  ○ ${tried}`), ...below(failure.message)].join('\n');
  const isAgain = all.slice(0, all.indexOf(one)).some((other) => other.failure?.message === failure.message);
  const words = isAgain ? 'The same again.' : failure.message.replaceAll('\n', ' ');
  const lines = [chalk.red(`  ✗ ${tried}`), ...below(words)];
  if (guilty && failure.kind !== 'unread')
    lines.push(...below(`Look at ${guilty.exercise.id} ${guilty.exercise.name}: ${guilty.place}`));
  return lines.join('\n');
}

/**
 * The exercise to blame: the one that the trial names, or else the function in which an error was thrown. For a trial that tries everything
 * at once, it is the one that an earlier trial has found already.
 *
 * @param {Verdict} one
 * @param {Verdict[]} all
 * @param {Day} day
 * @param {(exercise: Exercise) => string} textOf
 * @returns {{ exercise: Exercise, place: string } | undefined}
 */
export function blamed(one, all, day, textOf) {
  const { blames, failure, together } = one;
  const earlier = together
    ? all.find((other) => other.failure?.kind === 'fail' || other.failure?.kind === 'hang')
    : one;
  if (earlier && earlier !== one) return blamed(earlier, all, day, textOf);
  const thrownAt = failure && !failure.blames ? placeIn(failure.stack, day) : undefined;
  const [file, line] = thrownAt?.split(':') ?? [];
  const thrower = day.exercises.find((exercise) => {
    return fileOf(day, exercise) === file && holds(textOf(exercise), exercise.name, Number(line));
  });
  const exercise =
    thrower ?? day.exercises.find(({ id }) => id === (failure?.kind === 'fail' && failure.blames) || id === blames);
  if (!exercise) return undefined;
  const at = placeOf(textOf(exercise), exercise).line;
  return {
    exercise,
    place: thrower && thrownAt ? thrownAt : `${fileOf(day, exercise)}${at === undefined ? '' : `:${at}`}`,
  };
}

/** Whether a line is in a function. @param {string} text @param {string} name @param {number} line from 1 on @returns {boolean} */
function holds(text, name, line) {
  try {
    const place = findFunction(text, name);
    const lineAt = (/** @type {number} */ offset) => text.slice(0, offset).split('\n').length;
    return place !== undefined && lineAt(place.start) <= line && line <= lineAt(place.end);
  } catch {
    return false;
  }
}

/**
 * The last lines: what to do next, and the count.
 *
 * @param {Verdict[]} all
 * @param {Day} day
 * @param {(exercise: Exercise) => string} textOf
 * @param {'learner' | 'solution'} base
 * @returns {string}
 */
export function closing(all, day, textOf, base) {
  const passed = all.filter(hasHeld).length;
  const plain = count(passed, all.length - passed);
  const failed = all.find((one) => one.failure?.kind === 'fail' || one.failure?.kind === 'hang');
  const guilty = failed && blamed(failed, all, day, textOf);
  if (passed === all.length && all.length > 0)
    return `${chalk.green(base === 'solution' ? 'Everything held.' : `Everything held. What you built on day ${day.number} survives this.`)}\n${plain}`;
  if (guilty) return `Next: npm test ${guilty.exercise.id}\n${plain}`;
  return `Next: npm test day${day.number}\n${plain}`;
}
