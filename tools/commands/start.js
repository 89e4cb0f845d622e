/** `npm start day3`, `npm start day3 solution`, `npm start day1 port 9000 lan`: the day's server. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { root } from '../run/catalogue.js';
import { PlainError, readWords } from '../run/words.js';

/** @param {string[]} words @returns {Promise<number>} the server's exit code */
export async function run(words) {
  const day = words.filter((word) => /^(day-?)?\d$/i.test(word)).slice(0, 1);
  const { days } = await readWords(day);
  if (days.length !== 1) throw new PlainError('Say which day: npm start day1, or npm start day1 solution for the finished one');
  const rest = words.filter((word) => !day.includes(word) && word !== 'solution');
  // Plain words become the server's flags: port 9000 → --port 9000, lan → --lan. The server says what it does not know.
  const flags = rest.map((word) => (/^\d+$/.test(word) || word.startsWith('-') ? word : `--${word}`));
  const condition = words.includes('solution') ? ['--conditions=solution'] : [];
  const server = spawn(process.execPath, ['--import', 'tsx', ...condition, join(root, days[0].folder, 'server.ts'), ...flags], { cwd: root, stdio: 'inherit' });
  // Ctrl+C reaches the server too: wait for it, so that the terminal is quiet again when we are gone.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => signal === 'SIGTERM' && server.kill());
  return new Promise((resolve) => server.on('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0))));
}
