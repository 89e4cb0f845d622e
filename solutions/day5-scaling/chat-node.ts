import type { ServerMessage } from '#day3/given/server-messages.ts';
import { BaseNode } from '#day5/given/base-node.ts';
import { readEnvelope, type Envelope } from '#day5/given/envelope.ts';

/** One of several servers that are one chat. Others reach it through the bus; its own people never have to wait for that. */
export class ChatNode extends BaseNode {
  /**
   * Takes in what came on the bus for a room. Never throws: anybody with access to Redis can publish anything. A gap is told to
   * everyone in that room here, and to nobody else.
   *
   * @param text of `readEnvelope`'s format, or not: then it is counted in `this.dropped`, and no more
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
   * Brings a message to everyone in a room, on all nodes, each connection once. Those here hear it at once, whatever the bus does;
   * the bus is asked each time, also while it is down.
   *
   * @param except a userId that does not get it
   */
  deliver(room: string, message: ServerMessage, except?: string): void {
    // Before the broadcast: then a message is on its way to Redis before its sender hears that it was accepted.
    this.send({ v: 1, node: this.name, ...this.sequences.next(room), room, message, except }).catch(
      () => this.unpublished++,
    );
    this.chat.broadcast(room, message, except);
  }

  /**
   * Holds a room's subscription: the first hold subscribes, also while the bus is down; the others share it.
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
   * Lets go of one hold of `retainRoom`. With the last one the subscription ends, unless somebody comes back meanwhile.
   *
   * @returns when the bus has acknowledged that end; without one, when that is clear
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
