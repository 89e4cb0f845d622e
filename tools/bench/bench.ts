import { availableParallelism } from 'node:os';
import { installedRedis, startRedis } from '#tools/redis/start.ts';
import { CHAT, installed, NODE, PLAIN, SOCKET_IO } from './contenders.ts';
import { withContests } from './contest.ts';
import { deliveries } from './deliveries.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { Progress } from './progress.ts';

const QUICK = { deliveries: { rounds: 3, cpuMs: 40 }, memory: { wanted: 1000 }, latency: { rounds: 3 } };
const FULL = { deliveries: { rounds: 11, cpuMs: 150 }, memory: { wanted: 1000 }, latency: { rounds: 30 } };

/**
 * Measures the reference chat beside plain ws and Socket.IO, and prints tables. Nothing is judged.
 *
 * @param isQuick fewer rounds: under half a minute
 */
export async function bench(isQuick: boolean): Promise<void> {
  const size = isQuick ? QUICK : FULL;
  const redis = installedRedis();
  const socketIo = installed('socket.io', '@socket.io/redis-adapter') ? [SOCKET_IO] : [];
  const chats = [PLAIN, CHAT, NODE, ...socketIo];
  const progress = new Progress();
  const say = (text: string): void => {
    progress.end();
    console.log(`\n${text}`);
  };

  console.log(`Node ${process.versions.node}, ${availableParallelism()} cores, ${redis ? `Redis ${redis}` : 'no Redis'}, ${process.platform}; clients and servers on this machine`);
  console.log(`Medians of ${size.deliveries.rounds} rounds in which each has its turn${isQuick ? '; npm run bench has more' : ''}. Everywhere, less is better.`);
  if (socketIo.length === 0) console.log('Socket.IO is not installed and is left out. To have it: npm run extras');
  if (!redis) console.log('No redis-server is installed: the latency between two nodes is left out. See npm run doctor');

  await withContests(chats, async (contests) => {
    say(await deliveries(contests, size.deliveries, progress));
    say(await memory(contests, size.memory, progress));
  });
  if (!redis) return;
  const { url, stop } = await startRedis();
  try {
    say(await latency([NODE, ...socketIo], url, size.latency, progress));
  } finally {
    await stop();
  }
}
