import { createClient, createCluster, type RedisClusterOptions } from '@redis/client';
import type { RedisClient, settingsFor } from '#day5/given/internals/redis-options.ts';

export interface ClusterOptions {
  /** the addresses of some servers of the cluster. They are asked for the others */
  urls: string[];
  /** see `settingsFor` */
  settings: ReturnType<typeof settingsFor>;
  /** see `RedisClusterOptions`: where to connect to, for each address that the cluster gives */
  nodeAddressMap?: RedisClusterOptions['nodeAddressMap'];
}

export type Cluster = ReturnType<typeof newCluster>;

const withoutRetries = (settings: ClusterOptions['settings']) => ({
  ...settings.socket,
  reconnectStrategy: false as const,
});

/** An ordinary client for each of the addresses, not connected yet. */
export const clientsFor = ({ urls, settings }: ClusterOptions): RedisClient[] =>
  urls.map((url) => createClient({ ...settings, url, socket: withoutRetries(settings) }).on('error', () => {}));

/** Ends a client for good. If it is just connecting, the library's `destroy` alone would not stop it. */
export function end(client: RedisClient): void {
  client.on('connect', () => client.destroy());
  client.destroy();
}

/** Ends a client of a cluster, with all of its connections. */
export function endCluster(cluster: Cluster): void {
  const clients = cluster.masters.flatMap(({ client, pubSub }) => [client, pubSub?.client]);
  // If the library is just looking for the masters, it will still connect to them.
  cluster.on('node-connect', () => cluster.destroy());
  for (const client of clients) if (client) end(client as unknown as RedisClient);
  cluster.destroy();
}

/**
 * Waits for an answer, at most `ms`. After a pause of this process, timers run before it reads the answers that came meanwhile, so it looks
 * once more.
 *
 * @throws Error if no answer has come
 */
export async function answered<T>(ms: number, answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => setImmediate(() => setImmediate(() => reject(new Error('One of the servers does not answer.')))),
      ms,
    );
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

/**
 * Asks all of these servers at once, because some may be dead or frozen.
 *
 * @returns the number of the first one that answered (0, 1, …), and the map of the cluster (see `mapOf`)
 * @throws the first one's error, if none of them answers
 */
export async function firstAnswer(clients: RedisClient[]): Promise<[number, string]> {
  const asking = clients.map(async (client, i): Promise<[number, string]> => {
    await client.connect();
    return [i, mapOf(await client.sendCommand(['CLUSTER', 'NODES']))];
  });
  return Promise.any(asking).catch(({ errors }: AggregateError) => {
    throw errors[0];
  });
}

/** The client of the library, not connected yet. If a connection ends, it doesn't connect again. @param url the server that it asks for the others */
export function newCluster(url: string, { settings, nodeAddressMap }: ClusterOptions) {
  const { protocol, username, password } = new URL(url);
  const socket = withoutRetries(settings);
  return createCluster({
    rootNodes: [{ url }],
    // For the other servers, the library takes nothing from that address.
    defaults: {
      ...settings,
      url: undefined,
      ...(username && { username: decodeURIComponent(username) }),
      ...(password && { password: decodeURIComponent(password) }),
      socket: protocol === 'rediss:' ? { ...socket, tls: true } : socket,
    },
    nodeAddressMap,
  });
}

/** Which master has which slots, from the answer to `CLUSTER NODES`. Moving a slot there and back changes the epochs, so the map is never the same again. */
export function mapOf(nodes: unknown): string {
  const masters = String(nodes)
    .split('\n')
    .flatMap((line) => {
      const [id, , flags, , , , epoch, , ...slots] = line.split(' ');
      const own = slots.filter((slot) => !slot.startsWith('[')); // in brackets are those that are just being moved
      return flags?.includes('master') && own.length > 0 ? `${id} ${epoch} ${own.join(' ')}` : [];
    });
  return masters.toSorted().join('\n');
}

/** For each master the name of a channel of which it is the master. */
export async function canariesOf(cluster: Cluster, name: string): Promise<string[]> {
  const found = new Map<unknown, string>();
  for (let i = 0; found.size < cluster.masters.length; i++) {
    const client = await cluster.getNodeClientForKey(`${name}:${i}`);
    if (!found.has(client)) found.set(client, `${name}:${i}`);
    if (i > 200_000) throw new Error('One of the masters has no slots.');
  }
  return [...found.values()];
}
