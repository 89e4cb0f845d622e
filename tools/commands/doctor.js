/** `npm run doctor`: what this machine has, and what to do about what is missing. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { root } from '../run/catalogue.js';
import { explain, folderOf, folderProblem, thoroughProblem, tryTemporary } from '../run/set-up.js';

const HOW = 'How to get a real one: apt install redis-server, or brew install redis; on Windows, in WSL.';

/** The packages that only `npm run extras` installs, and what needs them. */
export const EXTRAS = {
  'npx tsx day2-client/demo/formats.ts': ['@msgpack/msgpack', 'protobufjs'],
  'npx tsx day5-scaling/demo/socket-io.ts, and the comparison in npm run bench': [
    'socket.io',
    'socket.io-client',
    '@socket.io/redis-adapter',
  ],
  'bonus 5.c': ['@nats-io/transport-node'],
  'for contributors: tests of the pages in a browser': ['axe-core', 'playwright-core', 'puppeteer-core'],
  'for contributors: npm run typecheck, lint and format': ['typescript', 'oxlint', 'prettier'],
};

/** @typedef {{ sign: '✓' | '–' | '✗', what: string, todo?: string }} Row `–`: not needed by the core exercises */

/** @returns {Promise<number>} 1 if something that the core exercises need is missing */
export async function run() {
  const packages = await thoroughProblem(root);
  const folder = folderProblem(root);
  const rows = [
    good(`Node ${process.versions.node}`),
    packages ? bad(packages) : good('The packages are installed, and each can be loaded'),
    folder ? bad(folder) : writable(),
    await port(8080),
    gitOf(root),
  ];
  // What looks for the others needs the packages and a folder.
  if (rows.every(({ sign }) => sign !== '✗'))
    for (const look of [browser, redis, nats]) rows.push(await look().catch(failed));
  rows.push(extras((name) => folderOf(name, root) !== undefined));
  const paint = await colours();
  for (const { sign, what, todo } of rows) {
    const [first, ...more] = `${what}\n${todo ?? ''}`.trim().split('\n');
    console.log([`${paint[sign](sign)} ${first}`, ...more.map((line) => `    ${line}`)].join('\n'));
  }
  const isSound = rows.every(({ sign }) => sign !== '✗');
  console.log(isSound ? '\nReady. Start here: day1-protocol/README.md' : '\nNot ready yet: see the lines with ✗.');
  return isSound ? 0 : 1;
}

/** @param {string} what @returns {Row} */
const good = (what) => ({ sign: '✓', what });
/** @param {string} what @param {string} [todo] @returns {Row} */
const bad = (what, todo) => ({ sign: '✗', what, todo });
/** @param {string} what @param {string} todo @returns {Row} */
const may = (what, todo) => ({ sign: '–', what, todo });
/** @param {any} error @returns {Row} */
const failed = (error) => bad(explain(error, root) ?? String(error?.message ?? error));

/** @returns {Promise<Record<Row['sign'], (text: string) => string>>} chalk may be one of the packages that are missing */
async function colours() {
  const plain = (/** @type {string} */ text) => text;
  return import('chalk').then(
    ({ default: chalk }) => ({ '✓': chalk.green, '–': chalk.yellow, '✗': chalk.red }),
    () => ({ '✓': plain, '–': plain, '✗': plain }),
  );
}

/** Whether the course can write into its own folder, and into the one for temporary files. @returns {Row} */
function writable() {
  try {
    mkdirSync(join(root, '.course'), { recursive: true });
    rmdirSync(mkdtempSync(join(root, '.course/')));
    tryTemporary();
  } catch (error) {
    return failed(error);
  }
  return good('The folder of the course is fine');
}

/** @param {string} host @param {number} number @returns {Promise<boolean>} whether a program listens there */
async function isTaken(host, number) {
  const server = createServer().listen(number, host);
  try {
    await once(server, 'listening');
    return false;
  } catch (/** @type {any} */ error) {
    return error.code === 'EADDRINUSE'; // a machine without IPv6 says EADDRNOTAVAIL
  } finally {
    server.close();
  }
}

/**
 * A browser that is asked for `localhost` tries both addresses of this machine.
 *
 * @param {number} number
 * @returns {Promise<Row>}
 */
export async function port(number) {
  const todo = `Stop that program (Ctrl+C in its terminal), or take another port: npm start day1 port ${number + 1}`;
  if (await isTaken('127.0.0.1', number))
    return may(`Port ${number} is in use, perhaps by a server that you left running`, todo);
  if (await isTaken('::1', number))
    return may(
      `Another program listens on [::1]:${number}, and localhost:${number} in a browser may lead to it`,
      `Open the address that the server prints, with 127.0.0.1. Or ${todo[0].toLowerCase()}${todo.slice(1)}`,
    );
  return good(`Port ${number} is free`);
}

