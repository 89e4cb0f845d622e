import type { ServerMessage } from '#day3/given/server-messages.ts';
import { BaseNode } from '#day5/given/base-node.ts';
import { readEnvelope, type Envelope } from '#day5/given/envelope.ts';
import { todo } from '#tools/todo.ts';

/** One of several servers that are one chat. Others reach it through the bus; its own people never have to wait for that. */
export class ChatNode extends BaseNode {
  /**
   * Takes in what came on the bus for a room. Never throws: anybody with access to Redis can publish anything. A gap is told to
   * everyone in that room here, and to nobody else.
   *
   * @param text of `readEnvelope`'s format, or not: then it is counted in `this.dropped`, and no more
   */
  receive(text: string): void {
    // TODO 5.3 Read it. What this.name has sent was heard already. this.sequences.place: `old` is no news, before `gap` comes a gap; this.hear.
    todo('5.3', 'ChatNode.receive');
  }

  /**
   * Brings a message to everyone in a room, on all nodes, each connection once. Those here hear it at once, whatever the bus does;
   * the bus is asked each time, also while it is down.
   *
   * @param except a userId that does not get it
   */
  deliver(room: string, message: ServerMessage, except?: string): void {
    // TODO 5.4 Those here hear it. The others: this.send with an Envelope, this.sequences.next(room) in it; where that fails, this.unpublished.
    todo('5.4', 'ChatNode.deliver');
    this.chat.broadcast(room, message, except);
  }

  /**
   * Holds a room's subscription: the first hold subscribes, also while the bus is down; the others share it.
   *
   * @returns when the bus has acknowledged the subscription
   */
  async retainRoom(room: string): Promise<void> {
    // TODO 5.5 this.held has a `Held` for each room: a count, and what this.bus.subscribe(this.channelOf(room), …) promises.
    todo('5.5', 'ChatNode.retainRoom');
  }

  /**
   * Lets go of one hold of `retainRoom`. With the last one the subscription ends, unless somebody comes back meanwhile.
   *
   * @returns when the bus has acknowledged that end; without one, when that is clear
   */
  async releaseRoom(room: string): Promise<void> {
    // TODO 5.6 Count down. At 0 wait for `off`, look again: still 0, still the one in this.held? Only then forget the room, and call it.
    todo('5.6', 'ChatNode.releaseRoom');
  }
}
