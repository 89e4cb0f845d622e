import { createClient } from '@redis/client';
import { BusError } from '#day5/given/bus.ts';
import { RedisLink } from '#day5/given/redis-link.ts';

/** A bus over Redis Pub/Sub: each text reaches everyone who is subscribed at that moment, at most once. Redis keeps nothing. */
export class RedisBus extends RedisLink {
  /**
   * Connects two clients: this.publisher publishes, and this.subscriber listens. At each `ready` event of either client it calls
   * `this.check()`, and at each `error` event `this.check(error)`. It does so at once, and not in a timer.
   *
   * @returns when both clients are connected
   */
  async connect(): Promise<void> {
    this.publisher = createClient(this.settings);
    this.subscriber = this.publisher.duplicate(); // the same settings, but no listeners
    for (const client of [this.publisher, this.subscriber]) {
      client.on('ready', () => this.check());
      client.on('error', (error) => this.check(error)); // without a listener, an `error` event would end the process
    }
    await Promise.all([this.publisher.connect(), this.subscriber.connect()]);
  }

  /**
   * Sends a text, once, to everyone who is subscribed to the channel. It never sends it again: after a time-out nobody knows whether it
   * went out. No timer is left when the promise has settled.
   *
   * @returns when Redis has answered, even if nobody is subscribed
   * @throws BusError at once if the bus is down; then nothing is sent. BusError after this.timeoutMs if Redis does not answer; then it
   *   also calls this.lost with a reason. It also rejects if Redis answers with an error.
   */
  async publish(channel: string, text: string): Promise<void> {
    if (this.status === 'down' || !this.publisher) throw new BusError(this.reason);
    // A frozen Redis keeps its connections open and never answers, so only a timer ends the waiting.
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
