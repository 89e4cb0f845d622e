import type { RedisClient } from '#day5/given/internals/redis-options.ts';

/**
 * A replica accepts what is published, and hands it only to its own subscribers: nobody at the other servers would hear it.
 *
 * @throws Error if the Redis behind the client is a replica
 */
export async function needMaster(client: RedisClient): Promise<void> {
  const answer = (await client.sendCommand(['HELLO'])) as { role?: string } | undefined;
  if (answer?.role === 'replica')
    throw new Error('What answers there is a replica: what is published on it does not reach its master.');
}
