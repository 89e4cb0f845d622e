import type { ServerMessage, User } from '#day3/given/server-messages.ts';
import type { PresenceElsewhere, SeenNode } from '#day5/given/internals/node-options.ts';
import { readReport, type Report } from '#day5/given/for-bonus/reports.ts';
import { randomBytes } from 'node:crypto';

/** Everything that this node knows about another node. */
export interface Other {
  epoch: string;
  version: number;
  /** the time of its last report, in ms by `performance.now()` */
  heardAt: number;
  /** true from the start of an outage, until it is heard again */
  isMissing: boolean;
  /** room → userId → name */
  people: Map<string, Map<string, string>>;
}

/** Options of `Presence`; times in ms. */
export interface PresenceOptions {
  /** time between two reports that this node is alive; 5,000 by default */
  everyMs?: number;
  /**
   * A node that has been silent for this long counts as dead; 15,000 by default, three reports. Perhaps it was only cut off: nobody can tell
   * from outside. The people on the other nodes see its people leave now, and join when it is back.
   */
  ttlMs?: number;
}

const EVERYONE = '';

/** Each node reports to all others which users are on it, and remembers their reports. It tells its own people who joins and leaves the chat, on any node. */
export abstract class Cluster implements PresenceElsewhere {
  readonly others = new Map<string, Other>();
  readonly ttlMs: number;
  readonly #node: SeenNode;
  readonly #epoch = randomBytes(6).toString('base64url');
  readonly #channel: string;
  readonly #timer: ReturnType<typeof setInterval>;
  #version = 0;
  #isOver = false;

  constructor(node: SeenNode, { everyMs = 5000, ttlMs = 15_000 }: PresenceOptions = {}) {
    this.#node = node;
    this.ttlMs = ttlMs;
    this.#channel = `${node.options.prefix ?? 'chat'}:presence`;
    node.bus.subscribe(this.#channel, (text) => this.#hear(text)).catch(() => {});
    node.bus.onStatus((status) => (status === 'up' ? this.#isBack() : this.#isGone(2 * everyMs)));
    this.#timer = setInterval(() => {
      if (node.bus.status === 'down') return; // nothing arrives now, so a silent node may well be alive
      this.#say({ type: 'alive' });
      this.sweep();
    }, everyMs).unref();
  }

  /** Forgets the nodes that have been silent for too long. */
  abstract sweep(): void;

  users(room: string): User[] {
    const all = new Map([...this.others.values()].flatMap(({ people }) => [...(people.get(room) ?? [])]));
    const mark = this.#node.bus.status === 'down' ? { unreachable: true } : {};
    return [...all].map(([userId, name]) => ({ userId, name, ...mark }));
  }

  takes(room: string, message: ServerMessage, except?: string): boolean {
    if (message.type === 'renamed') this.#change('here', room, message);
    if (message.type !== 'joined' && message.type !== 'left') return false;
    const { userId, name } = message;
    this.#change(message.type === 'joined' ? 'here' : 'gone', room, { userId, name });
    // If the same user is on another node, too, nothing changes for the people in the room.
    if (!this.#isElsewhere(room, userId)) this.#node.tell(room, message, except);
    return true;
  }

  async goodbye(): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#timer);
    // Not volatile: when a bus that catches up is closed, it sends this after everything else that still waits.
    void this.#publish({ type: 'bye' }, false).catch(() => {}); // if it fails, the others notice that no more reports come
  }

  /**
   * Removes a node that has said goodbye, or has been silent for too long. Announces `left` for each of its users who is not on any remaining
   * node. If the node has not come back after an outage, it has taken with it whatever it could not publish: so people are told `gap` first.
   */
  forget(name: string): void {
    const other = this.others.get(name);
    if (!other) return;
    this.others.delete(name);
    if (other.isMissing) for (const room of this.#node.rooms) this.#node.tell(room, { type: 'gap' });
    for (const [room, people] of other.people)
      for (const [userId, called] of people) this.#vanished(room, userId, called);
  }

  /** An outage has begun. If a node was there until now, nobody knows what it says from now on. @param recentMs it was heard so recently */
  #isGone(recentMs: number): void {
    if (!this.#node.bus.catchesUp) return; // everyone is told `gap` anyway
    for (const other of this.others.values()) other.isMissing ||= performance.now() - other.heardAt < recentMs;
  }

  /** The bus is up again: the others get the usual time to say that they are alive. */
  #isBack(): void {
    for (const other of this.others.values()) other.heardAt = performance.now();
    this.#say({ type: 'ask', to: EVERYONE });
  }

  #isElsewhere(room: string, userId: string): boolean {
    return [...this.others.values()].some(({ people }) => people.get(room)?.has(userId));
  }

