import { createClient } from '@redis/client';
import { BusError } from '#day5/given/bus.ts';
import { RedisLink } from '#day5/given/redis-link.ts';

/** Redis Pub/Sub: each text reaches whoever is subscribed at that moment, at most once. Nothing is kept. */
export class RedisBus extends RedisLink {
  /**
   * Makes the two clients, calls `this.check()` at each `ready` and `this.check(error)` at each `error`, and connects both. Resolves
   * when both are connected.
   */
  async connect(): Promise<void> {
    this.publisher = createClient(this.settings);
    this.subscriber = this.publisher.duplicate();
    for (const client of [this.publisher, this.subscriber]) {
      client.on('ready', () => this.check());
      client.on('error', (error) => this.check(error));
    }
    await Promise.all([this.publisher.connect(), this.subscriber.connect()]);
  }

  /**
   * Brings a text to all who are subscribed to the channel. It is sent once: whether a late one went out nobody knows.
   *
   * @throws BusError at once while the bus is down; after `this.timeoutMs` where Redis does not answer, and `this.lost` hears of it
   */
  async publish(channel: string, text: string): Promise<void> {
    if (this.status === 'down' || !this.publisher) throw new BusError(this.reason);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.lost('Redis does not answer.');
        reject(new BusError('Redis does not answer.'));
      }, this.timeoutMs);
    });
    await Promise.race([this.publisher.publish(channel, text), late]).finally(() => clearTimeout(timer));
  }
}
