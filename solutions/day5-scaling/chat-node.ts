import type { ServerMessage } from '#day3/given/server-messages.ts';
import { BaseNode } from '#day5/given/base-node.ts';
import { readEnvelope, type Envelope } from '#day5/given/envelope.ts';

/** One of several servers that form one chat together. The people on it never wait for the bus. */
export class ChatNode extends BaseNode {
  /**
   * Handles a text from the bus. Every new envelope of another node goes to this.hear; if messages before it are missing, everyone in its
   * room on this node gets `gap` first. Ignores the node's own envelopes and old ones. Never throws: anybody may publish anything.
   * @param text an envelope; any other text only adds 1 to this.dropped
   */
  receive(text: string): void {
    let envelope: Envelope;
    try {
      envelope = readEnvelope(text);
    } catch {
      this.dropped++;
      return;
    }
    if (envelope.node === this.name) return; // deliver has shown it to the people here already
    const place = this.sequences.place(envelope);
    if (place === 'gap') this.chat.broadcast(envelope.room, { type: 'gap' });
    if (place !== 'old') this.hear(envelope);
  }

  /**
   * Sends a message to everyone in a room, on all nodes. Before it returns, it has sent the message to people on this node, and called
   * this.send once with an envelope, even while the bus is down. If that rejects, this.unpublished grows by 1, and nothing is sent again.
   * @param except the userId of somebody who must not get it, on any node
   */
  deliver(room: string, message: ServerMessage, except?: string): void {
    // First the bus: when the sender sees the message, it is on its way to Redis. A node that dies now loses nothing that was seen.
    this.send({ v: 1, node: this.name, ...this.sequences.next(room), room, message, except }).catch(
      () => this.unpublished++,
    );
    this.chat.broadcast(room, message, except);
  }

  /**
   * Adds one hold to a room. If this.held doesn't have the room, subscribes to its channel, even while the bus is down; each text that
   * arrives goes to this.receive. If this.held has the room, its subscription is shared, also if its count is 0.
   * @returns when the bus has acknowledged the subscription
   */
  async retainRoom(room: string): Promise<void> {
    const held = this.held.get(room) ?? {
      count: 0,
      off: this.bus.subscribe(this.channelOf(room), (text) => this.receive(text)),
    };
    this.held.set(room, held); // before the await: a second join must find it
    held.count++;
    await held.off;
  }

  /**
   * Removes one hold from a room. With the last hold its subscription ends, and this.held forgets the room, unless somebody holds it again
   * in the meantime. Does nothing for a room that nobody holds. Each subscription is ended once.
   * @returns when the bus has acknowledged the end, or as soon as it is clear that the subscription goes on
   */
  async releaseRoom(room: string): Promise<void> {
    const held = this.held.get(room);
    if (!held || --held.count > 0) return;
    const off = await held.off;
    // Somebody may have come back during the await, or may have come, left again, and ended this subscription already.
    if (held.count > 0 || this.held.get(room) !== held) return;
    this.held.delete(room); // before the await: from now on a new hold subscribes again
    await off();
  }
}
