/*
 * What you have
 *
 *   this.burst: number       how many tokens fit into the bucket
 *   this.perSecond: number   how many tokens come back each second
 *   this.now(): number       the time now, in ms
 *   this.left: number        how many tokens are left, with fractions
 *   this.at: number          when `left` was last updated, in ms
 */
import { LIMITS } from '#day3/given/limits.ts';
import { todo } from '#tools/todo.ts';

/** A token bucket, one per connection. It starts full, each message costs one token, and tokens come back at a steady rate. */
export class RateLimit {
  readonly burst: number;
  readonly perSecond: number;
  readonly now: () => number;
  /** how many tokens are left, with fractions */
  left: number;
  /** when `left` was last updated, in ms on the clock `now` */
  at: number;

  /**
   * @param options.burst how many tokens fit into the bucket
   * @param options.perSecond how many come back each second
   * @param options.now a clock in ms that never runs backwards, as the time of day may
   */
  constructor({ burst = LIMITS.burst, perSecond = LIMITS.perSecond, now = () => performance.now() } = {}) {
    this.burst = burst;
    this.perSecond = perSecond;
    this.now = now;
    this.left = burst;
    this.at = now();
  }

  /** Returns whether a message may pass now. If so, it spends one token. Fractions of a token count. Sets no timer. */
  allow(): boolean {
    // TODO 3.b So far every message may pass.
    //   1. Add the tokens that have come back since `this.at`. There are never more than `this.burst`.
    //   2. Remember when that was.
    //   3. If there is a whole token, spend it and return true. Otherwise return false.
    todo('3.b', 'allow');
    return true; // a placeholder, so that the rest works meanwhile: remove it, too
  }
}