/**
 * @param {string} folder of the course
 * @returns {Row} whether git can be used there
 */
export function gitOf(folder) {
  const { error, status, stdout, stderr } = spawnSync('git', ['rev-parse', '--show-prefix'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (error)
    return may('git was not found', 'Everything works without it, except npm run diff and updates of the course.');
  const cure = /^\s*(git config .*safe\.directory.*)$/m.exec(stderr)?.[1];
  if (cure)
    return may('git does not trust this folder, because it belongs to another user', `For git pull, run: ${cure}`);
  if (status !== 0 || stdout.trim() !== '')
    return may(
      'This folder has no history of git, as after the download of a ZIP',
      'Everything works without it, except git pull: for an update, download the course again into another folder.',
    );
  return good('git, for npm run diff and for updates');
}

/** @returns {Promise<Row>} */
async function browser() {
  const { tsImport } = await import('tsx/esm/api');
  const { findBrowser } = await tsImport('../tests/helpers/browser.ts', import.meta.url);
  const path = findBrowser();
  return path
    ? good(`A browser for the browser tests: ${path}`)
    : may(
        'No Chrome, Chromium or Edge was found',
        'The pages work in any browser. Only the browser tests are skipped.',
      );
}

/** @returns {Promise<Row>} */
async function redis() {
  const { tsImport } = await import('tsx/esm/api');
  /** @type {typeof import('../brokers/redis.ts')} */
  const { ask, installedRedis } = await tsImport('../brokers/redis.ts', import.meta.url);
  const { REDIS_URL } = process.env;
  if (REDIS_URL) {
    const answers = await Promise.all(
      REDIS_URL.split(',').map((url) =>
        ask(url).catch((error) => ({ there: /** @type {const} */ ('other'), reason: error.message })),
      ),
    );
    const there = answers.find((one) => one.there !== 'redis') ?? answers[0];
    if (there.there === 'redis' && answers.length > 1)
      return good(`${answers.length} servers of Redis at REDIS_URL (${there.kind} ${there.version}), for day 5`);
    if (there.there === 'redis') return good(`A Redis at REDIS_URL (${there.kind} ${there.version}), for day 5`);
    const what = there.there === 'nothing' ? 'nothing listens there' : there.reason;
    return bad(
      `The variable REDIS_URL is set, but it doesn't lead to a Redis that can be used: ${what}`,
      'Start one there, correct the variable, or remove it: then day 5 looks at port 6379, and its suites start their own.',
    );
  }
  const there = await ask('redis://127.0.0.1:6379');
  const version = installedRedis();
  if (there.there === 'redis' && there.kind === 'stand-in' && !version)
    return may(
      'The stand-in on port 6379, for day 5: enough for the exercises',
      `What uses Streams needs a real Redis. ${HOW}`,
    );
  if (there.there === 'redis') return good(`A Redis on port 6379 (${there.kind} ${there.version}), for day 5`);
  if (there.there === 'other')
    return may(
      `Port 6379 is in use, and not by a Redis that can be used: ${there.reason}`,
      'For day 5, take another port: npm run redis 6380 starts one, and says how to use it.',
    );
  if (version) return good(`redis-server ${version}, for day 5: npm run redis starts it`);
  return may(
    'redis-server was not found, or it is older than version 6',
    `npm run redis starts a stand-in, which is enough for the exercises. ${HOW}`,
  );
}

/** @returns {Promise<Row>} */
async function nats() {
  const { tsImport } = await import('tsx/esm/api');
  /** @type {typeof import('../brokers/nats.ts')} */
  const { installedNats } = await tsImport('../brokers/nats.ts', import.meta.url);
  const there = installedNats();
  return there
    ? good(`nats-server ${there.version}, for bonus 5.c`)
    : may(
        'nats-server was not found',
        'Only bonus 5.c needs it, together with npm run extras: apt, brew or choco install nats-server.',
      );
}

/** @param {(name: string) => boolean} isInstalled @returns {Row} what needs `npm run extras`, and whether it is there */
export function extras(isInstalled) {
  const states = Object.entries(EXTRAS).map(([what, names]) => ({
    what,
    missing: names.filter((one) => !isInstalled(one)),
  }));
  const lines = states.map(({ what, missing }) => {
    if (missing.length === 0) return `${what}: installed`;
    return `${what}: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`;
  });
  return states.every(({ missing }) => missing.length === 0)
    ? {
        ...good('The extras are installed. They are for:'),
        todo: lines.map((line) => line.replace(': installed', '')).join('\n'),
      }
    : may(
        'Not everything of npm run extras is installed. It needs the internet, so run it before class. It is for:',
        lines.join('\n'),
      );
}
