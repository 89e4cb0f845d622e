import { createClient } from '@redis/client';
import { BusError } from '#day5/given/bus.ts';
import { RedisLink } from '#day5/given/redis-link.ts';
import { todo } from '#tools/todo.ts';

/** Redis Pub/Sub: each text reaches whoever is subscribed at that moment, at most once. Nothing is kept. */
export class RedisBus extends RedisLink {
  /**
   * Makes the two clients, calls `this.check()` at each `ready` and `this.check(error)` at each `error`, and connects both. Resolves
   * when both are connected.
   */
  async connect(): Promise<void> {
    // TODO 5.1 this.publisher = createClient(this.settings); this.subscriber is its duplicate(). Listeners first, then connect().
    todo('5.1', 'RedisBus.connect');
  }

  /**
   * Brings a text to all who are subscribed to the channel. It is sent once: whether a late one went out nobody knows.
   *
   * @throws BusError at once while the bus is down; after `this.timeoutMs` where Redis does not answer, and `this.lost` hears of it
   */
  async publish(channel: string, text: string): Promise<void> {
    // TODO 5.2 Promise.race between this.publisher.publish and a timer (the global setTimeout), which is cleared afterwards.
    todo('5.2', 'RedisBus.publish');
  }
}
