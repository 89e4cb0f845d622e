import { todo } from '#tools/todo.ts';

/** What a delay is made of. */
export interface Backoff {
  /** the bound of the first delay, in ms */
  baseMs?: number;
  /** no delay is longer, in ms */
  capMs?: number;
  /** a number from 0 up to, but not including, 1 */
  random?: () => number;
}

/**
 * How long to wait before an attempt: truncated exponential backoff with full jitter, anything from 0 to
 * min(capMs, baseMs · 2^attempt) (RFC 6455 §7.2.3).
 *
 * @param attempt 0 for the first retry; it may become very large
 * @returns ms
 */
export function backoffDelay(
  attempt: number,
  { baseMs = 1000, capMs = 30_000, random = Math.random }: Backoff = {},
): number {
  // TODO 4.1 The bound doubles with each attempt and never exceeds capMs; the delay is random() times that bound.
  todo('4.1', 'backoffDelay');
  return 1000;
}

/**
 * Whether it makes sense to connect again after a close code. 1001, 1011 to 1014: the server is restarting, broken or busy.
 * 1005, 1006: nobody said why. Any other is final: 1000 is done, 1002 to 1004 and 1007 to 1010 would happen again, 3000 to 4999 is the
 * application's own verdict, such as 4001, and a code that nobody has heard of is no reason to knock (RFC 6455 §7.4; IANA's registry).
 */
export function shouldRetry(code: number): boolean {
  // TODO 4.2 True for the codes of the first two groups above, false for all the others.
  todo('4.2', 'shouldRetry');
  return true;
}
