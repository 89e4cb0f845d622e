/**
 * Hands the result of `npm test` over to the class's board, if the learner has joined one (`npm run class join`).
 *
 * `npm test` never waits for the board: it writes the report into a file, and starts a process that delivers all files that are there.
 * What that process can't deliver stays for the next run.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isBonus, root } from './catalogue.js';

/** Has member.json, and one file per report that the board hasn't confirmed. Nothing is in it if the learner hasn't joined a board. */
export const JOINED = join(root, '.course/joined');

/** As many reports as the board remembers. */
const MOST = 50;

/**
 * @param {import('./status.js').Status[]} all what `npm test` has found
 * @param {object} [options]
 * @param {string} [options.folder]
 * @param {number} [options.now] ms since 1970
 * @param {() => void} [options.start] starts the process that delivers
 */
export function handOver(all, { folder = JOINED, now = Date.now(), start = startDelivery } = {}) {
  if (!existsSync(join(folder, 'member.json'))) return;
  const marks = marksOf(all);
  if (Object.keys(marks).length === 0) return;
  try {
    const old = reportsIn(folder);
    for (const name of old.slice(0, Math.max(0, old.length + 1 - MOST))) rmSync(join(folder, name), { force: true });
    const key = randomUUID();
    writeFileSync(join(folder, `${now}-${key}.report.json`), JSON.stringify({ key, at: now, marks }));
    start();
  } catch {
    // A full disk, a folder without rights: nothing of this may be the learner's problem.
  }
}

/** @param {string} folder @returns {string[]} the names of the reports that wait, the oldest first */
export const reportsIn = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.report.json'))
    .sort();

/**
 * @param {import('./status.js').Status[]} all
 * @returns {Record<string, 'done' | 'open' | 'wrong'>} without the bonus, and without what could not be checked here
 */
function marksOf(all) {
  const marks = { done: 'done', todo: 'open', waits: 'open', fail: 'wrong', unread: 'wrong', missing: undefined };
  const known = all.filter(({ exercise, state }) => !isBonus(exercise) && marks[state]);
  return Object.fromEntries(known.map(({ exercise, state }) => [exercise.id, /** @type {'done'} */ (marks[state])]));
}

function startDelivery() {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'tools/serve/class/deliver.ts')], {
    cwd: root,
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
  });
  child.on('error', () => {});
  child.unref();
}
