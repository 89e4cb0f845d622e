/** How a delay is computed. */
export interface Backoff {
  /** the upper limit of the first delay, in ms */
  baseMs?: number;
  /** the upper limit of every delay, in ms */
  capMs?: number;
  /** returns a number from 0 up to, but not including, 1 */
  random?: () => number;
}

/**
 * How long to wait before a retry, by truncated exponential backoff with full jitter: a random delay from 0 up to a limit. The limit is
 * baseMs · 2^attempt, but never more than capMs (RFC 6455 §7.2.3). Calls `random` once per delay. Fractions of a ms are fine.
 *
 * @param attempt 0 for the first retry; it may become very large
 * @returns ms
 */
export function backoffDelay(
  attempt: number,
  { baseMs = 1000, capMs = 30_000, random = Math.random }: Backoff = {},
): number {
  // 2 ** 2000 is Infinity, and Math.min copes with that.
  return random() * Math.min(capMs, baseMs * 2 ** attempt);
}

/**
 * Whether another attempt may end better, judged by the close code alone. True if nobody said why the connection ended: no code, a cut
 * line, failed TLS. Also true if the server says that its trouble will pass: it goes away, restarts, is broken or busy, or sits behind
 * a bad gateway. False for every other code, also for one that nobody knows (RFC 6455 §7.4).
 */
export function shouldRetry(code: number): boolean {
  return [1001, 1005, 1006, 1011, 1012, 1013, 1014, 1015].includes(code);
}
