/** `npm run bench`, `npm run bench quick`, `npm run bench mine`: what a delivery, a connection and a hop between two nodes cost, on this machine. */
import { tsImport } from 'tsx/esm/api';
import { PlainError } from '../run/words.js';

/** @param {string[]} words @returns {Promise<number>} 0, whatever the figures are */
export async function run(words) {
  const known = words.map((one) => one.toLowerCase().replace(/^--?/, ''));
  const unknown = words.find((_, i) => i > 0 || !['quick', 'mine'].includes(known[i]));
  if (unknown)
    throw new PlainError(
      `"${unknown}" is not a word that this command knows here.\nThere are: npm run bench (a few minutes), npm run bench quick (half a minute), npm run bench mine (your bonus 5.d)`,
    );
  /** @type {typeof import('../bench/bench.ts')} */
  const { bench } = await tsImport('../bench/bench.ts', import.meta.url);
  await bench(/** @type {'quick' | 'mine' | undefined} */ (known[0]) ?? 'all');
  return 0;
}
