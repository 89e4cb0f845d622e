/** `npm start day3`, `npm start day3 solution`, `npm start day1 port 9000 lan`: the day's server. */
import { join } from 'node:path';
import { root } from '../run/catalogue.js';
import { runServer } from '../run/server-process.js';
import { PlainError, readWords } from '../run/words.js';

/** @param {string[]} words @returns {Promise<number>} the server's exit code */
export async function run(words) {
  const day = words.filter((word) => /^(day-?)?\d$/i.test(word)).slice(0, 1);
  const { days } = await readWords(day);
  const swallowed = flagsThatNpmKept(words, process.env);
  if (swallowed) throw new PlainError(swallowed);
  if (days.length !== 1)
    throw new PlainError('Say which day: npm start day1, or npm start day1 solution for the finished one');
  const rest = words.filter((word) => !day.includes(word) && word !== 'solution');
  // Plain words become the server's flags: port 9000 → --port 9000, lan → --lan. The server says which words it does not know.
  const flags = rest.map((word, i) =>
    rest[i - 1] === 'port' || word.startsWith('-') || /^\d+$/.test(word) ? word : `--${word}`,
  );
  const condition = words.includes('solution') ? ['--conditions=solution'] : [];
  const env = {
    ...process.env,
    COURSE_START: ['npm start', ...day, ...(words.includes('solution') ? ['solution'] : [])].join(' '),
  };
  return runServer([...condition, join(root, days[0].folder, 'server.ts'), ...flags], env);
}

/**
 * npm keeps flags to itself. Of `npm start day3 --port 9000 --lan` only `day3 9000` arrives, and some variables.
 *
 * @param {string[]} words that arrived
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined} what to type instead; undefined if no flag was lost
 */
export function flagsThatNpmKept(words, env) {
  const {
    npm_config_port: port,
    npm_config_lan: lan,
    npm_config_long: long,
    npm_config_all: all,
    npm_config_broadcast: broadcast,
  } = env;
  const number = words.find((word) => /^\d{2,5}$/.test(word));
  const lost = [];
  if (port) lost.push(`port ${/^\d+$/.test(port) ? port : (number ?? 8081)}`);
  if (lan || (long && all)) lost.push('lan'); // npm reads --lan as -l -a -n, for --long and --all
  if (broadcast) lost.push('broadcast');
  if (lost.length === 0) return undefined;
  const rest = port ? words.filter((word) => word !== number) : words;
  return `npm keeps flags such as --port and --lan to itself. Type the words without dashes: npm start ${[...rest, ...lost].join(' ')}`;
}
