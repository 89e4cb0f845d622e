/** `npm run doctor`: what this machine has, and what to do about what it has not. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import chalk from 'chalk';
import { root } from '../run/catalogue.js';

const HOW = 'A real one: apt install redis-server, or brew install redis; on Windows, in WSL.';

/** @returns {Promise<number>} 1 where something that the core exercises need is missing */
export async function run() {
  const lines = [
    ok(true, `Node ${process.versions.node}`),
    ok(true, 'The packages are installed'),
    root.includes('#')
      ? ok(
          false,
          `The folder's path has a # in it (${root}), and the test runner cannot work there`,
          'Move the course to a folder without #.',
        )
      : ok(true, 'The folder is fine'),
    await port(8080),
    has('git', ['--version'])
      ? ok(true, 'git, for npm run reset and npm run diff')
      : may('git was not found', 'Everything but npm run reset and npm run diff works without it.'),
    await browser(),
    await redis(),
    await nats(),
  ];
  for (const { line } of lines) console.log(line);
  const sound = lines.every(({ bad }) => !bad);
  console.log(sound ? '\nReady. Start here: day1-protocol/README.md' : '\nOne thing is missing: see above.');
  return sound ? 0 : 1;
}

/** @param {boolean} good @param {string} what @param {string} [todo] */
const ok = (good, what, todo) => ({
  bad: !good,
  line: good ? `${chalk.green('✓')} ${what}` : `${chalk.red('✗')} ${what}\n    ${todo}`,
});
/** @param {string} what @param {string} todo */
const may = (what, todo) => ({ bad: false, line: `${chalk.yellow('–')} ${what}\n    ${todo}` });
/** @param {string} command @param {string[]} args */
const has = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** @param {number} number */
async function port(number) {
  const server = createServer().listen(number, '127.0.0.1');
  const free = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]).catch(() => false);
  server.close();
  return free
    ? ok(true, `Port ${number} is free`)
    : may(
        `Port ${number} is in use, perhaps by a server that you left running`,
        'Stop that one (Ctrl+C in its terminal), or take another: npx tsx day1-protocol/server.ts --port 8081',
      );
}

async function browser() {
  const { tsImport } = await import('tsx/esm/api');
  const { findBrowser } = await tsImport('../tests/helpers/browser.ts', import.meta.url);
  const path = findBrowser();
  return path
    ? ok(true, `A browser for the browser tests: ${path}`)
    : may(
        'No Chrome, Chromium or Edge was found',
        'The pages work in any browser; only the browser tests are skipped.',
      );
}

async function redis() {
  const { tsImport } = await import('tsx/esm/api');
  /** @type {typeof import('../brokers/redis.ts')} */
  const { ask, installedRedis } = await tsImport('../brokers/redis.ts', import.meta.url);
  const { REDIS_URL } = process.env;
  if (REDIS_URL) {
    const there = await ask(REDIS_URL).catch((error) => ({
      there: /** @type {const} */ ('other'),
      reason: error.message,
    }));
    if (there.there === 'redis') return ok(true, `A Redis at REDIS_URL (${there.kind} ${there.version}), for day 5`);
    const what = there.there === 'nothing' ? 'nothing listens there' : there.reason;
    return ok(
      false,
      `The variable REDIS_URL is set, and there is no Redis to use: ${what}`,
      'Start one there, correct the variable, or remove it: then day 5 looks at port 6379, and its suites start their own.',
    );
  }
  const there = await ask('redis://127.0.0.1:6379');
  const version = installedRedis();
  if (there.there === 'redis' && there.kind === 'stand-in' && !version)
    return may(
      'The stand-in on port 6379, for day 5: enough for the exercises',
      `What needs Streams needs a real Redis. ${HOW}`,
    );
  if (there.there === 'redis') return ok(true, `A Redis on port 6379 (${there.kind} ${there.version}), for day 5`);
  if (there.there === 'other')
    return may(
      `Port 6379 is in use, and there is no Redis to use: ${there.reason}`,
      'For day 5, take another port: npm run redis 6380 starts one, and says how to use it.',
    );
  if (version) return ok(true, `redis-server ${version}, for day 5: npm run redis starts it`);
  return may(
    'No redis-server was found, or one older than 6',
    `npm run redis starts a stand-in, enough for the exercises. ${HOW}`,
  );
}

async function nats() {
  const { tsImport } = await import('tsx/esm/api');
  /** @type {typeof import('../brokers/nats.ts')} */
  const { installedNats } = await tsImport('../brokers/nats.ts', import.meta.url);
  const there = installedNats();
  return there
    ? ok(true, `nats-server ${there.version}, for bonus 5.c`)
    : may(
        'No nats-server was found',
        'Only bonus 5.c needs one, and npm run extras: apt, brew or choco install nats-server.',
      );
}
