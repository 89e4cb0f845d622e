import type { ServerMessage } from '#day3/given/server-messages.ts';
import { BaseNode } from '#day5/given/base-node.ts';
import { readEnvelope, type Envelope } from '#day5/given/envelope.ts';

/** One of several servers that together are one chat. Its own people never wait for the bus. */
export class ChatNode extends BaseNode {
  /**
   * Handles a text that came on the bus. Never throws: anybody with access to Redis can publish anything. If messages are missing, it
   * first sends `gap` to everyone in that room on this node, and to nobody else.
   *
   * @param text an envelope; anything else is only counted in `this.dropped`
   */
  receive(text: string): void {
    let envelope: Envelope;
    try {
      envelope = readEnvelope(text);
    } catch {
      this.dropped++;
      return;
    }
    if (envelope.node === this.name) return; // its own people have heard it
    const place = this.sequences.place(envelope);
    if (place === 'gap') this.chat.broadcast(envelope.room, { type: 'gap' });
    if (place !== 'old') this.hear(envelope);
  }

  /**
   * Sends a message to everyone in a room, on all nodes, once per connection. The people here get it at once, whatever the bus does. The
   * bus gets it each time, even while it is down.
   *
   * @param except the userId of somebody who must not get it
   */
  deliver(room: string, message: ServerMessage, except?: string): void {
    // Before the broadcast: then a message is on its way to Redis before its sender hears that it was accepted.
    this.send({ v: 1, node: this.name, ...this.sequences.next(room), room, message, except }).catch(
      () => this.unpublished++,
    );
    this.chat.broadcast(room, message, except);
  }

  /**
   * Adds one hold to a room's subscription. The first hold subscribes, even while the bus is down; the others share the subscription.
   *
   * @returns when the bus has acknowledged the subscription
   */
  async retainRoom(room: string): Promise<void> {
    const held = this.held.get(room) ?? {
      count: 0,
      off: this.bus.subscribe(this.channelOf(room), (text) => this.receive(text)),
    };
    this.held.set(room, held);
    held.count++;
    await held.off;
  }

  /**
   * Removes one hold. With the last hold the subscription ends, unless somebody comes back in the meantime. Does nothing for a room
   * that nobody holds.
   *
   * @returns when the bus has acknowledged the end of the subscription, or when it is clear that the subscription goes on
   */
  async releaseRoom(room: string): Promise<void> {
    const held = this.held.get(room);
    if (!held || --held.count > 0) return;
    const off = await held.off;
    if (held.count > 0 || this.held.get(room) !== held) return;
    this.held.delete(room);
    await off();
  }
}
