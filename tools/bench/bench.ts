import { availableParallelism, constants } from 'node:os';
import { colour } from '#tools/serve/colour.ts';
import { PlainError } from '#tools/run/words.js';
import { installedRedis, startRedis } from '#tools/brokers/redis.ts';
import { BATCHED, CHAT, installed, MINE, NODE, PLAIN, SOCKET_IO } from './contenders.ts';
import { withContests } from './contest.ts';
import { deliveries } from './deliveries.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { mostConnections } from './open-files.ts';
import { Progress } from './progress.ts';

const QUICK = { rounds: 3, cpuMs: 40, connections: 1000, trips: 3 };
const FULL = { rounds: 11, cpuMs: 150, connections: 5000, trips: 30 };
const SIZES_OF_MINE = [10, 100];
/** With fewer connections, the figures mean nothing. */
const LEAST = 400;

/**
 * Measures the reference chat beside plain ws and Socket.IO, and prints tables. Nothing is judged.
 *
 * @param which everything; the same with fewer rounds, in under half a minute (`quick`); or only the learner's batched writer (`mine`)
 */
export async function bench(which: 'all' | 'quick' | 'mine'): Promise<void> {
  const isQuick = which !== 'all';
  const size = isQuick ? QUICK : FULL;
  const redis = installedRedis();
  const socketIo = installed('socket.io', '@socket.io/redis-adapter') ? [SOCKET_IO] : [];
  const chats = [PLAIN, CHAT, NODE, BATCHED, ...socketIo];
  const progress = new Progress();
  const say = (text: string): void => {
    progress.end();
    console.log(`\n${text}`);
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
  const most = Math.min(1000, Math.floor(room / 2));
  const idle = Math.min(size.connections, room - most);

  console.log(
    colour.bold('What a delivery, an idle connection and a hop cost in the chat, beside plain ws and Socket.IO'),
  );
  console.log(
    `Node ${process.versions.node}, ${availableParallelism()} cores, ${redis ? `Redis ${redis}` : 'no Redis'}, ${process.platform}; the clients are on the same machine`,
  );
  console.log(
    `Medians of ${size.rounds} rounds, each contender in turn. Less is better.${isQuick ? ' More rounds: npm run bench' : ''}`,
  );
  if (which === 'mine') {
    progress.begin('starting', 1);
    const own = { ...size, sizes: SIZES_OF_MINE };
    return withContests([PLAIN, NODE, MINE], async (contests) => say(await deliveries(contests, own, progress)));
  }
  if (idle < size.connections)
    console.log('Fewer connections than usual: the system limits the open files of a process (ulimit -n)');
  if (socketIo.length === 0)
    console.log('Socket.IO is not installed, so it is left out. To install it: npm run extras');
  if (!redis) console.log('No redis-server is installed, so the hop between two nodes is left out. See npm run doctor');

  progress.begin('starting', 1);
  await withContests(chats, async (contests) => {
    say(await deliveries(contests, { ...size, sizes: [10, 100, most] }, progress));
    say(await memory(contests, idle, progress));
  });
  if (!redis) return;
  const { url, stop } = await startRedis();
  try {
    say(await latency([NODE, ...socketIo], url, size.trips, progress));
  } finally {
    await stop();
  }
}
