/*
 * What you have
 *
 *   readEnvelope(text): Envelope    throws if the text is not an envelope: { v: 1, node, epoch, seq, room, message, except? }
 *   this.name: string               the name of this node
 *   this.dropped: number            counts the texts that were not envelopes
 *   this.unpublished: number        counts the messages that the other nodes did not get
 *   this.sequences.next(room)       { epoch, seq }, the numbers for this node's next message to that room
 *   this.sequences.place(envelope)  'next': it is the one after the last one. 'gap': messages before it are missing. 'old': it was here
 *                                   before. Ask once per envelope, and only about other nodes
 *   this.hear(envelope)             sends a message of another node to the people in its room here, and adds it to the history
 *   this.send(envelope): Promise    publishes an envelope on the channel of its room; rejects if that fails
 *   this.chat.broadcast(room, message, except?)   sends a message to the people in a room on this node
 *   this.bus.subscribe(channel, handler): Promise<off>   calls the handler with each text. Resolves when Redis has acknowledged the
 *                                   subscription, with the function that ends it: off(): Promise
 *   this.channelOf(room)            the name of the room's channel
 *   this.held                       Map: room → { count, off }. `count` is how many hold the room, and `off` the promise that
 *                                   this.bus.subscribe returned
 */
import type { ServerMessage } from '#day3/given/server-messages.ts';
import { BaseNode } from '#day5/given/base-node.ts';
import { readEnvelope, type Envelope } from '#day5/given/envelope.ts';
import { todo } from '#tools/todo.ts';

/** One of several servers that form one chat together. The people on it never wait for the bus. */
export class ChatNode extends BaseNode {
  /**
   * Handles a text from the bus. Every new envelope of another node goes to this.hear; if messages before it are missing, everyone in its
   * room on this node gets `gap` first. Ignores the node's own envelopes and old ones. Never throws: anybody may publish anything.
   * @param text an envelope; any other text only adds 1 to this.dropped
   */
  receive(text: string): void {
    // TODO 5.3
    //   1. Read the envelope. If that fails, count the text as dropped, and stop.
    //   2. If this node sent it itself, stop: the people here have seen it.
    //   3. Find its place in the sequence. If something is missing, warn the room. If the envelope is new, pass it to the people here.
    todo('5.3', 'ChatNode.receive');
  }

  /**
   * Sends a message to everyone in a room, on all nodes. Before it returns, it has sent the message to people on this node, and called
   * this.send once with an envelope, even while the bus is down. If that rejects, this.unpublished grows by 1, and nothing is sent again.
   * @param except the userId of somebody who must not get it, on any node
   */
  deliver(room: string, message: ServerMessage, except?: string): void {
    // TODO 5.4
    //   1. Send an envelope to the other nodes, with the next numbers of the room. Don't wait for it.
    //   2. If that fails, count it as unpublished.
    todo('5.4', 'ChatNode.deliver');
    this.chat.broadcast(room, message, except);
  }

  /**
   * Adds one hold to a room. If this.held doesn't have the room, subscribes to its channel, even while the bus is down; each text that
   * arrives goes to this.receive. If this.held has the room, its subscription is shared, also if its count is 0.
   * @returns when the bus has acknowledged the subscription
   */
  async retainRoom(room: string): Promise<void> {
    // TODO 5.5
    //   1. If this.held doesn't have the room, subscribe, and remember it.
    //   2. Count this hold.
    //   3. Wait until the subscription is acknowledged.
    todo('5.5', 'ChatNode.retainRoom');
  }

  /**
   * Removes one hold from a room. With the last hold its subscription ends, and this.held forgets the room, unless somebody holds it again
   * in the meantime. Does nothing for a room that nobody holds. Each subscription is ended once.
   * @returns when the bus has acknowledged the end, or as soon as it is clear that the subscription goes on
   */
  async releaseRoom(room: string): Promise<void> {
    // TODO 5.6
    //   1. Remove this hold. If others are left, stop.
    //   2. Wait until the subscription is acknowledged. It may still be on its way.
    //   3. Look again: has somebody come back, or has another release ended this subscription?
    //   4. If not, forget the room, and end the subscription. Which of the two comes first?
    todo('5.6', 'ChatNode.releaseRoom');
  }
}
