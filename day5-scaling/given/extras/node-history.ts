import type { ChatMessage } from '#day3/given/server-messages.ts';
import { BoundedHistory } from '#day4/given/history.ts';
import type { ForgetfulHistory } from '#day5/given/node-options.ts';

/** Two texts that cross on their way are heard here in one order, there in the other; after this time, in ms, no longer. */
const CROSSING_MS = 2000;

/**
 * What one of several nodes remembers: what it has heard, while it has heard all. Who comes from another node is also sent what came
 * here shortly before their last message: there it may have come after it. What they have, their client drops.
 */
export class NodeHistory implements ForgetfulHistory {
  readonly #perRoom: number;
  readonly #rooms = new Map<string, { message: ChatMessage; at: number }[]>();
  /** for `find` alone: what somebody said once was said, whatever else was missed */
  readonly #said: BoundedHistory;

  constructor(perRoom = 200) {
    this.#perRoom = perRoom;
    this.#said = new BoundedHistory(perRoom);
  }

  add(room: string, message: ChatMessage): void {
    this.#said.add(room, message);
    const heard = this.#rooms.get(room) ?? [];
    heard.push({ message, at: performance.now() });
    if (heard.length > this.#perRoom) heard.shift();
    this.#rooms.set(room, heard);
  }

  after(room: string, id: string): ChatMessage[] | undefined {
    const heard = this.#rooms.get(room) ?? [];
    const last = heard.findLast(({ message }) => message.id === id);
    return last && heard.filter((one) => one !== last && one.at >= last.at - CROSSING_MS).map(({ message }) => message);
  }

  find(room: string, userId: string, key: string): ChatMessage | undefined {
    return this.#said.find(room, userId, key);
  }

  /** Something was missed: who asks for what came after a message from before that is told that there is a gap. @param room all by default */
  forget(room?: string): void {
    if (room === undefined) this.#rooms.clear();
    else this.#rooms.delete(room);
  }
}
