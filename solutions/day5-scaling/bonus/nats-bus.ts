import { BusError } from '#day5/given/bus.ts';
import { NatsLink } from '#day5/given/for-bonus/nats-link.ts';
import { subjectOf } from '#day5/given/for-bonus/nats-subject.ts';

/** A bus over NATS, another message broker: at most once, like Redis Pub/Sub, but on a single connection. */
export class NatsBus extends NatsLink {
  /**
   * Sends a text to everyone who is subscribed to the channel; on NATS its name is subjectOf(channel). Resolves when NATS has the text.
   *
   * @throws BusError at once if the bus is down (then it sends nothing), or after `this.timeoutMs` if NATS does not answer
   */
  async publish(channel: string, text: string): Promise<void> {
    if (this.status === 'down' || !this.connection) throw new BusError(this.reason);
    this.connection.publish(subjectOf(channel), text);
    await this.inTime(this.connection.flush()); // NATS answers in order: then it has the text, too
  }
}
