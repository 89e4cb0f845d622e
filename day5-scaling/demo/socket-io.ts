/** Compares day 5's chat with the same chat on Socket.IO and its Redis adapter: code, bytes, time. `npx tsx day5-scaling/demo/socket-io.ts` */
import { ask, startRedis, type Redis } from '#tools/brokers/redis.ts';
import { fail } from '#tools/serve.ts';
import { readOptions } from './socket-io/options.ts';

const options = readOptions();
const { show } = await import('./socket-io/show.ts').catch((error: NodeJS.ErrnoException) => {
  if (error.code === 'ERR_MODULE_NOT_FOUND' && /socket\.io/.test(error.message))
    return fail('This demonstration needs Socket.IO. Install it once with: npm run extras');
  throw error;
});
const redis = await findRedis();
await show(redis, options).catch((error: Error) => fail(error.message));
await redis.stop();

async function findRedis(): Promise<Redis> {
  const { REDIS_URL: url } = process.env;
  try {
    if (!url) return needReal(await startRedis());
    const answer = await ask(url);
    if (answer.there === 'redis')
      return needReal({ url, kind: answer.kind, version: answer.version, stop: async () => {} });
    return fail(
      answer.there === 'nothing'
        ? 'Nothing listens at REDIS_URL. Start a Redis there, or remove the variable.'
        : `The server at REDIS_URL is not a Redis that this demonstration can use: ${answer.reason}.`,
    );
  } catch (error) {
    return fail(`${url ? 'REDIS_URL: ' : ''}${(error as Error).message}`);
  }
}

/** The adapter subscribes by pattern and counts the nodes by their subscriptions: PSUBSCRIBE, PUBSUB NUMSUB. */
function needReal(redis: Redis): Redis {
  if (redis.kind === 'redis-server') return redis;
  return fail(
    "Socket.IO's adapter needs a real Redis: the course's stand-in has no PSUBSCRIBE and no PUBSUB. How to install one: npm run doctor",
  );
}