  #isAnywhere(room: string, userId: string): boolean {
    return this.#node.chat.rooms.has(room, userId) || this.#isElsewhere(room, userId);
  }

  #vanished(room: string, userId: string, name: string): void {
    if (!this.#isAnywhere(room, userId)) this.#node.tell(room, { type: 'left', userId, name });
  }

  #hear(text: string): void {
    const report = readReport(text);
    if (!report) return void this.#node.dropped++;
    if (report.node === this.#node.name || this.#isOver) return;
    if (report.type === 'ask' && [this.#node.name, EVERYONE].includes(report.to))
      this.#say({ type: 'all', people: this.#people() });
    const other = this.others.get(report.node);
    const known = other?.epoch === report.epoch ? other : undefined;
    if (known) Object.assign(known, { heardAt: performance.now(), isMissing: false });
    if (report.type === 'bye') return this.forget(report.node); // it comes after everything that waited
    if (report.type === 'all') {
      if (!known || report.version > known.version) this.#replace(report); // an older list may have people who have left since
      return;
    }
    const isChange = report.type === 'here' || report.type === 'gone';
    const next = (known?.version ?? 0) + (isChange ? 1 : 0);
    if (known && report.version < next) return; // known already
    if (!known || report.version > next) return this.#say({ type: 'ask', to: report.node });
    if (isChange) this.#apply(known, report);
  }

  #apply(other: Other, report: Extract<Report, { type: 'here' | 'gone' }>): void {
    const { room, userId } = report;
    other.version = report.version;
    const people = other.people.get(room) ?? new Map<string, string>();
    const name = people.get(userId);
    if (report.type === 'gone') {
      people.delete(userId);
      if (people.size === 0) other.people.delete(room);
      return name === undefined ? undefined : this.#vanished(room, userId, name);
    }
    const isNew = !this.#isAnywhere(room, userId);
    other.people.set(room, people.set(userId, report.name));
    if (isNew) this.#node.tell(room, { type: 'joined', userId, name: report.name });
  }

  #replace({ node, epoch, version, people }: Extract<Report, { type: 'all' }>): void {
    const before = this.others.get(node)?.people ?? new Map<string, Map<string, string>>();
    const after: Other = { epoch, version, heardAt: performance.now(), isMissing: false, people: new Map() };
    const isNew = people.filter(({ room, userId }) => !this.#isAnywhere(room, userId));
    for (const { room, userId, name } of people)
      after.people.set(room, (after.people.get(room) ?? new Map()).set(userId, name));
    this.others.set(node, after);
    for (const { room, userId, name } of isNew) this.#node.tell(room, { type: 'joined', userId, name });
    for (const [room, users] of before) for (const [userId, name] of users) this.#vanished(room, userId, name);
  }

  #change(type: 'here' | 'gone', room: string, { userId, name }: User): void {
    this.#version++;
    this.#say(type === 'here' ? { type, room, userId, name } : { type, room, userId });
  }

  #people() {
    const { chat, rooms } = this.#node;
    return [...rooms].flatMap((room) => chat.rooms.local(room).map((user) => ({ room, ...user })));
  }

  #say(what: Record<string, unknown>): void {
    if (!this.#isOver) this.#publish(what).catch(() => {}); // a node that misses it notices that at the next `alive`
  }

  #publish(what: Record<string, unknown>, volatile = true): Promise<void> {
    return this.#node.bus.publish(
      this.#channel,
      JSON.stringify({ v: 1, node: this.#node.name, epoch: this.#epoch, version: this.#version, ...what }),
      { volatile },
    );
  }
}
