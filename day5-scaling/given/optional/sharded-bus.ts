import { addressProblem } from '#tools/brokers/address.ts';
import { StreamBus, type StreamOptions } from '#day5/given/for-bonus/stream-bus.ts';
import type { RedisClient } from '#day5/given/internals/redis-options.ts';
import { ShardedClient, type ShardedClientOptions } from '#day5/given/optional/sharded-client.ts';
import { RedisBus } from '#solutions/day5-scaling/redis-bus.ts';

/** Options of a bus on a Redis Cluster. */
export type ShardedOptions = Omit<StreamOptions, 'url' | 'isSharded'> &
  Pick<ShardedClientOptions, 'urls' | 'nodeAddressMap'>;

/**
 * A Redis bus on a Redis Cluster. Each channel belongs to one of the masters, so the texts of different rooms are passed on by different
 * servers. The bus is up while all masters work. While one is missing, it is down, for all rooms.
 */
export class ShardedBus extends RedisBus {
  readonly #client: ShardedClient;

  /** @throws TypeError if one of the addresses is not the address of a Redis */
  constructor(options: ShardedOptions) {
    super({ ...options, url: firstOf(options.urls) });
    this.#client = clientOf(this, options);
  }

  override connect(): Promise<void> {
    return connect(this, this.#client);
  }

  override async prepare(): Promise<void> {
    await this.#client.check();
    await super.prepare();
  }

  override async close(): Promise<void> {
    await this.#client.whenPublished();
    await super.close();
  }
}

/** A stream bus on a Redis Cluster. The stream of each channel is on the master of that channel. */
export class ShardedStreamBus extends StreamBus {
  readonly #client: ShardedClient;

  /** @throws TypeError if one of the addresses is not the address of a Redis */
  constructor(options: ShardedOptions) {
    super({ ...options, url: firstOf(options.urls), isSharded: true });
    this.#client = clientOf(this, options);
  }

  override connect(): Promise<void> {
    return connect(this, this.#client);
  }

  override async prepare(): Promise<void> {
    await this.#client.check();
    await super.prepare();
  }

  override async close(): Promise<void> {
    await this.#client.whenPublished();
    await super.close();
  }
}

function firstOf(urls: string[]): string {
  for (const problem of urls.map(addressProblem)) if (problem) throw new TypeError(problem);
  return urls[0];
}

const clientOf = ({ settings, timeoutMs }: RedisBus, { urls, prefix = 'chat', nodeAddressMap }: ShardedOptions) =>
  new ShardedClient({ urls, settings, timeoutMs, prefix, nodeAddressMap });

/** Both clients of the bus are the same one: it has connections for publishing and for listening to each master. */
async function connect(bus: RedisBus, client: ShardedClient): Promise<void> {
  bus.publisher = bus.subscriber = client as unknown as RedisClient;
  client.on('ready', () => bus.check());
  client.on('error', (error) => bus.check(error));
  await client.connect();
}
