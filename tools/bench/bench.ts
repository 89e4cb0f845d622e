import { cpus } from 'node:os';
import { startRedis } from '#tools/redis/start.ts';
import { CHAT, installed, NODE, PLAIN, SOCKET_IO } from './contenders.ts';
import { deliveries } from './deliveries.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { Progress } from './progress.ts';

const QUICK = { deliveries: { rounds: 3, atLeast: 8000 }, latency: { rounds: 3 }, memory: { wanted: 500, rounds: 1 } };
const FULL = { deliveries: { rounds: 9, atLeast: 40_000 }, latency: { rounds: 20 }, memory: { wanted: 5000, rounds: 3 } };

/**
 * Measures the reference chat beside plain ws and Socket.IO, and prints tables. Nothing is judged.
 *
 * @param isQuick fewer rounds: under half a minute
 */
export async function bench(isQuick: boolean): Promise<void> {
  const size = isQuick ? QUICK : FULL;
  const progress = new Progress();
  const say = (text: string): void => {
    progress.end();
    console.log(`\n${text}`);
  };
  const cores = cpus();
  console.log(`Node ${process.versions.node} on ${process.platform}, ${cores.length} cores${cores[0] ? ` (${cores[0].model.trim()})` : ''}. Medians of interleaved runs; the clients are on the same machine.`);

  const socketIo = installed('socket.io', '@socket.io/redis-adapter') ? [SOCKET_IO] : [];
  if (socketIo.length === 0) console.log('Socket.IO is not installed and is not measured: npm run extras');
  const chats = [PLAIN, CHAT, NODE, ...socketIo];

  say(await deliveries(chats, size.deliveries, progress));
  const redis = await startRedis();
  try {
    const figures = await latency([NODE, ...socketIo], redis.url, size.latency, progress);
    say(`${figures}\n  through ${redis.kind === 'stand-in' ? 'the stand-in: no Redis is installed' : `Redis ${redis.version}`}`);
  } finally {
    await redis.stop();
  }
  say(await memory(chats, size.memory, progress));
  if (isQuick) console.log('\nFew runs: the figures vary by a quarter and more. More of them: npm run bench');
}
