import type { ServerMessage } from '#day3/given/server-messages.ts';
import type { SeenNode } from '#day5/given/internals/node-options.ts';
import { Resync } from '#day5/given/internals/resync.ts';

const ALONE: ServerMessage = {
  type: 'error',
  code: 'alone',
  message: 'The other servers cannot be reached. You hear only those on this one.',
};

/** When the bus goes down and when it comes back, tells the people on this node, and the other nodes. */
export class Outage {
  readonly #node: SeenNode;
  readonly #resync: Resync;
  /** rooms in which the other nodes have missed a message of this node, and have not been told so yet */
  readonly #notTold = new Set<string>();
  /** messages that have not been published yet */
  readonly #unsent = new Set<{ room: string; publishing: Promise<void> }>();
  /** functions that end the waiting of a join for its subscription */
  readonly #waiting = new Set<() => void>();

  constructor(node: SeenNode) {
    this.#node = node;
    this.#resync = new Resync((room) => node.chat.rooms.users(room));
    node.bus.onStatus((status) => (status === 'up' ? this.#end() : this.#begin()));
  }

  /** Called with each message for the other nodes. If it is not published, they are told `gap` as soon as the bus is back. */
  sends(room: string, publishing: Promise<void>): void {
    const message = { room, publishing };
    this.#unsent.add(message);
    const settled = (): boolean => this.#unsent.delete(message);
    publishing.then(settled, () => {
      settled();
      this.#notTold.add(room);
    });
  }

  /** The rooms of which the other nodes don't have everything yet. */
  undelivered(): string[] {
    return [...new Set([...this.#notTold, ...[...this.#unsent].map(({ room }) => room)])];
  }

  /** Called with each message for a room: see `Resync`. */
  noticed(room: string, message: ServerMessage): void {
    this.#resync.noticed(room, message);
  }

  /** Waits until a promise resolves or rejects, or the bus goes down. If the bus is down already, it doesn't wait. */
  async unlessDown(ready: Promise<void>): Promise<void> {
    if (this.#node.bus.status === 'down') return;
    await new Promise<void>((resolve) => {
      const done = (): void => void (this.#waiting.delete(done), resolve());
      this.#waiting.add(done);
      ready.then(done, done);
    });
  }

  /** Lets somebody into a room. During an outage they are told that they hear only the people on this node. */
  joins(room: string, join: () => void): void {
    const { bus, chat } = this.#node;
    const before = new Set(chat.rooms.members(room));
    join();
    if (bus.status === 'up') return;
    for (const member of chat.rooms.members(room)) if (!before.has(member)) member.send(ALONE);
  }

  #begin(): void {
    const { rooms, chat } = this.#node;
    for (const goOn of this.#waiting) goOn();
    for (const room of rooms) chat.broadcast(room, ALONE);
    this.#resync.restart();
    for (const room of rooms)
      if (chat.rooms.users(room).some(({ unreachable }) => unreachable)) this.#resync.add(chat.rooms.members(room));
  }

  /** Sends `gap` first, before any new message, so that it shows where messages are missing. Then everyone gets a new `init`. */
  #end(): void {
    const { bus, rooms, chat, sequences, options } = this.#node;
    if (!bus.catchesUp) {
      // All numbers start again, because the others don't know which ones they have missed.
      sequences.forget();
      options.history?.forget?.();
      for (const room of rooms) chat.broadcast(room, { type: 'gap' });
    }
    void this.#tellTheOthers();
    this.#resync.restart();
    for (const room of rooms) this.#resync.add(chat.rooms.members(room));
  }

  /** Tells the other nodes `gap`. They may not know that they have missed something: perhaps only this node's connection was cut. */
  async #tellTheOthers(): Promise<void> {
    const { name, bus, rooms, sequences } = this.#node;
    // What the bus has kept comes first. While it keeps as much as it can, it would refuse a `gap`, too.
    if (bus.catchesUp) await Promise.allSettled([...this.#unsent].map(({ publishing }) => publishing));
    for (const room of [...this.#notTold]) {
      if (!this.#notTold.delete(room)) continue;
      const message = { type: 'gap' } as const;
      try {
        // One room at a time: thousands of messages at once might be too much for Redis.
        await this.#node.send({ v: 1, node: name, ...sequences.next(room), room, message });
      } catch {
        return; // this room and the rest have to wait until the bus is back again
      }
      if (!rooms.has(room)) sequences.forget(room);
    }
  }
}
