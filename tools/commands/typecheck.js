/** `npm run typecheck`: tsc over everything, once for the learner's files and once for the solutions. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../run/catalogue.js';
import { starters } from '../run/files.js';
import { codeFolders, lostImports } from '../run/imports.js';
import { PlainError } from '../run/words.js';

/** @returns {Promise<number>} */
export async function run() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  if (!existsSync(tsc)) throw new PlainError('TypeScript is not installed: npm run extras');
  // If a solution were missing, tsc would check the starter twice.
  const missing = Object.keys(starters()).filter((path) => !existsSync(join(root, 'solutions', path)));
  for (const path of missing) console.log(`solutions/${path} is missing: ${path} has no solution.`);
  // Under the condition `solution` tsc falls back to the learner's file, and Node doesn't.
  const lost = lostImports(await codeFolders());
  for (const problem of lost) console.log(problem);
  const passes = [[], ['--customConditions', 'solution']].map((args) =>
    spawnSync(process.execPath, [tsc, '--pretty', 'false', ...args], { cwd: root, encoding: 'utf8' }),
  );
  const said = new Set(passes.flatMap(({ stdout, stderr }) => errorsIn(stdout + stderr)));
  for (const error of said) console.log(error);
  const sound = missing.length === 0 && lost.length === 0 && passes.every(({ status }) => status === 0);
  console.log(
    sound ? 'The types are right, with the starters and with the solutions.' : 'There are type errors: see above.',
  );
  return sound ? 0 : 1;
}

/** Each error with the indented lines that explain it. @param {string} output of tsc @returns {string[]} */
export const errorsIn = (output) =>
  output
    .split(/\r?\n(?!\s)/)
    .map((error) => error.trimEnd())
    .filter(Boolean);
