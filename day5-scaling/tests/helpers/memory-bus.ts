import { BusError, type Bus, type Handler } from '#day5/given/bus.ts';
import { handle } from '#day5/given/internals/handle.ts';
import { Listeners } from '#day4/given/listeners.ts';

/** Connects several `MemoryBus` in one process, for tests and demonstrations. */
export class MemoryBroker {
  readonly buses = new Set<MemoryBus>();
  isDown = false;

  /** Cuts all of them off, or connects them again. Texts that were published in between are lost. */
  set(isDown: boolean): void {
    this.isDown = isDown;
    for (const bus of this.buses) bus.changed();
  }
}

/** A bus inside one process. */
export class MemoryBus implements Bus {
  readonly #broker: MemoryBroker;
  /** by channel, so that a message costs the same however many other channels there are */
  readonly #subscriptions = new Map<string, Set<{ handler: Handler }>>();
  readonly #listeners = new Listeners<{ status: 'up' | 'down' }>();
  status: 'up' | 'down' = 'down';

  constructor(broker = new MemoryBroker()) {
    this.#broker = broker;
  }

  get reason(): string | undefined {
    return this.status === 'up' ? undefined : 'The broker is down.';
  }

  async connect(): Promise<void> {
    this.#broker.buses.add(this);
    this.changed();
    if (this.status === 'up') return;
    await new Promise<void>((resolve) => {
      const off = this.onStatus(() => {
        off();
        resolve();
      });
    });
  }

  async publish(channel: string, text: string): Promise<void> {
    if (this.status === 'down') throw new BusError(this.reason);
    for (const bus of this.#broker.buses) queueMicrotask(() => bus.#feed(channel, text));
  }

  async subscribe(channel: string, handler: Handler): Promise<() => Promise<void>> {
    const subscription = { handler };
    const all = (this.#subscriptions.get(channel) ?? new Set()).add(subscription);
    this.#subscriptions.set(channel, all);
    return async () => {
      all.delete(subscription);
      if (all.size === 0 && this.#subscriptions.get(channel) === all) this.#subscriptions.delete(channel);
    };
  }

  #feed(channel: string, text: string): void {
    if (this.status === 'down') return;
    for (const { handler } of [...(this.#subscriptions.get(channel) ?? [])]) handle(handler, channel, text);
  }

  onStatus(listener: (status: 'up' | 'down') => void): () => void {
    return this.#listeners.on('status', listener);
  }

  /** Called by the broker. */
  changed(): void {
    const status = this.#broker.buses.has(this) && !this.#broker.isDown ? 'up' : 'down';
    if (status === this.status) return;
    this.status = status;
    this.#listeners.emit('status', status);
  }

  async close(): Promise<void> {
    this.#broker.buses.delete(this);
    this.changed();
  }
}
