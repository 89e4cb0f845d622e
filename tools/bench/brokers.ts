import { createClient } from '@redis/client';
import type { Bus } from '#day5/given/bus.ts';
import { ShardedBus } from '#day5/given/optional/sharded-bus.ts';
import { startCluster } from '#tools/brokers/redis-cluster.ts';
import { startRedis } from '#tools/brokers/redis.ts';
import { RedisBus } from '#solutions/day5-scaling/redis-bus.ts';
import { MESSAGE, TIMEOUT_MS } from './contenders.ts';
import { against, count, deviation, fixed, median, times, type Table } from './figures.ts';
import type { Progress } from './progress.ts';

const NODES = 3;
const ROOMS = 60;
/** How many texts are on their way at the same time. A Redis that is busy reads many at once, and then each of them costs less. */
const AT_ONCE = 1200;

/** What is measured: how the nodes are connected, and how much of a core each server has used so far. */
interface Setting {
  label: string;
  buses: Bus[];
  /** the CPU time of each server, in µs */
  used: () => Promise<number[]>;
}

/**
 * What one Redis has to do for a text, and the busiest of three. A Redis uses one core, so this is what limits the texts per second. CPU
 * time is measured, because on a machine with few cores the servers and the nodes take the time from each other.
 *
 * @param texts how many, per round
 */
export async function brokers(rounds: number, texts: number, progress: Progress): Promise<Table> {
  progress.begin('one Redis and three', (rounds + 1) * 3);
  const [one, three] = [await startRedis(), await startCluster()];
  const urls = three.masters.map(({ url }) => url);
  const connected = <T extends Bus>(make: (i: number) => T): T[] => Array.from({ length: NODES }, (_, i) => make(i));
  const settings: Setting[] = [
    {
      label: 'one Redis',
      buses: connected(() => new RedisBus({ url: one.url, timeoutMs: TIMEOUT_MS })),
      used: usedBy([one.url]),
    },
    {
      label: 'a cluster of three, PUBLISH',
      buses: connected((i) => new RedisBus({ url: urls[i % urls.length], timeoutMs: TIMEOUT_MS })),
      used: usedBy(urls),
    },
    {
      label: 'a cluster of three, SPUBLISH',
      buses: connected(() => new ShardedBus({ urls, timeoutMs: TIMEOUT_MS })),
      used: usedBy(urls),
    },
  ];
  try {
    const figures: number[][] = settings.map(() => []);
    for (const [i, { buses }] of settings.entries()) {
      await Promise.all(buses.map((bus) => bus.connect()));
      await Promise.all(buses.map((bus) => whenUp(bus)));
      await round(buses, i, texts); // the first round only warms up
      progress.step();
    }
    for (let n = 0; n < rounds; n++) {
      for (const [i, { buses, used }] of settings.entries()) {
        const before = await used();
        await round(buses, i, texts);
        const after = await used();
        figures[i].push(Math.max(...after.map((us, server) => us - before[server])) / texts);
        progress.step();
      }
    }
    const ratios = figures.map((one) => against(one, figures[0]));
    return {
      id: 'brokers',
      title: `CPU time of the busiest Redis: ${count(texts)} texts in ${ROOMS} rooms, each to ${NODES} nodes`,
      columns: ['µs per text', 'against one', 'texts/s that would fill a core'],
      rows: settings.map(({ label }, i) => {
        const cost = median(figures[i]);
        const most = Math.round(1_000_000 / cost);
        return { label, cells: [fixed(cost, 1), times(median(ratios[i])), { value: most, text: count(most) }] };
      }),
      noise: deviation(ratios.slice(1)),
    };
  } finally {
    await Promise.all(settings.flatMap(({ buses }) => buses.map((bus) => bus.close())));
    await Promise.all([one.stop(), three.stop()]);
  }
}

/** Publishes texts in all rooms, from all nodes, and waits until each of them has arrived on each node. */
async function round(buses: Bus[], setting: number, texts: number): Promise<void> {
  const text = JSON.stringify(MESSAGE);
  let left = texts * buses.length;
  let done = (): void => {};
  const arrived = new Promise<void>((resolve) => (done = resolve));
  const channels = Array.from({ length: ROOMS }, (_, i) => `bench:${setting}:room:${i}`);
  const offs = await Promise.all(
    buses.flatMap((bus) => channels.map((channel) => bus.subscribe(channel, () => --left === 0 && done()))),
  );
  for (let sent = 0; sent < texts; sent += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, texts - sent) }, (_, i) => sent + i);
    await Promise.all(some.map((i) => buses[i % buses.length].publish(channels[i % ROOMS], text)));
  }
  await arrived;
  await Promise.all(offs.map((off) => off()));
}

/** Reads the CPU time of servers, in µs, on connections that are closed again. */
const usedBy = (urls: string[]) => (): Promise<number[]> =>
  Promise.all(
    urls.map(async (url) => {
      const client = createClient({ url });
      client.on('error', () => {});
      await client.connect();
      const info = String(await client.sendCommand(['INFO', 'cpu']));
      client.destroy();
      const [user, system] = ['user', 'sys'].map((kind) =>
        Number(new RegExp(`^used_cpu_${kind}:([\\d.]+)`, 'm').exec(info)?.[1]),
      );
      return (user + system) * 1_000_000;
    }),
  );

function whenUp(bus: Bus): Promise<void> {
  if (bus.status === 'up') return Promise.resolve();
  return new Promise((resolve) => {
    const off = bus.onStatus((status) => {
      if (status !== 'up') return;
      off();
      resolve();
    });
  });
}
