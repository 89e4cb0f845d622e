/** `npm run bench`: what a delivery, a connection and a hop between two nodes cost, on this machine. Another word measures less, or something else. */
import { tsImport } from 'tsx/esm/api';
import { PlainError } from '../run/words.js';

const WORDS = {
  quick: 'less of it, in half a minute',
  mine: 'your bonus 5.d',
  redis: 'one Redis beside a Redis Cluster of three',
  loop: 'how long npm test day1 takes, and what npm install brings',
  keep: 'for contributors: everything, and performance.md shows it from now on',
};

/** @param {string[]} words @returns {Promise<number>} 0, whatever the figures are */
export async function run(words) {
  const known = words.map((one) => one.toLowerCase().replace(/^--?/, ''));
  const unknown = words.find((_, i) => i > 0 || !Object.hasOwn(WORDS, known[i]));
  if (unknown) {
    const lines = Object.entries(WORDS).map(([word, what]) => `  npm run bench ${word.padEnd(7)} ${what}`);
    throw new PlainError(
      `"${unknown}" is not a word that this command knows here. There are:\n  npm run bench         everything, in a few minutes\n${lines.join('\n')}`,
    );
  }
  if (known[0] === 'loop') {
    /** @type {typeof import('../bench/loop.ts')} */
    const { loop } = await tsImport('../bench/loop.ts', import.meta.url);
    await loop();
    return 0;
  }
  /** @type {typeof import('../bench/bench.ts')} */
  const { bench, benchRedis } = await tsImport('../bench/bench.ts', import.meta.url);
  if (known[0] === 'redis') await benchRedis();
  else await bench(/** @type {'quick' | 'mine' | 'keep' | undefined} */ (known[0]) ?? 'all');
  return 0;
}
