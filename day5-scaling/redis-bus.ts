/*
 * What you have
 *
 *   createClient(settings)         from @redis/client: a new client, not connected yet
 *     client.duplicate()           a second client with the same settings. It has no listeners, and is not connected
 *     client.on(event, listener)   the events are 'ready' (connected) and 'error' (with the error). A client reconnects by itself
 *     client.connect(): Promise    resolves when the client is connected
 *     client.publish(channel, text): Promise<number>   resolves with the number of subscribers that Redis has counted
 *   this.settings                  the settings for createClient
 *   this.publisher                 the client that publishes; undefined until you set it
 *   this.subscriber                the client that listens; undefined until you set it
 *   this.check(error?)             looks at both clients, and decides whether the bus is up
 *   this.lost(reason: string)      Redis did not answer: the bus is down until it answers again
 *   this.status: 'up' | 'down'
 *   this.reason: string | undefined   why the bus is down, in words
 *   this.timeoutMs: number         how long Redis may take to answer
 *   new BusError(message)          the error that publish() throws
 *   setTimeout, clearTimeout       the global ones
 */
import { createClient } from '@redis/client';
import { BusError } from '#day5/given/bus.ts';
import { RedisLink } from '#day5/given/redis-link.ts';
import { todo } from '#tools/todo.ts';

/** A bus over Redis Pub/Sub: each text reaches everyone who is subscribed at that moment, at most once. Redis keeps nothing. */
export class RedisBus extends RedisLink {
  /**
   * Connects two clients: this.publisher publishes, and this.subscriber listens. At each `ready` event of either client it calls
   * `this.check()`, and at each `error` event `this.check(error)`. It does so at once, and not in a timer.
   *
   * @returns when both clients are connected
   */
  async connect(): Promise<void> {
    // TODO 5.1
    //   1. Make the two clients, and keep them in this.publisher and this.subscriber.
    //   2. Listen for `ready` and `error` on both of them, before you connect.
    //   3. Connect both, and wait for both.
    todo('5.1', 'RedisBus.connect');
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
    // TODO 5.2
    //   1. If the bus is down, throw an error that says why.
    //   2. Publish the text, and wait for the answer, but only for this.timeoutMs.
    //   3. If no answer comes in that time, the bus is lost: say so, and reject.
    //   4. In any case, leave no timer behind.
    todo('5.2', 'RedisBus.publish');
  }
}
