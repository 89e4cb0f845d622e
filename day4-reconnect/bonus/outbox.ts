/*
 * What you have
 *
 *   this.waiting: Outgoing[]             the messages that the server has not confirmed, oldest first
 *   this.limit: number                   how many of them there may be
 *   this.newKey(): string                a key that was never used before
 *   transmit(message): boolean           sends { type: 'chat', text, key } if the client is in the room; false if it isn't
 *
 * The client calls `confirm(key)` when a message comes back from the server, and `resend` after each join. Both are written already.
 */
import { todo } from '#tools/todo.ts';
import type { Outgoing, Queue, Transmit } from '#day4/given/types.ts';

/** Keeps each message until its copy comes back from the server. The key lets the server recognise a message that is sent again. */
export class Outbox implements Queue {
  readonly waiting: Outgoing[] = [];
  readonly limit: number;
  readonly newKey: () => string;

  /** @param limit how many messages may wait @param newKey makes a key that this user has never used, in any tab */
  constructor(limit = 100, newKey = randomKeys()) {
    this.limit = limit;
    this.newKey = newKey;
  }

  /**
   * Puts a message with this text and a new key at the end of `waiting`, and passes it to `transmit` at once, even if others are still
   * waiting. It stays in `waiting` even if it was sent: only `confirm` takes it out.
   *
   * @returns `sent` if `transmit` returned true, otherwise `queued`. If `limit` messages are waiting already: `dropped`, and the text is
   *   neither kept nor transmitted
   */
  add(text: string, transmit: Transmit): 'sent' | 'queued' | 'dropped' {
    // TODO 4.a So far nothing is kept and no message has a key: what cannot be sent now is lost.
    //   1. Is there room for one more?
    //   2. Make the message, with a new key, and keep it.
    //   3. Transmit it, and return what happened to it.
    todo('4.a', 'add');
    return transmit({ type: 'chat', text }) ? 'sent' : 'dropped'; // a placeholder: remove it, too
  }

  /** Sends everything that waits, in order, until `transmit` returns false. The keys tell the server which ones it has already. */
  resend(transmit: Transmit): void {
    for (const message of this.waiting) if (!transmit(message)) return;
  }

  confirm(key: string): void {
    const at = this.waiting.findIndex((message) => message.key === key);
    if (at >= 0) this.waiting.splice(at, 1);
  }
}

/** Not crypto.randomUUID: a page that was loaded over plain http from another machine doesn't have it. */
function randomKeys(): () => string {
  const prefix = Array.from(crypto.getRandomValues(new Uint32Array(3)), (number) => number.toString(36)).join('');
  let count = 0;
  return () => `${prefix}.${++count}`;
}
