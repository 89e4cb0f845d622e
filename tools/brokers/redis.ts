/** A Redis to run against: the real server if it is installed, or else the stand-in. */
import { startStandIn } from '#tools/brokers/redis-stand-in.ts';
import { ask } from '#tools/brokers/ask.ts';
import { STAND_IN_VERSION } from '#tools/brokers/stand-in/commands.ts';
import { installedRedis, startServer, type Redis } from '#tools/brokers/redis-server.ts';

export { ask, installedRedis, type Redis };

/**
 * Starts an empty one on 127.0.0.1, and resolves when it answers. It ends with this process, however that ends.
 *
 * @param options.port any free one by default
 * @param options.standIn true: the stand-in, even if redis-server is installed
 * @throws the system's error if the port can't be had, such as EADDRINUSE; if redis-server ends at once, one line of what it printed
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
      // Another program may have taken the port between our look and the start. If any port will do, try another.
      if (port !== 0 || tries === 5 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  const { url, stop } = await startStandIn({ port });
  return { url, kind: 'stand-in', version: STAND_IN_VERSION, stop };
}

/**
 * The Redis for a suite: one of its own on a free port. `REDIS=stand-in` always takes the stand-in. With `REDIS_URL`, that one
 * is used, and nothing is started; but if it lists the servers of a Redis Cluster, it is ignored.
 *
 * @param say called with a line that says which one it is
 * @throws Error if `REDIS_URL` leads to no Redis that can be used
 */
export async function redisForTests(say: (line: string) => void): Promise<Redis> {
  const { REDIS, REDIS_URL } = process.env;
  if (REDIS && REDIS !== 'stand-in') throw new Error(`The variable REDIS can only be stand-in, but it is "${REDIS}".`);
  const url = REDIS || REDIS_URL?.includes(',') ? undefined : REDIS_URL;
  const redis = url ? await already(url) : await startRedis({ standIn: REDIS === 'stand-in' });
  say(`Redis: ${redis.kind} ${redis.version}${url ? ', the one at REDIS_URL' : ''}`);
  return redis;
}

async function already(url: string): Promise<Redis> {
  const answer = await ask(url).catch((error: Error) => {
    throw new Error(`REDIS_URL: ${error.message}`);
  });
  if (answer.there === 'nothing')
    throw new Error('Nothing listens at REDIS_URL. Start a Redis there, or remove the variable.');
  if (answer.there === 'other') throw new Error(`No Redis to use at REDIS_URL: ${answer.reason}.`);
  return { url, kind: answer.kind, version: answer.version, stop: async () => {} };
}
