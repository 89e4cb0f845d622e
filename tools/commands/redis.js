/** `npm run redis`, `npm run redis stand-in`, `npm run redis 6380`, `npm run redis cluster`: a Redis for day 5, until Ctrl+C. */
import { tsImport } from 'tsx/esm/api';
import { PlainError } from '../run/words.js';

const USUAL_PORT = 6379;
/** The first of a cluster's ports: 7001, 7002 and 7003. */
const CLUSTER_PORT = 7001;

/** @param {string[]} words @returns {Promise<number>} 0 if a Redis was there already, or ran until Ctrl+C */
export async function run(words) {
  const { port, standIn, cluster } = read(words);
  if (cluster) return runCluster(port);
  /** @type {typeof import('../brokers/redis.ts')} */
  const { ask, startRedis } = await tsImport('../brokers/redis.ts', import.meta.url);

  const there = port === 0 ? { there: /** @type {const} */ ('nothing') } : await ask(`redis://127.0.0.1:${port}`);
  if (there.there === 'redis') {
    console.log(
      `A Redis is there already (${there.kind} ${there.version}), on redis://127.0.0.1:${port}: you can use it as it is.`,
    );
    return 0;
  }
  const another = `Choose another port: npm run redis ${port === USUAL_PORT ? 6380 : USUAL_PORT}`;
  if (there.there === 'other')
    throw new PlainError(`Port ${port} is in use, and not by a Redis that can be used (${there.reason}). ${another}`);
  /** @type {import('../brokers/redis.ts').Redis} */
  let redis;
  try {
    redis = await startRedis({ port, standIn });
  } catch (/** @type {any} */ error) {
    throw new PlainError(
      error.code === 'EADDRINUSE' ? `Port ${port} is in use. ${another}` : `${error.message}. ${another}`,
    );
  }
  const end = untilTheEnd({ children: [redis.process], stop: redis.stop }); // before anything is printed: a test that reads it may stop us at once
  console.log(introduction(redis, standIn));
  return end;
}

/** @param {number} port of the first master @returns {Promise<number>} */
async function runCluster(port) {
  /** @type {typeof import('../brokers/redis-cluster.ts')} */
  const { clusterMissing, startCluster } = await tsImport('../brokers/redis-cluster.ts', import.meta.url);
  const missing = clusterMissing();
  if (missing) throw new PlainError(missing);
  console.log('Starting three servers. They need a few seconds to find each other.');
  /** @type {import('../brokers/redis-cluster.ts').RedisCluster} */
  let cluster;
  try {
    cluster = await startCluster({ port });
  } catch (/** @type {any} */ error) {
    const another = `Choose other ports: npm run redis cluster ${port === CLUSTER_PORT ? 7101 : CLUSTER_PORT}`;
    throw new PlainError(
      error.code === 'EADDRINUSE'
        ? `One of the ports ${port} to ${port + 2} is in use. ${another}`
        : `${error.message}. ${another}`,
    );
  }
  const { url, version, masters, stop } = cluster;
  const end = untilTheEnd({ children: masters.map((one) => one.process), stop });
  const ports = masters.map((one) => new URL(one.url).port).join(', ');
  console.log(`Redis Cluster: three masters, redis-server ${version}, on ports ${ports}. Stop it with Ctrl+C.
It starts empty, keeps nothing when it stops, and serves this machine alone. Each master serves a third of the rooms.

Day 5 takes a list of addresses for a cluster:

    REDIS_URL=${url} npm start day5            macOS, Linux
    $env:REDIS_URL = '${url}'; npm start day5  Windows (PowerShell)
`);
  return end;
}

/** @param {string[]} words @returns {{ port: number, standIn: boolean, cluster: boolean }} */
function read(words) {
  const cluster = words.some((word) => /^(--?)?cluster$/i.test(word));
  const wish = { port: cluster ? CLUSTER_PORT : USUAL_PORT, standIn: false, cluster };
  for (const word of words.map((one) => one.toLowerCase().replace(/^--?(?=[a-z])/, ''))) {
    if (word === 'port' || word === 'cluster') continue;
    if (word === 'stand-in' && !cluster) wish.standIn = true;
    else if (/^\d{1,5}$/.test(word) && Number(word) <= (cluster ? 65_533 : 65_535)) wish.port = Number(word);
    else
      throw new PlainError(
        `"${word}" is not a word that this command knows.\nThere are: npm run redis, npm run redis stand-in, npm run redis cluster, and each with a port from 0 to 65535 (0 is any free one): npm run redis 6380`,
      );
  }
  return wish;
}

/** @param {import('../brokers/redis.ts').Redis} redis @param {boolean} asked @returns {string} */
function introduction({ kind, version, url }, asked) {
  const real = `Redis: redis-server ${version} on ${url}. Stop it with Ctrl+C.
It starts empty, keeps nothing when it stops, and serves this machine alone.`;
  const other = `Redis: ${asked ? 'the stand-in' : 'a stand-in, because no redis-server is installed,'} on ${url}. Stop it with Ctrl+C.
It only passes messages on, on this machine. It has no keys, and keeps nothing.
That is enough for the exercises. Streams need a real Redis: npm run doctor`;
  const elsewhere = url.endsWith(`:${USUAL_PORT}`)
    ? `Day 5 finds it there by itself. If you choose another port, such as npm run redis${asked ? ' stand-in' : ''} 6380, tell day 5:`
    : `Day 5 looks at port ${USUAL_PORT}, so give it this address:`;
  const told = url.endsWith(`:${USUAL_PORT}`) ? 'redis://127.0.0.1:6380' : url;
  return `${kind === 'redis-server' ? real : other}

${elsewhere}

    REDIS_URL=${told} npm start day5            macOS, Linux
    $env:REDIS_URL = '${told}'; npm start day5  Windows (PowerShell)
`;
}

/**
 * @param {{ children: (import('node:child_process').ChildProcess | undefined)[], stop: () => Promise<void> }} servers
 * @returns {Promise<number>} the exit code
 */
function untilTheEnd({ children, stop }) {
  return new Promise((resolve) => {
    let stopping = false;
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
      process.on(signal, async () => {
        stopping = true;
        await stop();
        resolve(0);
      });
    }
    // Ctrl+C reaches redis-server, too. If it ends first, its code is 0.
    for (const child of children)
      child?.on('exit', async (code, signal) => {
        if (stopping) return;
        stopping = true;
        console.log(`redis-server has ended${signal ? ` (${signal})` : ''}.`);
        await stop();
        resolve(code ?? 1);
      });
  });
}
