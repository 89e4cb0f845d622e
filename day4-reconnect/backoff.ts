/*
 * What you have
 *
 *   random(): number      a number from 0 up to, but not including, 1. Use this option, not Math.random: the checks replace it
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
  return 1000; // a placeholder, so that the rest works meanwhile: remove it, too
}
