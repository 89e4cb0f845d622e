import { BusError } from '#day5/given/bus.ts';
import { NatsLink } from '#day5/given/bonus/nats-link.ts';
import { subjectOf } from '#day5/given/bonus/nats-subject.ts';

/** NATS: like Redis Pub/Sub at most once, on a single connection. */
export class NatsBus extends NatsLink {
  /**
   * Brings a text to all who are subscribed to the channel; resolves when NATS has it. `subjectOf(channel)` is the channel's name there.
   *
   * @throws BusError at once while the bus is down, and then nothing is sent; after `this.timeoutMs` where NATS does not answer
   */
  async publish(channel: string, text: string): Promise<void> {
    if (this.status === 'down' || !this.connection) throw new BusError(this.reason);
    this.connection.publish(subjectOf(channel), text);
    await this.inTime(this.connection.flush());
  }
}
