import { LIMITS } from '#day3/given/limits.ts';
import { todo } from '#tools/todo.ts';

/** A token bucket, one for each connection: a burst is fine, a flood is not. */
export class RateLimit {
  readonly burst: number;
  readonly perSecond: number;
  readonly now: () => number;
  /** what is left to spend; a message costs 1 */
  left: number;
  /** when `left` was last brought up to date, in ms */
  at: number;

  /** @param options.burst how many at once; @param options.perSecond how many come back; @param options.now the time in ms */
  constructor({ burst = LIMITS.burst, perSecond = LIMITS.perSecond, now = () => performance.now() } = {}) {
    this.burst = burst;
    this.perSecond = perSecond;
    this.now = now;
    this.left = burst;
    this.at = now();
  }

  /** Whether one more message may pass now, and takes it into account. No timer: what has come back is worked out when asked. */
  allow(): boolean {
    // TODO 3.b First what has come back since `this.at`, but never above `this.burst`; then one is taken, if there is one.
    todo('3.b', 'allow');
    return true;
  }
}
