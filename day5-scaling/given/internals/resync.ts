import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Member } from '#day3/given/rooms.ts';
import type { ServerMessage, User } from '#day3/given/server-messages.ts';

/** How much is sent in one turn of the event loop, in characters. Then messages, pings and the bus have their turn. */
const SLICE = 1_000_000;

/**
 * Sends a fresh `init` to many members, a slice in each turn. In a room of 5,000 people each `init` has 300 KB: all of them in one
 * turn would block the node for seconds, its own publish would time out meanwhile, and the bus would go down again.
 */
export class Resync {
  readonly #users: (room: string) => User[];
  /** who still waits for an `init` */
  readonly #waiting = new Set<Member>();
  /** room → its list of people as JSON, made once for all its members */
  readonly #lists = new Map<string, string>();
  #isRunning = false;

  /** @param users who is in a room */
  constructor(users: (room: string) => User[]) {
    this.#users = users;
  }

  /** Each of them gets an `init` soon. Members who still wait from before get one, not two. */
  add(members: Iterable<Member>): void {
    for (const member of members) this.#waiting.add(member);
    if (!this.#isRunning) void this.#run();
  }

  /** Those who still wait get no `init`, and the lists are made again. */
  restart(): void {
    this.#waiting.clear();
    this.#lists.clear();
  }

  /** Called with each message for a room. If it is about somebody who comes, goes or has a new name, the room's list is made again. */
  noticed(room: string, { type }: ServerMessage): void {
    if (type === 'joined' || type === 'left' || type === 'renamed') this.#lists.delete(room);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.size > 0) {
      this.#sendSlice();
      await nextTurn();
    }
    this.#lists.clear();
    this.#isRunning = false;
  }

  #sendSlice(): void {
    let sent = 0;
    for (const member of this.#waiting) {
      this.#waiting.delete(member);
      if (member.room === undefined) continue; // has left meanwhile
      const text = this.#init(member.room, member.user);
      member.send(text);
      sent += text.length;
      if (sent >= SLICE) return;
    }
  }

  #init(room: string, { userId }: User): string {
    const list = this.#lists.get(room) ?? JSON.stringify(this.#users(room));
    this.#lists.set(room, list);
    const head = JSON.stringify({ type: 'init', room, userId });
    return `${head.slice(0, -1)},"onlineUsers":${list}}`;
  }
}
