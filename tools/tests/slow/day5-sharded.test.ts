/** Day 5 on a Redis Cluster: the contract of every bus. */
import { expect, test } from 'vitest';
import type { Bus } from '#day5/given/bus.ts';
import { ShardedBus, ShardedStreamBus, type ShardedOptions } from '#day5/given/optional/sharded-bus.ts';
import { clusterMissing, startCluster } from '#tools/brokers/redis-cluster.ts';
import { lineTo } from '../../../day5-scaling/tests/helpers/line-to.ts';
import { busContract, type NewPeer } from '../helpers/day5/bus-contract.ts';

const missing = clusterMissing();
if (missing) {
  console.log(`Day 5 on a Redis Cluster: skipped. ${missing}`);
  test.skip('day 5 on a Redis Cluster', () => expect(missing).toBeUndefined());
} else {
  const { masters } = await startCluster();

  /** Each bus on lines of its own, one to each master. */
  const on =
    (make: (options: ShardedOptions) => Bus) =>
    async (): Promise<NewPeer> =>
    async ({ quick }) => {
      const lines = await Promise.all(masters.map(({ url }) => lineTo(url)));
      const at = new Map(masters.map(({ url }, i) => [new URL(url).host, Number(new URL(lines[i].url).port)]));
      const bus = make({
        urls: lines.map(({ url }) => url),
        nodeAddressMap: (address) => ({ host: '127.0.0.1', port: at.get(address)! }),
        ...(quick && { timeoutMs: 150, pingMs: 30 }),
      });
      return {
        bus,
        away() {
          for (const line of lines) {
            line.state.isRefusing = true;
            line.cut();
          }
        },
        back: () => lines.forEach((line) => (line.state.isRefusing = false)),
        freeze: (isFrozen) => lines.forEach((line) => line.freeze(isFrozen)),
        // After a cut, the bus drops its other connections, too. So the first one is another one each time.
        cuts: lines.flatMap((line) => [() => line.cut(0), () => line.cut(1)]),
      };
    };

  busContract(
    'ShardedBus on a Redis Cluster',
    on((options) => new ShardedBus(options)),
  );
  busContract(
    'ShardedStreamBus on a Redis Cluster',
    on((options) => new ShardedStreamBus(options)),
  );
}
