import { createClient } from '@redis/client';
import { BusError } from '#day5/given/bus.ts';
import { RedisLink } from '#day5/given/redis-link.ts';

/** Redis Pub/Sub: each text reaches whoever is subscribed at that moment, at most once. Redis keeps nothing. */
export class RedisBus extends RedisLink {
  /**
   * Connects two clients: one publishes, the other is subscribed. At each `ready` of a client it calls `this.check()`, at each `error`
   * `this.check(error)`.
   *
   * @returns when both clients are connected
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
   * Sends a text to everyone who is subscribed to the channel. It is sent once and never again: after a time-out nobody knows whether
   * it went out.
   *
   * @throws BusError at once if the bus is down, and BusError after `this.timeoutMs` if Redis does not answer; then it has also called
   *   `this.lost`. An error of Redis itself is passed on.
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
