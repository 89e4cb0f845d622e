import { randomBytes } from 'node:crypto';
import type { History } from '#day3/given/internals/options.ts';
import type { ChatMessage } from '#day3/given/server-messages.ts';

interface Room {
  /** a place before the first message; undefined once a message was forgotten */
  start: string | undefined;
  messages: ChatMessage[];
}

/**
 * The last messages of each room, in memory. After a restart nothing is left, so clients that come back are told `gap`.
 *
 * Keys are remembered longer than texts: a message that was sent again must be recognised even if many others came in between.
 */
export class BoundedHistory implements History {
  readonly #rooms = new Map<string, Room>();
  readonly #perRoom: number;
  readonly #maxRooms: number;
  /** by user, then by room and key; the newest last */
  readonly #keys = new Map<string, Map<string, ChatMessage>>();
  readonly #maxKeys: { perUser: number; users: number };
  /** the place before the first message of a room in which nothing was said yet */
  #start = newStart();

  /**
   * @param perRoom how many messages of each room are kept
   * @param maxRooms how many rooms are kept: those in which somebody spoke last
   * @param keys how many keys of each user are kept, and of how many users: those who spoke last
   */
  constructor(perRoom = 200, maxRooms = 1000, keys = { perUser: 100, users: 1000 }) {
    this.#perRoom = perRoom;
    this.#maxRooms = maxRooms;
    this.#maxKeys = keys;
  }

  add(room: string, message: ChatMessage): void {
    const kept = this.#rooms.get(room) ?? { start: this.#start, messages: [] };
    kept.messages.push(message);
    if (kept.messages.length > this.#perRoom) {
      kept.messages.shift();
      kept.start = undefined;
    }
    toTheEnd(this.#rooms, room, kept);
    // A forgotten room looks like one in which nothing was said. A new start tells them apart.
    if (shrink(this.#rooms, this.#maxRooms)) this.#start = newStart();
    this.#rememberKey(room, message);
  }

  /** The messages after the one with that id, oldest first; undefined if that one is not remembered. */
  after(room: string, id: string): ChatMessage[] | undefined {
    const { start, messages } = this.#rooms.get(room) ?? { start: this.#start, messages: [] };
    if (id === start) return [...messages];
    const at = messages.findLastIndex((message) => message.id === id);
    return at < 0 ? undefined : messages.slice(at + 1);
  }

  all(room: string): ChatMessage[] {
    return [...(this.#rooms.get(room)?.messages ?? [])];
  }

  /** The newest id, or the place before the first message: `after` knows both. */
  last(room: string): string {
    return this.#rooms.get(room)?.messages.at(-1)?.id ?? this.#start;
  }

  find(room: string, userId: string, key: string): ChatMessage | undefined {
    return this.#keys.get(userId)?.get(JSON.stringify([room, key]));
  }

  #rememberKey(room: string, message: ChatMessage): void {
    if (message.key === undefined) return;
    const keys = this.#keys.get(message.userId) ?? new Map<string, ChatMessage>();
    toTheEnd(keys, JSON.stringify([room, message.key]), message);
    shrink(keys, this.#maxKeys.perUser);
    toTheEnd(this.#keys, message.userId, keys);
    shrink(this.#keys, this.#maxKeys.users);
  }
}

const newStart = (): string => `start.${randomBytes(6).toString('base64url')}`;

/** A Map keeps the order in which keys came: the first is the one that was set longest ago. */
function toTheEnd<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
}

/** Deletes the oldest entry if there are too many. @returns whether it did */
const shrink = (map: Map<string, unknown>, most: number): boolean =>
  map.size > most && map.delete(map.keys().next().value!);
