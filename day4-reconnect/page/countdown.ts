import type { State } from '#day4/given/types.ts';
import { backoffDelay } from '#solutions/day4-reconnect/backoff.ts';
import { fact, find } from './facts.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
/** The longest delay that this attempt can have. */
export const limitOf = (attempt: number): number => backoffDelay(attempt, { random: () => 1 });

/** The default of idleTimeoutMs. */
const IDLE_MS = 30_000;
const WORDS = {
  idle: '',
  connecting: 'an attempt is on its way',
  open: '',
  down: 'the connection is lost, and no retry is planned',
  'gave up': 'no further attempt, unless you press "Retry now"',
  closed: 'for good',
};

/**
 * Shows how long the client still waits, as a number and as a bar: the whole bar is the limit of this attempt. While the client is open,
 * the bar is the silence, and the whole of it is the idle time. @param silenceMs since something arrived
 */
export function showCountdown(state: State, silenceMs: number): void {
  const bar = find('against');
  find('countdown').dataset.state = state.name;
  if (state.name !== 'waiting') {
    fact('seconds', state.name === 'connecting' ? 'trying' : state.name);
    const isOpen = state.name === 'open';
    fact('bound', isOpen ? `silence: ${Math.floor(silenceMs / 1000)} s of ${IDLE_MS / 1000} s` : WORDS[state.name]);
    bar.style.setProperty('--left', '0%');
    bar.style.setProperty('--drawn', isOpen ? `${Math.min(100, (100 * silenceMs) / IDLE_MS)}%` : '0%');
    return;
  }
  const left = Math.max(0, state.until - performance.now());
  const limit = Math.max(limitOf(state.attempt), state.delayMs);
  fact('seconds', seconds(left));
  fact('bound', `retry ${state.attempt + 1}: drawn ${seconds(state.delayMs)}, of at most ${seconds(limit)}`);
  bar.style.setProperty('--left', `${(100 * left) / state.delayMs}%`);
  bar.style.setProperty('--drawn', `${(100 * state.delayMs) / limit}%`);
}

/** How long the timeline is. */
const SPAN_MS = 60_000;

/** The states of the last minute, as a strip: one piece per state. */
export class Timeline {
  readonly #pieces: { name: State['name']; from: number }[] = [];
  #attempts: number[] = [];

  add({ name }: State): void {
    const now = performance.now();
    // A copy of a state, such as `open` once more when it has joined, is the same piece.
    if (this.#pieces.at(-1)?.name === name) return;
    this.#pieces.push({ name, from: now });
    if (name === 'connecting') this.#attempts.push(now);
  }

  show(): void {
    const now = performance.now();
    const end = (i: number): number => this.#pieces[i + 1]?.from ?? now;
    while (this.#pieces.length > 1 && end(0) < now - SPAN_MS) this.#pieces.shift();
    this.#attempts = this.#attempts.filter((at) => at > now - SPAN_MS);
    find('timeline').replaceChildren(
      ...this.#pieces.map(({ name, from }, i) => {
        const piece = document.createElement('span');
        piece.dataset.state = name;
        const start = Math.max(0, 1 - (now - from) / SPAN_MS);
        piece.style.setProperty('--start', `${100 * start}%`);
        piece.style.setProperty('--width', `${100 * (1 - (now - end(i)) / SPAN_MS - start)}%`);
        return piece;
      }),
    );
    fact('attempts', `${this.#attempts.length}`);
  }
}
