/** `npm run lint`: Prettier checks the layout, oxlint looks for mistakes. `npm run format` fixes the layout. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../run/catalogue.js';
import { PlainError } from '../run/words.js';

/** @returns {Promise<number>} */
export async function run() {
  const programs = { 'oxlint/bin/oxlint': [], 'prettier/bin/prettier.cjs': ['--check', '--log-level', 'warn', '.'] };
  let isClean = true;
  for (const [program, args] of Object.entries(programs)) {
    const path = join(root, 'node_modules', program);
    if (!existsSync(path)) throw new PlainError('Prettier and oxlint are not installed: npm ci --include=dev');
    isClean = spawnSync(process.execPath, [path, ...args], { cwd: root, stdio: 'inherit' }).status === 0 && isClean;
  }
  console.log(
    isClean ? 'The layout is right, and the linter found nothing.' : 'See above. To fix the layout: npm run format',
  );
  return isClean ? 0 : 1;
}
