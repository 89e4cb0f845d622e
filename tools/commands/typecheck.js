/** `npm run typecheck`: tsc over everything, once for the learner's files and once for the solutions. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../run/catalogue.js';
import { PlainError } from '../run/words.js';

/** @returns {Promise<number>} */
export async function run() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  if (!existsSync(tsc)) throw new PlainError('TypeScript is not installed: npm run extras');
  const codes = [[], ['--customConditions', 'solution']].map((args) => spawnSync(process.execPath, [tsc, ...args], { cwd: root, stdio: 'inherit' }).status);
  const sound = codes.every((code) => code === 0);
  console.log(sound ? 'The types hold, with the starters and with the solutions.' : 'The types do not hold: see above.');
  return sound ? 0 : 1;
}
