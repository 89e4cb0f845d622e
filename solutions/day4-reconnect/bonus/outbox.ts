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
    // Kept even if it is sent: only the server's copy proves that it arrived. `dropped` must mean that nobody has received it.
    if (this.waiting.length >= this.limit) return 'dropped';
    const message: Outgoing = { type: 'chat', text, key: this.newKey() };
    this.waiting.push(message);
    return transmit(message) ? 'sent' : 'queued';
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
