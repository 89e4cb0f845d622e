/** The contract of day 5, on each bus there is. */
import type { Bus } from '#day5/given/bus.ts';
import { StreamBus, type StreamOptions } from '#day5/given/for-bonus/stream-bus.ts';
import { MemoryBroker, MemoryBus } from '../../../day5-scaling/tests/helpers/memory-bus.ts';
import { RedisBus } from '#solutions/day5-scaling/redis-bus.ts';
import { NatsBus } from '#solutions/day5-scaling/bonus/nats-bus.ts';
import { natsForTests, natsMissing } from '#tools/brokers/nats.ts';
import { startRedis } from '#tools/brokers/redis.ts';
import { redis } from '../../../day5-scaling/tests/helpers/line.ts';
import { busContract, type NewPeer } from '../helpers/day5/bus-contract.ts';
import { onALine } from '../helpers/day5/on-a-line.ts';

const standIn = await startRedis({ standIn: true });

/** Each bus on a line of its own to one broker. */
const on = (url: string, make: (options: StreamOptions) => Bus) => async (): Promise<NewPeer> => onALine(url, make);

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
