/*
 * What you have
 *
 * createClient(settings)      from @redis/client: a client that is not connected yet
 *   client.duplicate()        another client with the same settings, without listeners, not connected
 *   client.on(event, listener)  events: 'ready', and 'error' with the error
 *   client.connect()          a promise; the client retries by itself
 *   client.publish(channel, text)  a promise; resolves with the number of subscribers that Redis counted
 * this.settings               the settings for createClient
 * this.publisher, this.subscriber  undefined until you set them
 * this.check(error?)          looks at both clients and decides whether the bus is up
 * this.lost(reason: string)   Redis did not answer: the bus is down until Redis answers again
 * this.status                 'up' or 'down'
 * this.reason                 why the bus is down, in words
 * this.timeoutMs              how long Redis may take to answer
 * new BusError(message)       what publish() throws
 */
import { createClient } from '@redis/client';
import { BusError } from '#day5/given/bus.ts';
import { RedisLink } from '#day5/given/redis-link.ts';
import { todo } from '#tools/todo.ts';

/** Redis Pub/Sub: each text reaches whoever is subscribed at that moment, at most once. Redis keeps nothing. */
export class RedisBus extends RedisLink {
  /**
   * Connects two clients: one publishes, the other is subscribed. At each `ready` of a client it calls `this.check()`, at each `error`
   * `this.check(error)`.
   *
   * @returns when both clients are connected
   */
  async connect(): Promise<void> {
    // TODO 5.1
    // 1. Set this.publisher to a client with this.settings, and this.subscriber to its duplicate.
    // 2. Listen to 'ready' and 'error' on each of the two, before you connect.
    // 3. Connect both, and wait for both.
    todo('5.1', 'RedisBus.connect');
  }

  /**
   * Sends a text to everyone who is subscribed to the channel. It is sent once and never again: after a time-out nobody knows whether
   * it went out.
   *
   * @throws BusError at once if the bus is down, and BusError after `this.timeoutMs` if Redis does not answer; then it has also called
   *   `this.lost`. An error of Redis itself is passed on.
   */
  async publish(channel: string, text: string): Promise<void> {
    // TODO 5.2
    // 1. If the bus is down, throw, and send nothing.
    // 2. Publish, and start a timer of this.timeoutMs (the global setTimeout). Wait for whichever comes first.
    // 3. If the timer comes first, tell this.lost why, and throw.
    // 4. Clear the timer, whatever came first.
    todo('5.2', 'RedisBus.publish');
  }
}
