/*
 * What you have
 *
 *   this.connection                  the connection to NATS; undefined before the first one
 *     .publish(subject, text)        puts the text into a buffer, even if the connection is gone. It returns nothing
 *     .flush(): Promise              asks NATS for an answer, and resolves when it comes
 *   this.inTime(promise): Promise    the same promise; rejects with a BusError after this.timeoutMs
 *   subjectOf(channel)               the name of the channel on NATS
 *   this.status, this.reason         'up' or 'down', and why it is down
 *   new BusError(message)
 */
import { BusError } from '#day5/given/bus.ts';
import { NatsLink } from '#day5/given/for-bonus/nats-link.ts';
import { subjectOf } from '#day5/given/for-bonus/nats-subject.ts';
import { todo } from '#tools/todo.ts';

/** A bus over NATS, another message broker: at most once, like Redis Pub/Sub, but on a single connection. */
export class NatsBus extends NatsLink {
  /**
   * Sends a text to everyone who is subscribed to the channel; on NATS its name is subjectOf(channel). Resolves when NATS has the text.
   *
   * @throws BusError at once if the bus is down (then it sends nothing), or after `this.timeoutMs` if NATS does not answer
   */
  async publish(channel: string, text: string): Promise<void> {
    // TODO 5.c
    //   1. If the bus is down, throw an error that says why, and send nothing.
    //   2. Publish the text.
    //   3. Wait until NATS has it, but not for ever.
    todo('5.c', 'NatsBus.publish');
  }
}
