/** Waiting that ends: a wait that fails says what it waited for, and what came instead. */
import { Finding } from './exercise.ts';

// Kept from before any fake clock.
const { setTimeout, clearTimeout } = globalThis;
/** A last resort, for a peer that never answers: suites put a fence behind what may not come, and do not run into this. */
export const PATIENCE_MS = 5_000;

/**
 * @param promise what must come
 * @param what it is, in words: "the echo of 'Hi'"
 * @param instead asked when it has not come: what is there instead
 * @throws Finding after five seconds
 */
export function within<T>(promise: Promise<T>, what: string, instead: () => string): Promise<T> {
  const { stack } = new Error();
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(Object.assign(new Finding(`No sign of ${what}, and the wait is over. ${instead()}`), { stack }));
    }, PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
