import type { History } from '#day3/given/internals/options.ts';
import type { ChatMessage } from '#day3/given/server-messages.ts';
import { BoundedHistory } from '#day4/given/history.ts';
import { chatOf } from '#day5/given/for-bonus/chat-of.ts';
import { isAfter, reachesBack, type Entry } from '#day5/given/for-bonus/entries.ts';
import { missed } from '#day5/bonus/missed.ts';
import type { StreamBus } from '#day5/given/for-bonus/stream-bus.ts';

/** How many entries of each room, and how many rooms, this node keeps a copy of. It asks Redis only for newer entries. */
const [ENTRIES, ROOMS] = [2000, 100];

/** A history that all nodes share: the streams in Redis. A client that has lost its node can resume on any other. */
export class StreamHistory implements History {
  readonly #bus: StreamBus;
  readonly #channelOf: (room: string) => string;
  readonly #heard = new BoundedHistory(200);
  readonly #copies = new Map<string, Entry[]>();

  /** @param prefix the same as the node's */
  constructor(bus: StreamBus, prefix = 'chat') {
    this.#bus = bus;
    this.#channelOf = (room) => `${prefix}:room:${room}`;
  }

  /** Adds a message to this node's own memory. The bus has put it into the stream, or will do so after the outage. */
  add(room: string, message: ChatMessage): void {
    this.#heard.add(room, message);
  }

  /** Undefined (a gap) if the id is unknown, Redis does not answer, or the stream has lost entries that the message's sender had not read. */
  async after(room: string, id: string): Promise<ChatMessage[] | undefined> {
    const entries = await this.#entries(room).catch((): Entry[] => []);
    const last = entries.find((entry) => entry.text.includes(JSON.stringify(id)) && chatOf(entry)?.id === id); // parsing all of them would take a while
    return last && reachesBack(entries, last.seen) ? missed(entries, id) : undefined;
  }

  async find(room: string, userId: string, key: string): Promise<ChatMessage | undefined> {
    const heard = this.#heard.find(room, userId, key);
    if (heard) return heard;
    const entries = await this.#entries(room).catch(() => []);
    const candidates = entries.filter(({ text }) => text.includes(JSON.stringify(key)));
    return candidates.map(chatOf).findLast((message) => message?.userId === userId && message.key === key);
  }

  /** A room's entries, up to now. @throws if Redis does not answer */
  async #entries(room: string): Promise<Entry[]> {
    const [before, known] = [-2, -1].map((at) => this.#copies.get(room)?.at(at)?.id);
    let entries = await this.#bus.read(this.#channelOf(room), before);
    // The last known entry is read again. If the stream no longer has it, newer ones may be gone, too: then everything is read again.
    if (known && !entries.some(({ id }) => id === known)) {
      if (before) entries = await this.#bus.read(this.#channelOf(room));
      this.#copies.delete(room);
    }
    const copy = this.#copies.get(room) ?? []; // another answer may have come before this one
    const last = copy.at(-1);
    copy.push(...entries.filter(({ id }) => !last || isAfter(id, last.id)));
    copy.splice(0, copy.length - ENTRIES);
    this.#copies.delete(room); // this moves the room to the end, because a Map keeps the order in which its keys were added
    this.#copies.set(room, copy);
    if (this.#copies.size > ROOMS) this.#copies.delete(this.#copies.keys().next().value!);
    return copy;
  }
}
