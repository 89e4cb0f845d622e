/** `npm run bench`, `npm run bench quick`: what a delivery, a connection and a hop between two nodes cost, on this machine. */
import { tsImport } from 'tsx/esm/api';
import { PlainError } from '../run/words.js';

/** @param {string[]} words @returns {Promise<number>} 0, whatever the figures are */
export async function run(words) {
  const known = words.map((one) => one.toLowerCase().replace(/^--?/, ''));
  const unknown = words.find((_, i) => known[i] !== 'quick');
  if (unknown)
    throw new PlainError(
      `"${unknown}" is not a word that this command knows.\nThere are: npm run bench (a few minutes), npm run bench quick (half a minute)`,
    );
  /** @type {typeof import('../bench/bench.ts')} */
  const { bench } = await tsImport('../bench/bench.ts', import.meta.url);
  await bench(known.includes('quick'));
  return 0;
}
