import { availableParallelism, constants, loadavg } from 'node:os';
import { colour } from '#tools/serve/colour.ts';
import { PlainError } from '#tools/run/words.js';
import { clusterMissing } from '#tools/brokers/redis-cluster.ts';
import { installedRedis, startRedis } from '#tools/brokers/redis.ts';
import { brokers } from './brokers.ts';
import { BATCHED, CHAT, installed, JSON_EACH, MINE, NODE, PLAIN, SOCKET_IO, UWS } from './contenders.ts';
import { withContests } from './contest.ts';
import { clients, deliveries } from './deliveries.ts';
import { show, type Table } from './figures.ts';
import { nodes, rooms } from './growth.ts';
import { latency } from './latency.ts';
import { memory, moreMemory } from './memory.ts';
import { mostConnections } from './open-files.ts';
import { Progress } from './progress.ts';
import { keep, save, type Result } from './results.ts';

/** How much is measured. `many`: connections of one process; 0 leaves that out, and how the cost grows with rooms and nodes. */
const QUICK = {
  rounds: 3,
  cpuMs: 40,
  burst: 4000,
  bursts: 2,
  compared: [100, 1000],
  sizes: [10, 1000],
  idle: 1000,
  trips: 3,
  many: 0,
};
const FULL = {
  rounds: 11,
  cpuMs: 150,
  burst: 10_000,
  bursts: Infinity,
  compared: [100, 1000],
  sizes: [10, 100, 1000, 5000],
  idle: 2000,
  trips: 30,
  many: 20_000,
};
const OWN = { ...QUICK, compared: [100] };
/** From so many programs per core on that want to run, others have disturbed the measurement. The bench itself is about one. */
const BUSY = 2;
/** How many texts go through Redis, per round. */
const TEXTS = 6000;
/** With fewer connections, the figures mean nothing. */
const LEAST = 400;

/**
 * Measures the reference chat beside plain ws and Socket.IO, prints tables, and writes them to a file. Nothing is judged.
 *
 * @param which everything; the same, and it is kept for performance.md (`keep`); less of it, in under half a minute (`quick`); or only
 *   the learner's batched writer (`mine`)
 * @throws PlainError if this machine can't do it
 */
export async function bench(which: 'all' | 'keep' | 'quick' | 'mine'): Promise<void> {
  const size = which === 'quick' ? QUICK : which === 'mine' ? OWN : FULL;
  const isFull = size === FULL;
  const redis = installedRedis();
  const socketIo = installed('socket.io', '@socket.io/redis-adapter') ? [SOCKET_IO] : [];
  const uws = installed('uWebSockets.js') ? [UWS] : [];
  const chats = which === 'mine' ? [PLAIN, NODE, MINE] : [PLAIN, CHAT, NODE, BATCHED, ...socketIo];
  const progress = new Progress();
  const tables: Table[] = [];
  const say = (table: Table): void => {
    progress.end();
    tables.push(table);
    console.log(`\n${show(table)}`);
  };

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      progress.end();
      process.exit(128 + constants.signals[signal]); // this ends the other processes, too
    });
  }

  const room = mostConnections();
  if (room < LEAST)
    throw new PlainError(
      'This system lets a process open too few files to measure anything. To raise the limit: ulimit -n 4096',
    );
  const possible = (sizes: number[]): number[] => sizes.filter((clients) => clients * 2 <= room);
  const sizes = possible(size.sizes);

  console.log(colour.bold('What a delivery, a connection and a hop cost in the chat, beside plain ws and Socket.IO'));
  const about = [
    `Node ${process.versions.node}, ${availableParallelism()} cores, ${redis ? `Redis ${redis}` : 'no Redis'}, ${process.platform}; the clients are on the same machine`,
    `Medians of ${size.rounds} rounds, each contender in turn. Less is better.${isFull ? '' : ' More rounds: npm run bench'}`,
  ];
  for (const line of about) console.log(line);
  if (sizes.length < size.sizes.length)
    console.log('Fewer connections than usual: the system limits the open files of a process (ulimit -n)');
  if (socketIo.length === 0)
    console.log('Socket.IO is not installed, so it is left out. To install it: npm run extras');
  if (!redis) console.log('No redis-server is installed, so the hop between two nodes is left out. See npm run doctor');

  progress.begin('starting', 1);
  const contenders = isFull ? [PLAIN, JSON_EACH, ...chats.slice(1), ...uws] : chats;
  const compared = { ...size, sizes: possible(size.compared), perTurn: [1, 16] };
  await withContests(contenders, async (contests) => say(await deliveries(contests, compared, progress)));
  if (which === 'mine') return;
  await withContests(chats, async (contests) => {
    say(await clients(contests, { ...size, sizes }, progress));
    say(await memory(contests, Math.min(size.idle, room - sizes.at(-1)!), progress));
  });
  if (isFull) {
    say(await moreMemory(size.many, room, progress));
    say(await rooms(size, progress));
  }
  if (redis) {
    const { url, stop } = await startRedis();
    try {
      if (isFull) say(await nodes(url, size, progress));
      say(await latency([NODE, ...socketIo], url, size.trips, progress));
    } finally {
      await stop();
    }
    if (isFull && !clusterMissing()) say(await brokers(size.rounds, TEXTS, progress));
  }
  const busy = loadavg()[1] / availableParallelism();
  if (busy > BUSY) about.push(disturbed(busy));
  if (busy > BUSY) console.log(`\n${disturbed(busy)}`);
  const result: Result = { about, tables };
  console.log(`\nAs JSON and as a picture: ${save(result).join(', ')}`);
  if (which === 'keep') console.log(`Kept: ${keep(result).join(', ')}`);
}

/** Measures only one Redis beside a Redis Cluster of three. @throws PlainError if no cluster can be started here */
export async function benchRedis(): Promise<void> {
  const missing = clusterMissing();
  if (missing) throw new PlainError(missing);
  const progress = new Progress();
  console.log(`Medians of ${FULL.rounds} rounds. Less is better.`);
  const table = await brokers(FULL.rounds, TEXTS, progress);
  progress.end();
  console.log(`\n${show(table)}`);
}

const disturbed = (busy: number): string =>
  `Other programs were busy: ${busy.toFixed(0)} wanted to run on each core. The ratios hold, with more noise.`;
