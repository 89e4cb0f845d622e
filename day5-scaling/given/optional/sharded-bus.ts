import type { Handler } from '#day5/given/bus.ts';
import { addressProblem } from '#tools/brokers/address.ts';
import { StreamBus, type StreamOptions } from '#day5/given/for-bonus/stream-bus.ts';
import { handle } from '#day5/given/internals/handle.ts';
import type { RedisClient } from '#day5/given/internals/redis-options.ts';
import { ShardedClient, type ShardedClientOptions } from '#day5/given/optional/sharded-client.ts';
import { RedisBus } from '#solutions/day5-scaling/redis-bus.ts';

/** How many texts may wait for the bus to be up again. If there are more, the oldest are dropped. */
const EARLY = 1000;

/** Options of a bus on a Redis Cluster. */
export type ShardedOptions = Omit<StreamOptions, 'url' | 'isSharded'> &
  Pick<ShardedClientOptions, 'urls' | 'nodeAddressMap'>;

/**
 * A Redis bus on a Redis Cluster. Each channel belongs to one of the masters, so the texts of different rooms are passed on by different
 * servers. The bus is up while all masters work. While one is missing, it is down in all rooms.
 */
export class ShardedBus extends RedisBus {
  readonly #client: ShardedClient;
  /** deliveries of the texts that came before the bus was up again */
  readonly #early: (() => void)[] = [];

  /** @throws TypeError if one of the addresses is not the address of a Redis */
  constructor(options: ShardedOptions) {
    super({ ...options, url: firstOf(options.urls) });
    this.#client = clientOf(this, options);
    this.onStatus((status) => {
      if (status === 'down') return;
      // In a microtask: first everyone else who listens is told that the bus is up.
      queueMicrotask(() => this.#early.splice(0).forEach((deliver) => deliver()));
    });
  }

  override connect(): Promise<void> {
    return connect(this, this.#client);
  }

  /** Texts that come before the bus is up again wait for that: `gap` must come before them, because others may be missing. */
  override async subscribe(channel: string, handler: Handler): Promise<() => Promise<void>> {
    let isOver = false;
    const deliver = (text: string): void => (isOver ? undefined : handle(handler, channel, text));
    const off = await super.subscribe(channel, (text) => {
      if (this.status === 'up' && this.#early.length === 0) return deliver(text);
      this.#early.push(() => deliver(text));
      if (this.#early.length > EARLY) this.#early.shift();
    });
    return () => {
      isOver = true;
      return off();
    };
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
