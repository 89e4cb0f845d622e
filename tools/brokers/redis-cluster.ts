/** A real Redis Cluster on this machine: three masters that share the 16,384 slots, and replicas if wanted. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { freePorts } from '#tools/serve/ports.ts';
import { guardFolder } from '#tools/brokers/guarded.ts';
import { installedRedis, startServer, type Redis } from '#tools/brokers/redis-server.ts';

const MASTERS = 3;
const SLOTS = 16_384;
/** How often to look whether the servers have found each other, in ms. That takes them about two seconds. */
const LOOK_MS = 50;

/** One of the servers of a cluster. */
export interface ClusterServer extends Redis {
  /** its name within the cluster: 40 hexadecimal digits */
  id: string;
  /** Sends it a command, on a connection that stays open. @throws what it answers, if that is an error */
  command: (...words: string[]) => Promise<unknown>;
}

export interface RedisCluster {
  /** the addresses of all masters, separated by commas, as `REDIS_URL` takes them */
  url: string;
  version: string;
  /** `masters[0]` has the first third of the slots, and so on */
  masters: ClusterServer[];
  /** `replicas[0]` copies `masters[0]`, and so on */
  replicas: ClusterServer[];
  /** Ends all of them, even frozen ones, and removes their folder. */
  stop: () => Promise<void>;
}

/** Why no cluster can be started here, in a sentence; undefined if one can. */
export function clusterMissing(): string | undefined {
  const version = installedRedis();
  if (!version)
    return 'A Redis Cluster needs redis-server 7 or later, and none was found. How to install it: npm run doctor';
  if (Number.parseInt(version) >= 7) return undefined;
  return `A Redis Cluster with sharded Pub/Sub needs redis-server 7 or later, and this one is ${version}.`;
}

/**
 * Starts a cluster on 127.0.0.1, and resolves when all of its servers say that it works. It is empty, keeps nothing when it
 * stops, and ends with this process, however that ends.
 *
 * @param options.port the port of the first master; the others take the next ones. Any free ports by default
 * @param options.replicas how many of the masters get a replica, 0 to 3
 * @param options.nodeTimeoutMs after how long a server that does not answer counts as dead, in ms
 * @throws Error if redis-server is missing, is too old, or does not start; with `code` EADDRINUSE if a port is taken
 */
export async function startCluster(
  options: { port?: number; replicas?: number; nodeTimeoutMs?: number } = {},
): Promise<RedisCluster> {
  const missing = clusterMissing();
  if (missing) throw new Error(missing);
  for (let tries = 1; ; tries++) {
    try {
      return await tryToStart({ port: 0, replicas: 0, nodeTimeoutMs: 15_000, ...options });
    } catch (error) {
      // Another program may have taken a port between our look and the start. If any port will do, try others.
      if (options.port || tries === 5 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

async function tryToStart({
  port,
  replicas,
  nodeTimeoutMs,
}: {
  port: number;
  replicas: number;
  nodeTimeoutMs: number;
}): Promise<RedisCluster> {
  const version = installedRedis()!;
  const dir = mkdtempSync(join(tmpdir(), 'redis-cluster-'));
  const servers: ClusterServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    // The servers also talk to each other, each on a second port. All ports are chosen at once, so that no two are the same.
    const count = MASTERS + replicas;
    const own = Array.from({ length: count }, (_, i) => (port === 0 ? 0 : port + i));
    const ports = await freePorts(...own, ...own.map(() => 0));
    guardFolder(dir);
    const opening = own.map((_, i) => open(ports[i], ports[count + i], version, dir, nodeTimeoutMs));
    for (const one of await Promise.allSettled(opening)) if (one.status === 'fulfilled') servers.push(one.value);
    await Promise.all(opening); // throws if one of them didn't start
    await connectAll(servers, ports.slice(count));
    await Promise.all(servers.slice(MASTERS).map((replica, i) => follow(replica, servers[i], servers)));
  } catch (error) {
    await stop();
    throw error;
  }
  const [masters, copies] = [servers.slice(0, MASTERS), servers.slice(MASTERS)];
  return { url: masters.map(({ url }) => url).join(','), version, masters, replicas: copies, stop };
}

async function open(
  port: number,
  busPort: number,
  version: string,
  dir: string,
  nodeTimeoutMs: number,
): Promise<ClusterServer> {
  const redis = await startServer(port, version, {
    'cluster-enabled': 'yes',
    'cluster-port': busPort,
    'cluster-config-file': `${port}.conf`,
    'cluster-node-timeout': nodeTimeoutMs,
    'repl-diskless-sync-delay': 0, // a replica's first copy would wait for 5 s, in case that more replicas come
    dir,
  });
  const client = createClient({ url: redis.url });
  client.on('error', () => {}); // it may be killed, and started again
  await client.connect();
  const command = (...words: string[]): Promise<unknown> => client.sendCommand(words);
  const stop = async (): Promise<void> => {
    client.destroy();
    await redis.stop();
  };
  return { ...redis, id: String(await command('CLUSTER', 'MYID')), command, stop };
}

/** Gives each master its slots, introduces the servers to each other, and waits until all say that the cluster works. */
async function connectAll(servers: ClusterServer[], busPorts: number[]): Promise<void> {
  const first = (master: number): number => Math.round((master * SLOTS) / MASTERS);
  for (const [i, { command }] of servers.entries()) {
    await command('CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1)); // otherwise they would first have to settle which is newer
    if (i < MASTERS) await command('CLUSTER', 'ADDSLOTSRANGE', String(first(i)), String(first(i + 1) - 1));
  }
  // Each of them meets each of the others. Hearing of one another would do, too, but takes a while longer.
  for (const { command } of servers)
    for (const [i, { url }] of servers.entries())
      await command('CLUSTER', 'MEET', '127.0.0.1', new URL(url).port, String(busPorts[i]));
  await until(async () => {
    const states = await Promise.all(servers.map(async ({ command }) => String(await command('CLUSTER', 'INFO'))));
    return states.every((state) => /cluster_state:ok/.test(state) && knownNodes(state) === servers.length);
  });
}

const knownNodes = (info: string): number => Number(/cluster_known_nodes:(\d+)/.exec(info)?.[1]);

/** Makes a replica of an empty server, and waits until it has a copy of everything, and all servers know it. */
async function follow(replica: ClusterServer, master: ClusterServer, servers: ClusterServer[]): Promise<void> {
  await replica.command('CLUSTER', 'REPLICATE', master.id);
  await until(async () => /master_link_status:up/.test(String(await replica.command('INFO', 'replication'))));
  await until(async () => {
    const lists = await Promise.all(servers.map(({ command }) => command('CLUSTER', 'NODES')));
    return lists.every((list) => new RegExp(`^${replica.id} .*slave ${master.id}`, 'm').test(String(list)));
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(LOOK_MS);
}
