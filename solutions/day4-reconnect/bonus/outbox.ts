import type { Outgoing, Queue, Transmit } from '#day4/given/types.ts';

/** What was said and has not come back yet. Each message carries a key, so that it can be sent again without being heard twice. */
export class Outbox implements Queue {
  readonly waiting: Outgoing[] = [];
  readonly limit: number;
  readonly newKey: () => string;

  /** @param limit messages that may wait; @param newKey a key that this user has never used before, in no tab */
  constructor(limit = 100, newKey = randomKeys()) {
    this.limit = limit;
    this.newKey = newKey;
  }

  /**
   * Takes in a text, under a new key, and passes it to `transmit` at once, whatever waits beside it. It stays until its copy comes
   * back from the server.
   *
   * @returns `sent`, or `queued` where it cannot be transmitted now; `dropped` where the outbox is full: neither kept nor transmitted
   */
  add(text: string, transmit: Transmit): 'sent' | 'queued' | 'dropped' {
    if (this.waiting.length >= this.limit) return 'dropped';
    const message: Outgoing = { type: 'chat', text, key: this.newKey() };
    this.waiting.push(message);
    return transmit(message) ? 'sent' : 'queued';
  }

  /** All that waits, in order, until one cannot be transmitted. The server knows by the keys what it has already. */
  resend(transmit: Transmit): void {
    for (const message of this.waiting) if (!transmit(message)) return;
  }

  confirm(key: string): void {
    const at = this.waiting.findIndex((message) => message.key === key);
    if (at >= 0) this.waiting.splice(at, 1);
  }
}

/** Not crypto.randomUUID: a page over plain http from another machine does not have it. */
function randomKeys(): () => string {
  const prefix = Array.from(crypto.getRandomValues(new Uint32Array(3)), (number) => number.toString(36)).join('');
  let count = 0;
  return () => `${prefix}.${++count}`;
}
