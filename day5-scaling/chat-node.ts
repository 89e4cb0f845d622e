/*
 * What you have
 *
 * readEnvelope(text): Envelope      throws if the text is not an envelope: { v: 1, node, epoch, seq, room, message, except? }
 * this.name                         the name of this node
 * this.dropped, this.unpublished    two counters
 * this.sequences.next(room)         { epoch, seq } for this node's next message
 * this.sequences.place(envelope)    'next', 'gap' (messages before it are missing) or 'old' (it was here before)
 * this.hear(envelope)               brings a message of another node to the people here, and into the history
 * this.send(envelope): Promise      publishes an envelope on the channel of its room; may reject
 * this.chat.broadcast(room, message, except?)   sends a message to the people in a room on this node
 * this.bus.subscribe(channel, handler)          a promise: resolves when the subscription is acknowledged, with the
 *                                   function that ends it (which returns a promise, too)
 * this.channelOf(room)              the name of the room's channel
 * this.held                         a Map from each room to { count, off }: how many hold it, and the promise of bus.subscribe
 */
import type { ServerMessage } from '#day3/given/server-messages.ts';
import { BaseNode } from '#day5/given/base-node.ts';
import { readEnvelope, type Envelope } from '#day5/given/envelope.ts';
import { todo } from '#tools/todo.ts';

/** One of several servers that together are one chat. Its own people never wait for the bus. */
export class ChatNode extends BaseNode {
  /**
   * Handles a text that came on the bus. Never throws: anybody with access to Redis can publish anything. If messages are missing, it
   * first sends `gap` to everyone in that room on this node, and to nobody else.
   *
   * @param text an envelope; anything else is only counted in `this.dropped`
   */
  receive(text: string): void {
    // TODO 5.3
    // 1. Read the envelope. If that fails, count the text as dropped, and stop.
    // 2. If this node sent it, stop: its people have heard it.
    // 3. Ask for its place in the sequence. If something is missing, tell the room here. Unless it is old, let the people hear it.
    todo('5.3', 'ChatNode.receive');
  }

  /**
   * Sends a message to everyone in a room, on all nodes, once per connection. The people here get it at once, whatever the bus does. The
   * bus gets it each time, even while it is down.
   *
   * @param except the userId of somebody who must not get it
   */
  deliver(room: string, message: ServerMessage, except?: string): void {
    // TODO 5.4
    // Send an envelope to the other nodes, with the next numbers of the room. If that fails, count it as unpublished.
    todo('5.4', 'ChatNode.deliver');
    this.chat.broadcast(room, message, except);
  }

  /**
   * Adds one hold to a room's subscription. The first hold subscribes, even while the bus is down; the others share the subscription.
   *
   * @returns when the bus has acknowledged the subscription
   */
  async retainRoom(room: string): Promise<void> {
    // TODO 5.5
    // 1. If nobody holds the room yet, subscribe to its channel, so that what arrives is received. Remember that in this.held.
    // 2. Count this hold, and wait for the acknowledgement.
    todo('5.5', 'ChatNode.retainRoom');
  }

  /**
   * Removes one hold. With the last hold the subscription ends, unless somebody comes back in the meantime. Does nothing for a room
   * that nobody holds.
   *
   * @returns when the bus has acknowledged the end of the subscription, or when it is clear that the subscription goes on
   */
  async releaseRoom(room: string): Promise<void> {
    // TODO 5.6
    // 1. Remove this hold. If others are left, stop. Else wait until the subscription is acknowledged.
    // 2. Look again: has somebody come back, or has another release ended this subscription?
    // 3. If not, forget the room, and only then end the subscription.
    todo('5.6', 'ChatNode.releaseRoom');
  }
}
