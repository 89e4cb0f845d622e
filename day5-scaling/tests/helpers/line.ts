/** The Redis of the suites, and lines to it. */
import { note } from '#kit';
import { redisForTests, type Redis } from '#tools/brokers/redis.ts';

export { lineTo } from './line-to.ts';

/** One Redis for all suites of a process, started outside of any check. */
export const redis: Redis = await ((globalThis as { redisOfDay5?: Promise<Redis> }).redisOfDay5 ??=
  redisForTests(note));
