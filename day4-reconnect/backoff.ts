/*
 * What you have
 *
 *   random(): number      a number from 0 up to, but not including, 1. Use this option, not Math.random: the checks replace it
 *
 * The close codes that a page can see, and what they mean (IANA has the full list):
 *
 *   1000 the work is done         1001 going away: the server stops, or the page was left
 *   1002 protocol error           1003 this kind of data is not accepted     1005 a close frame without a code
 *   1006 no close frame came      1007 invalid UTF-8                         1008 a rule of the application was broken
 *   1009 message too big          1010 a required extension is missing       1011 internal error of the server
 *   1012 the server restarts      1013 try again later                       1014 bad gateway
 *   1015 TLS failed; the browser itself reports it, for example on a hotel's login page
 *   3000 to 4999 an application decided, for example 4001 "not allowed"
 */
import { todo } from '#tools/todo.ts';

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
  // TODO 4.1
  //   1. Work out the upper limit for this attempt.
  //   2. Return a random part of it.
  todo('4.1', 'backoffDelay');
  return 1000;
}

/**
 * Whether another attempt may end better, judged by the close code alone. True if nobody said why the connection ended: no code, a cut
 * line, failed TLS. Also true if the server says that its trouble will pass: it goes away, restarts, is broken or busy, or sits behind
 * a bad gateway. False for every other code, also for one that nobody knows (RFC 6455 §7.4).
 */
export function shouldRetry(code: number): boolean {
  // TODO 4.2
  //   1. Look at each code in the box: could the next attempt end differently?
  //   2. Return true for those codes, and false for all the others.
  todo('4.2', 'shouldRetry');
  return true;
}
