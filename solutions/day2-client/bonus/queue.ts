import type { Message } from '#day2/given/base-client.ts';

/** Keeps messages until the connection is open. Call `flush` when it is. */
export class SendQueue {
  /** the oldest first */
  readonly queued: Message[] = [];
  readonly client: { send: (message: Message) => boolean };
  readonly limit: number;

  /** @param limit how many messages it keeps; a queue without one fills the memory while the network is away */
  constructor(client: { send: (message: Message) => boolean }, limit = 100) {
    this.client = client;
    this.limit = limit;
  }

  /** Sends at once where that keeps the order, else queues. @returns what became of the message */
  send(message: Message): 'sent' | 'queued' | 'dropped' {
    if (this.queued.length === 0 && this.client.send(message)) return 'sent';
    if (this.queued.length >= this.limit) return 'dropped';
    this.queued.push(message);
    return 'queued';
  }

  /** Sends what is queued, the oldest first, until one is not handed over: that one and those after it stay. @returns how many went */
  flush(): number {
    let sent = 0;
    while (this.queued.length > 0 && this.client.send(this.queued[0])) {
      this.queued.shift();
      sent++;
    }
    return sent;
  }
}
