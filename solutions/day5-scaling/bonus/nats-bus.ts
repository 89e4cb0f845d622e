import { BusError } from '#day5/given/bus.ts';
import { NatsLink } from '#day5/given/for-bonus/nats-link.ts';
import { subjectOf } from '#day5/given/for-bonus/nats-subject.ts';

/** NATS: at most once, like Redis Pub/Sub, but on a single connection. */
export class NatsBus extends NatsLink {
  /**
   * Sends a text to everyone who is subscribed to the channel, whose name on NATS is `subjectOf(channel)`. Resolves when NATS has it.
   *
   * @throws BusError at once if the bus is down (then it sends nothing), or after `this.timeoutMs` if NATS does not answer
   */
  async publish(channel: string, text: string): Promise<void> {
    if (this.status === 'down' || !this.connection) throw new BusError(this.reason);
    this.connection.publish(subjectOf(channel), text);
    await this.inTime(this.connection.flush());
  }
}
