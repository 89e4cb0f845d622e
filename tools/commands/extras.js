/** `npm run extras`: the packages that contributors and some demonstrations need. */
import { spawnSync } from 'node:child_process';
import { root } from '../run/catalogue.js';

/** @returns {Promise<number>} npm's exit code */
export async function run() {
  const npm = process.env.npm_execpath;
  const [command, args] = npm ? [process.execPath, [npm]] : ['npm', []];
  const { status } = spawnSync(command, [...args, 'install', '--include=dev'], { cwd: root, stdio: 'inherit' });
  if (status === 0) console.log('The extras are installed.');
  return status ?? 1;
}
