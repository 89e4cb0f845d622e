import { randomBytes } from 'node:crypto';
import type { ChatMessage } from '#day3/given/server-messages.ts';
import { BoundedHistory } from '#day4/given/history.ts';
import type { ForgetfulHistory } from '#day5/given/internals/node-options.ts';

/** If two messages are sent at about the same time, two nodes may receive them in different orders. After this time, in ms, they no longer do. */
const CROSSING_MS = 2000;

interface Room {
  /** a place before the first message; undefined if a message was forgotten */
  start: string | undefined;
  heard: { message: ChatMessage; at: number }[];
}

/**
 * The messages that one of several nodes has heard, as long as it has missed none. A client that resumes may come from another node. There,
 * messages may have come in another order. So it is also sent those that came here shortly before the last one that it has seen. If it has
 * seen them, it ignores them.
 */
export class NodeHistory implements ForgetfulHistory {
  readonly #perRoom: number;
  readonly #rooms = new Map<string, Room>();
  /** only for `find`: these messages stay, even if others were missed */
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

  /** The newest id, or the place before the first message. Only this node knows that place. On another node it leads to a gap. */
  last(room: string): string | undefined {
    const { start, heard } = this.#room(room);
    return heard.at(-1)?.message.id ?? start;
  }

  find(room: string, userId: string, key: string): ChatMessage | undefined {
    return this.#said.find(room, userId, key);
  }

  /** Call it if messages were missed: a client that has seen only earlier ones is then told that there is a gap. @param room all rooms by default */
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
