/*
 * What you have
 *
 *   this.queued: Message[]               the messages that wait, the oldest first
 *   this.client.send(message): boolean   sends a message now, if it can. Returns whether it did
 */
import type { Message } from '#day2/given/base-client.ts';
import { todo } from '#tools/todo.ts';

/** Keeps messages until the connection is open. Call `flush` when it is. */
export class SendQueue {
  /** the oldest first */
  readonly queued: Message[] = [];
  readonly client: { send: (message: Message) => boolean };
  readonly limit: number;

  /** @param limit how many messages it keeps. Without a limit, a long outage would fill the memory */
  constructor(client: { send: (message: Message) => boolean }, limit = 100) {
    this.client = client;
    this.limit = limit;
  }

  /** Sends a message at once if none is waiting, and otherwise queues it behind them. @returns what happened to the message */
  send(message: Message): 'sent' | 'queued' | 'dropped' {
    if (this.queued.length === 0 && this.client.send(message)) return 'sent';
    if (this.queued.length >= this.limit) return 'dropped';
    this.queued.push(message);
    return 'queued';
  }

  /**
   * Sends the queued messages, the oldest first, and removes each one that was sent. Stops at the first message that can't be
   * sent. It stays in the queue, and so do those behind it, in order.
   *
   * @returns how many messages were sent
   */
  flush(): number {
    // TODO 2.b So far the queued messages are never sent.
    //   1. Send the oldest message. Remove it only if it was sent.
    //   2. Repeat until the queue is empty, or a message can't be sent.
    //   3. Return how many were sent.
    todo('2.b', 'flush');
    return 0; // a placeholder, so that the rest works meanwhile: remove it, too
  }
}
