import { LIMITS } from '#day3/given/limits.ts';

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
    // No timer: what has come back is computed when somebody asks.
    const now = this.now();
    this.left = Math.min(this.burst, this.left + ((now - this.at) / 1000) * this.perSecond);
    this.at = now;
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }
}
