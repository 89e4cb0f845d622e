import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Member } from '#day3/given/rooms.ts';
import type { ServerMessage, User } from '#day3/given/server-messages.ts';

/** How many characters are sent in one turn of the event loop. Then messages, pings and the bus are handled. */
const SLICE = 1_000_000;

/**
 * Sends a new `init` to many members, some in each turn of the event loop. In a room of 5,000 people, each `init` has 300 KB. To send all
 * of them in one turn would block the node for seconds. Its own publishes would time out, and the bus would go down again.
 */
export class Resync {
  readonly #users: (room: string) => User[];
  /** the members who still wait for an `init` */
  readonly #waiting = new Set<Member>();
  /** room → its list of people as JSON, which is made once for all members */
  readonly #lists = new Map<string, string>();
  #isRunning = false;

  /** @param users returns the users in a room */
  constructor(users: (room: string) => User[]) {
    this.#users = users;
  }

  /** Sends an `init` to these members soon. A member who is waiting already gets only one. */
  add(members: Iterable<Member>): void {
    for (const member of members) this.#waiting.add(member);
    if (!this.#isRunning) void this.#run();
  }

  /** Forgets the members who still wait, and the lists. */
  restart(): void {
    this.#waiting.clear();
    this.#lists.clear();
  }

  /** Called with each message for a room. If somebody comes, goes or has a new name, the room's list must be made again. */
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
      if (member.room === undefined) continue; // this member has left meanwhile
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
