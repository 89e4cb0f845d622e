/** A Redis to run against: the real server where it is installed, else the stand-in. */
import { startStandIn } from '#tools/brokers/redis-stand-in.ts';
import { ask } from '#tools/brokers/ask.ts';
import { STAND_IN_VERSION } from '#tools/brokers/stand-in/commands.ts';
import { installedRedis, startServer, type Redis } from '#tools/brokers/redis-server.ts';

export { ask, installedRedis, type Redis };

/**
 * Starts one on 127.0.0.1, empty; resolves when it answers. It ends with this process, however that ends.
 *
 * @param options.port without it any free one
 * @param options.standIn true: the stand-in, also where redis-server is installed
 * @throws the system's error where the port cannot be had, such as EADDRINUSE; where redis-server ends at once, one line of what it printed
 */
export async function startRedis({
  port = 0,
  standIn = false,
}: { port?: number; standIn?: boolean } = {}): Promise<Redis> {
  const version = standIn ? undefined : installedRedis();
  for (let tries = 1; version; tries++) {
    try {
      return await startServer(port, version);
    } catch (error) {
      // Between our look and its start somebody else may have got the port. Where any will do, there are others.
      if (port !== 0 || tries === 5 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  const { url, stop } = await startStandIn({ port });
  return { url, kind: 'stand-in', version: STAND_IN_VERSION, stop };
}

/**
 * The Redis for a suite: one of its own on a free port. `REDIS=stand-in` takes the stand-in in any case; with `REDIS_URL` nothing is
 * started, and the one there is taken.
 *
 * @param say is told which it is
 * @throws Error where `REDIS_URL` has no Redis
 */
export async function redisForTests(say: (line: string) => void): Promise<Redis> {
  const { REDIS, REDIS_URL } = process.env;
  if (REDIS && REDIS !== 'stand-in') throw new Error(`REDIS can be stand-in, and nothing else; it is "${REDIS}".`);
  const redis = REDIS_URL && !REDIS ? await already(REDIS_URL) : await startRedis({ standIn: REDIS === 'stand-in' });
  say(`Redis: ${redis.kind} ${redis.version}${REDIS_URL && !REDIS ? ', the one at REDIS_URL' : ''}`);
  return redis;
}

async function already(url: string): Promise<Redis> {
  const answer = await ask(url).catch((error: Error) => {
    throw new Error(`REDIS_URL: ${error.message}`);
  });
  if (answer.there === 'nothing')
    throw new Error('Nothing listens at REDIS_URL. Start one there, or do without the variable.');
  if (answer.there === 'other') throw new Error(`No Redis to use at REDIS_URL: ${answer.reason}.`);
  return { url, kind: answer.kind, version: answer.version, stop: async () => {} };
}
