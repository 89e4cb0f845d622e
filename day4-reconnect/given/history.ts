import type { History } from '#day3/given/options.ts';
import type { ChatMessage } from '#day3/given/server-messages.ts';

/** The last messages of each room, in memory. A restarted server has none: it says `gap` to whoever comes back. */
export class BoundedHistory implements History {
  readonly #rooms = new Map<string, ChatMessage[]>();
  readonly #perRoom: number;
  readonly #maxRooms: number;

  /** @param perRoom messages kept for each room; @param maxRooms rooms kept, those in which something was said last */
  constructor(perRoom = 200, maxRooms = 1000) {
    this.#perRoom = perRoom;
    this.#maxRooms = maxRooms;
  }

  add(room: string, message: ChatMessage): void {
    const messages = this.#rooms.get(room) ?? [];
    messages.push(message);
    if (messages.length > this.#perRoom) messages.shift();
    this.#rooms.delete(room); // and to the end: a Map keeps the order in which keys came
    this.#rooms.set(room, messages);
    if (this.#rooms.size > this.#maxRooms) this.#rooms.delete(this.#rooms.keys().next().value!);
  }

  /** The messages after the one with that id, oldest first; undefined where that one is not remembered (any more). */
  after(room: string, id: string): ChatMessage[] | undefined {
    const messages = this.#rooms.get(room) ?? [];
    const at = messages.findLastIndex((message) => message.id === id);
    return at < 0 ? undefined : messages.slice(at + 1);
  }

  find(room: string, userId: string, key: string): ChatMessage | undefined {
    return this.#rooms.get(room)?.findLast((message) => message.userId === userId && message.key === key);
  }
}
