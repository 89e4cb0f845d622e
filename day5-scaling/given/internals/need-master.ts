import type { RedisClient } from '#day5/given/internals/redis-options.ts';

/** How long a replica may stay one, in ms, before its connections are ended. */
const PATIENCE_MS = 1000;

/** since when each client has been connected to a replica, by performance.now() */
const since = new WeakMap<RedisClient, number>();

/**
 * Makes sure that this Redis is not a replica (a copy of another one). A replica accepts a PUBLISH, but passes it on only to its own
 * subscribers: nodes that use the other servers would get nothing.
 *
 * After a failover, a name or a load balancer may lead to the new master, but only new connections get there. So the connections to a
 * server that stays a replica are ended, and the clients connect again.
 *
 * @throws Error if the Redis behind the clients is a replica
 */
export async function needMaster(publisher: RedisClient, subscriber: RedisClient): Promise<void> {
  const answer = (await publisher.sendCommand(['HELLO'])) as { role?: string } | undefined;
  if (answer?.role !== 'replica') return void since.delete(publisher);
  const first = since.get(publisher) ?? performance.now();
  since.set(publisher, first);
  if (performance.now() - first >= PATIENCE_MS) {
    since.delete(publisher);
    for (const client of [publisher, subscriber]) client.sendCommand(['QUIT']).catch(() => {});
  }
  throw new Error('What answers there is a replica: what is published on it does not reach its master.');
}
