import { backoffDelay } from '#solutions/day4-reconnect/backoff.ts';

/** How a client chooses its delay. The limit v is min(cap, base · 2^attempt). */
export const POLICIES = {
  'no jitter': { formula: 'v', delay: (attempt: number) => backoffDelay(attempt, { random: () => 1 }) },
  'equal jitter': {
    formula: 'v/2 + random(0, v/2)',
    delay: (attempt: number, random: () => number) => backoffDelay(attempt, { random: () => 0.5 + random() / 2 }),
  },
  'full jitter': {
    formula: 'random(0, v)',
    delay: (attempt: number, random: () => number) => backoffDelay(attempt, { random }),
  },
} as const;
export type Policy = keyof typeof POLICIES;

export interface Herd {
  /** when each client was back, in ms after it lost its connection; in ascending order */
  back: number[];
  /** the most arrivals in one tenth of a second */
  peak: number;
  /** failed attempts of all clients together */
  failed: number;
}

/** All clients lose their connection at 0. An attempt before `outageMs` is refused; a later one succeeds. */
export function simulate(policy: Policy, clients: number, outageMs: number, random: () => number): Herd {
  let failed = 0;
  const back = Array.from({ length: clients }, () => {
    let at = 0;
    for (let attempt = 0; ; attempt++) {
      at += POLICIES[policy].delay(attempt, random);
      if (at >= outageMs) return at;
      failed++;
    }
  }).sort((a, b) => a - b);
  return { back, peak: Math.max(...histogram(back, 100)), failed };
}

/** How many of `times` are in each interval of `width` ms, from 0 on. */
export function histogram(times: number[], width: number): number[] {
  const counts = Array.from({ length: Math.floor(Math.max(...times.slice(-1)) / width) + 1 }, () => 0);
  for (const time of times) counts[Math.floor(time / width)]++;
  return counts;
}
