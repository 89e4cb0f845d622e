/** A clock that only moves when a suite moves it. Real sockets work as usual meanwhile. */
import { vi } from 'vitest';
import { Finding, onCleanUp } from './running.ts';

/**
 * Fakes the global timers, Date and performance for the rest of the check. A timer that still runs when everything is closed
 * fails the check.
 *
 * Not faked: `node:timers`, `node:timers/promises`, `AbortSignal.timeout`, setImmediate, nextTick.
 */
export function fakeClock(): { advance: (ms: number) => void; timers: () => number } {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
  onCleanUp(() => {
    const left = vi.getTimerCount();
    vi.clearAllTimers();
    vi.useRealTimers();
    if (left > 0)
      throw new Finding(
        `${left} timer${left > 1 ? 's are' : ' is'} still running when everything is closed. A timer that nobody clears keeps the process, and what it refers to, alive.`,
      );
  });
  return { advance: (ms) => void vi.advanceTimersByTime(ms), timers: () => vi.getTimerCount() };
}
