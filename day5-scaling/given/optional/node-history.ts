import { randomBytes } from 'node:crypto';
import type { ChatMessage } from '#day3/given/server-messages.ts';
import { BoundedHistory } from '#day4/given/history.ts';
import type { ForgetfulHistory } from '#day5/given/internals/node-options.ts';

/** Two texts that cross on their way are heard here in one order, there in the other; after this time, in ms, no longer. */
const CROSSING_MS = 2000;

interface Room {
  /** a place before the first message; undefined if a message was forgotten */
  start: string | undefined;
  heard: { message: ChatMessage; at: number }[];
}

/**
 * What one of several nodes remembers: what it has heard, while it has heard all. Who comes from another node is also sent what came
 * here shortly before their last message: there it may have come after it. What they have, their client drops.
 */
export class NodeHistory implements ForgetfulHistory {
  readonly #perRoom: number;
  readonly #rooms = new Map<string, Room>();
  /** for `find` alone: what somebody said once was said, whatever else was missed */
  readonly #said: BoundedHistory;

  constructor(perRoom = 200) {
    this.#perRoom = perRoom;
    this.#said = new BoundedHistory(perRoom);
  }

  add(room: string, message: ChatMessage): void {
    this.#said.add(room, message);
    const kept = this.#room(room);
    kept.heard.push({ message, at: performance.now() });
    if (kept.heard.length <= this.#perRoom) return;
    kept.heard.shift();
    kept.start = undefined;
  }

  after(room: string, id: string): ChatMessage[] | undefined {
    const { start, heard } = this.#rooms.get(room) ?? { heard: [] };
    if (id === start) return heard.map(({ message }) => message);
    const last = heard.findLast(({ message }) => message.id === id);
    return last && heard.filter((one) => one !== last && one.at >= last.at - CROSSING_MS).map(({ message }) => message);
  }

  all(room: string): ChatMessage[] {
    return this.#rooms.get(room)?.heard.map(({ message }) => message) ?? [];
  }

  /** The newest id, or the place before the first message. Only this node knows that place: at another one it is a gap. */
  last(room: string): string | undefined {
    const { start, heard } = this.#room(room);
    return heard.at(-1)?.message.id ?? start;
  }

  find(room: string, userId: string, key: string): ChatMessage | undefined {
    return this.#said.find(room, userId, key);
  }

  /** Something was missed: who asks for what came after a message from before that is told that there is a gap. @param room all by default */
  forget(room?: string): void {
    if (room === undefined) this.#rooms.clear();
    else this.#rooms.delete(room);
  }

  #room(name: string): Room {
    const room = this.#rooms.get(name) ?? { start: `start.${randomBytes(6).toString('base64url')}`, heard: [] };
    this.#rooms.set(name, room);
    return room;
  }
}
