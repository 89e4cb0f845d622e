/** Waiting that ends: a wait that fails says what it waited for, and what came instead. */
import { exerciseNow, Finding } from './running.ts';

// Kept from before any fake clock.
const { setInterval, clearInterval } = globalThis;
const TICK_MS = 50;
/** A last resort, for a peer that never answers: suites put a fence behind what may not come, and do not run into this. */
const PATIENCE_MS = 3_000;
/** An exercise that has failed by waiting fails: its other checks need not wait as long. */
const IMPATIENCE_MS = 500;
const late = new Set<string>();

/**
 * @param promise what must come
 * @param what it is, in words: "the echo of 'Hi'"
 * @param instead asked when it has not come: what is there instead
 * @throws Finding after three seconds
 */
export function within<T>(promise: Promise<T>, what: string, instead: () => string): Promise<T> {
  return limit(promise, PATIENCE_MS, () => `No sign of ${what}: the check has stopped waiting. ${instead()}`);
}

/**
 * The same with a time and a sentence of one's own.
 *
 * @param ms how long, counted in ticks: a process that gets no processor, or a laptop that sleeps, is not held to it
 * @param words what to say when it has not come
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
