/** Waiting that ends: a wait that fails says what it waited for, and what came instead. */
import { exerciseNow, Finding } from './running.ts';

// The real timers, taken before any clock is faked.
const { setInterval, clearInterval } = globalThis;
const TICK_MS = 50;
/** A last resort, if a peer never answers. Suites use a fence (a message that must come after) and rarely need this limit. */
const PATIENCE_MS = 3_000;
/** Once an exercise has failed because a wait was too long, its other checks wait only this long. */
const IMPATIENCE_MS = 500;
const late = new Set<string>();

/**
 * @param promise what must come
 * @param what it is, in words: "the echo of 'Hi'"
 * @param instead called if it hasn't come; says what came instead
 * @throws Finding after three seconds
 */
export function within<T>(promise: Promise<T>, what: string, instead: () => string): Promise<T> {
  return limit(promise, PATIENCE_MS, () => `The check waited for ${what}, without success. ${instead()}`.trimEnd());
}

/**
 * The same, with your own time limit and message.
 *
 * @param ms how long, counted in ticks: a laptop that sleeps, or a process that gets no CPU, doesn't use it up
 * @param words what to say if it hasn't come
 * @throws Finding after `ms`; sooner in an exercise that has already waited too long once
 */
export function limit<T>(promise: Promise<T>, ms: number, words: () => string): Promise<T> {
  const { stack } = new Error();
  const exercise = exerciseNow();
  let timer: ReturnType<typeof setInterval>;
  const tooLate = new Promise<never>((_, reject) => {
    let left = (late.has(exercise) ? IMPATIENCE_MS : ms) / TICK_MS;
    timer = setInterval(() => {
      if (--left > 0) return;
      late.add(exercise);
      reject(Object.assign(new Finding(words()), { stack }));
    }, TICK_MS);
  });
  return Promise.race([promise, tooLate]).finally(() => clearInterval(timer));
}
