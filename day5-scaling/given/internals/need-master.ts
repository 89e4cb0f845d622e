import type { RedisClient } from '#day5/given/internals/redis-options.ts';

/**
 * Makes sure that this Redis is not a replica (a copy of another one). A replica accepts a PUBLISH, but passes it on only to its own
 * subscribers: nodes that use the other servers would get nothing.
 *
 * @throws Error if the Redis behind the client is a replica
 */
export async function needMaster(client: RedisClient): Promise<void> {
  const answer = (await client.sendCommand(['HELLO'])) as { role?: string } | undefined;
  if (answer?.role === 'replica')
    throw new Error('What answers there is a replica: what is published on it does not reach its master.');
}
