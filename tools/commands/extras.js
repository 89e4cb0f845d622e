/** `npm run extras`: the packages that contributors and some demonstrations need. */
import { spawnSync } from 'node:child_process';
import { root } from '../run/catalogue.js';
import { PlainError } from '../run/words.js';

/** @returns {Promise<number>} npm's exit code */
export async function run() {
  const npm = process.env.npm_execpath;
  if (!npm) throw new PlainError('Run it through npm: npm run extras');
  // pnpm and others set the same variable, and know other words. It may also be a program and not a script for Node.
  if (!/npm-cli\.c?js$/.test(npm))
    throw new PlainError(
      'This command works with npm only. With another package manager, install the devDependencies of package.json.',
    );
  const { status } = spawnSync(process.execPath, [npm, 'install', '--include=dev'], { cwd: root, stdio: 'inherit' });
  if (status === 0) console.log('The extras are installed.');
  return status ?? 1;
}
