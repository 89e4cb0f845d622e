/** Waiting that ends: a wait that fails says what it waited for, and what came instead. */
import { exerciseNow, Finding } from './exercise.ts';

// Kept from before any fake clock.
const { setTimeout, clearTimeout } = globalThis;
/** A last resort, for a peer that never answers: suites put a fence behind what may not come, and do not run into this. */
const PATIENCE_MS = 5_000;
/** An exercise that has failed by waiting fails: its other checks need not wait as long. */
const IMPATIENCE_MS = 500;
const late = new Set<string>();

/**
 * @param promise what must come
 * @param what it is, in words: "the echo of 'Hi'"
 * @param instead asked when it has not come: what is there instead
 * @throws Finding after five seconds
 */
export function within<T>(promise: Promise<T>, what: string, instead: () => string): Promise<T> {
  const { stack } = new Error();
  const exercise = exerciseNow();
  let timer: ReturnType<typeof setTimeout>;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      late.add(exercise);
      reject(Object.assign(new Finding(`No sign of ${what}, and the wait is over. ${instead()}`), { stack }));
    }, late.has(exercise) ? IMPATIENCE_MS : PATIENCE_MS);
  });
  return Promise.race([promise, tooLate]).finally(() => clearTimeout(timer));
}
