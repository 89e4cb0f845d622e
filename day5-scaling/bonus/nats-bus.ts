/*
 * What you have
 *
 * this.connection                     undefined before the first connection
 *   .publish(subject, text)           puts the text into a buffer; returns nothing, also if the connection is gone
 *   .flush(): Promise                 resolves when NATS has everything that was published before
 * this.inTime(promise)                the same promise; rejects with a BusError after this.timeoutMs
 * subjectOf(channel)                  the channel's name on NATS
 * this.status, this.reason            'up' or 'down', and why
 */
import { BusError } from '#day5/given/bus.ts';
import { NatsLink } from '#day5/given/for-bonus/nats-link.ts';
import { subjectOf } from '#day5/given/for-bonus/nats-subject.ts';
import { todo } from '#tools/todo.ts';

/** NATS: at most once, like Redis Pub/Sub, but on a single connection. */
export class NatsBus extends NatsLink {
  /**
   * Sends a text to everyone who is subscribed to the channel, whose name on NATS is `subjectOf(channel)`. Resolves when NATS has it.
   *
   * @throws BusError at once if the bus is down (then it sends nothing), or after `this.timeoutMs` if NATS does not answer
   */
  async publish(channel: string, text: string): Promise<void> {
    // TODO 5.c
    // 1. If the bus is down, throw, and send nothing.
    // 2. Publish the text.
    // 3. Wait, for a limited time, until NATS has it.
    todo('5.c', 'NatsBus.publish');
  }
}
