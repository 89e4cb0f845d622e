/** `npm run doctor`: what this machine has, and what to do about what it has not. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import chalk from 'chalk';
import { root } from '../run/catalogue.js';

/** @returns {Promise<number>} 1 where something that the core exercises need is missing */
export async function run() {
  const lines = [
    ok(true, `Node ${process.versions.node}`),
    ok(true, 'The packages are installed'),
    root.includes('#') ? ok(false, `The folder's path has a # in it (${root}), and the test runner cannot work there`, 'Move the course to a folder without #.') : ok(true, 'The folder is fine'),
    await port(8080),
    has('git', ['--version']) ? ok(true, 'git, for npm run reset and npm run diff') : may('git was not found', 'Everything but npm run reset and npm run diff works without it.'),
    await browser(),
    redis(),
  ];
  for (const { line } of lines) console.log(line);
  const sound = lines.every(({ bad }) => !bad);
  console.log(sound ? '\nReady. Start here: day1-protocol/README.md' : '\nOne thing is missing: see above.');
  return sound ? 0 : 1;
}

/** @param {boolean} good @param {string} what @param {string} [todo] */
const ok = (good, what, todo) => ({ bad: !good, line: good ? `${chalk.green('✓')} ${what}` : `${chalk.red('✗')} ${what}\n    ${todo}` });
/** @param {string} what @param {string} todo */
const may = (what, todo) => ({ bad: false, line: `${chalk.yellow('–')} ${what}\n    ${todo}` });
/** @param {string} command @param {string[]} args */
const has = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** @param {number} number */
async function port(number) {
  const server = createServer().listen(number, '127.0.0.1');
  const free = await Promise.race([once(server, 'listening').then(() => true), once(server, 'error').then(() => false)]).catch(() => false);
  server.close();
  return free ? ok(true, `Port ${number} is free`) : may(`Port ${number} is in use, perhaps by a server that you left running`, 'Stop that one (Ctrl+C in its terminal), or take another: npx tsx day1-protocol/server.ts --port 8081');
}

async function browser() {
  const { tsImport } = await import('tsx/esm/api');
  const { findBrowser } = await tsImport('../browser.ts', import.meta.url);
  const path = findBrowser();
  return path ? ok(true, `A browser for the browser tests: ${path}`) : may('No Chrome, Chromium or Edge was found', 'The pages work in any browser; only the browser tests are skipped.');
}

function redis() {
  if (process.env.REDIS_URL) return ok(true, `Redis at ${process.env.REDIS_URL}, for day 5`);
  return has('redis-server', ['--version']) ? ok(true, 'redis-server, for day 5') : may('redis-server was not found', 'Day 5 brings a stand-in for it. Nothing to do now.');
}
