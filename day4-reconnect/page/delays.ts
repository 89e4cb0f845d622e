import { backoffDelay } from '#day4/backoff.ts';
import { limitOf } from './countdown.ts';
import { find } from './facts.ts';

const ATTEMPTS = [0, 1, 2, 3, 4, 5, 6];
const DRAWN = 20;
const [WIDTH, ROW, LEFT, CAP] = [300, 20, 34, 30_000];
const at = (ms: number): number => LEFT + (Math.min(Math.max(ms, 0), CAP) / CAP) * (WIDTH - LEFT - 6);

/** Draws delays of the learner's backoffDelay: one row per attempt, one dot per delay, on a bar that ends at the limit. */
export function showDelays(): void {
  const picture = find('delays');
  picture.replaceChildren();
  const words: string[] = [];
  for (const attempt of ATTEMPTS) {
    const [y, limit] = [attempt * ROW, limitOf(attempt)];
    const label = add('text', { x: 0, y: y + 14 });
    label.textContent = `${limit / 1000} s`;
    add('rect', { x: LEFT, y: y + 3, width: Math.max(at(limit) - LEFT, 2), height: 14 });
    const delays = Array.from({ length: DRAWN }, () => backoffDelay(attempt)).filter(Number.isFinite);
    for (const delay of delays) add('circle', { cx: at(delay), cy: y + 10, r: 3 });
    words.push(
      `limit ${limit / 1000} s: ${(Math.min(...delays) / 1000).toFixed(1)} to ${(Math.max(...delays) / 1000).toFixed(1)} s`,
    );
  }
  picture.setAttribute('aria-label', `Your delays. ${words.join('; ')}`);

  function add(name: string, attributes: Record<string, number>): Element {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value.toFixed(1));
    return picture.appendChild(element);
  }
}
