/** The contract of day 5, on each bus there is. */
import type { Bus } from '#day5/given/bus.ts';
import { StreamBus, type StreamOptions } from '#day5/given/for-bonus/stream-bus.ts';
import { MemoryBroker, MemoryBus } from '../../../day5-scaling/tests/helpers/memory-bus.ts';
import { RedisBus } from '#solutions/day5-scaling/redis-bus.ts';
import { NatsBus } from '#solutions/day5-scaling/bonus/nats-bus.ts';
import { natsForTests, natsMissing } from '#tools/brokers/nats.ts';
import { startRedis } from '#tools/brokers/redis.ts';
import { lineTo, redis } from '../../../day5-scaling/tests/helpers/line.ts';
import { busContract, type NewPeer } from '../helpers/day5/bus-contract.ts';

const standIn = await startRedis({ standIn: true });

/** Each bus on a line of its own to one broker. */
const on =
  (url: string, make: (options: StreamOptions) => Bus) =>
  async (): Promise<NewPeer> =>
  async ({ quick }) => {
    const line = await lineTo(url);
    const bus = make({ url: line.url, ...(quick && { timeoutMs: 150, pingMs: 30 }) });
    return {
      bus,
      away() {
        line.state.isRefusing = true;
        line.cut();
      },
      back: () => void (line.state.isRefusing = false),
      freeze: (isFrozen) => line.freeze(isFrozen),
      // Of two connections, as a bus on Redis has them, the one that was cut comes back as the newest: so twice the first is each once.
      cuts: [() => line.cut(0), () => line.cut(0)],
    };
  };

busContract('MemoryBus', async () => {
  const broker = new MemoryBroker();
  return async () => ({ bus: new MemoryBus(broker), away: () => broker.set(true), back: () => broker.set(false) });
});
busContract(
  `RedisBus on ${redis.kind}`,
  on(redis.url, (options) => new RedisBus(options)),
);
if (redis.kind !== 'stand-in')
  busContract(
    'RedisBus on the stand-in',
    on(standIn.url, (options) => new RedisBus(options)),
  );
if (redis.kind !== 'stand-in')
  busContract(
    'StreamBus',
    on(redis.url, (options) => new StreamBus(options)),
  );
else console.log('StreamBus: skipped. The stand-in has no Streams; install redis-server, or set REDIS_URL.');
const missing = natsMissing();
if (missing) console.log(`NatsBus: skipped, ${missing}.`);
else
  busContract(
    'NatsBus',
    on((await natsForTests()).url, (options) => new NatsBus(options)),
  );
