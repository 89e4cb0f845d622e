import { randomBytes } from 'node:crypto';
import type { ChatMessage, ServerMessage, User } from '#day3/given/server-messages.ts';

/** What was said, for who comes back. Day 4 passes one that remembers; day 5 one that has to ask for it. Its promises never reject. */
export interface History {
  /** Takes in a message that was just accepted. */
  add(room: string, message: ChatMessage): void;
  /** The messages after the one with that id, oldest first; undefined (a gap) where it no longer reaches back to it. */
  after(room: string, id: string): Soon<ChatMessage[] | undefined>;
  /** Everything in the room that is still remembered, oldest first: after a gap it is sent again. By default nothing is. */
  all?(room: string): ChatMessage[];
  /** The newest id of the room, for `init`. If nothing was said yet, an id that `after` knows as the place before the first message. */
  last?(room: string): string | undefined;
  /** The message that this user sent under that key, while it is still remembered. */
  find(room: string, userId: string, key: string): Soon<ChatMessage | undefined>;
}

/** A value that is there, or will be. */
export type Soon<T> = T | Promise<T>;

/**
 * Brings a message to everyone in a room. Day 5 passes one that reaches the other nodes too.
 *
 * @param except a user who is not to get it, on none of their connections
 */
export type Deliver = (room: string, message: ServerMessage, except?: string) => void;

/** What a `Chat` can be given; each has a default. */
export interface ChatOptions {
  /** by default nothing is remembered: who asks for what was missed is told that there is a gap */
  history?: History;
  /** by default `broadcast`: to the connections of this process. One that reaches further calls it as well. */
  deliver?: Deliver;
  /** the time in ms since 1970 */
  now?: () => number;
  /** a new message's id, opaque to clients, never given twice, not by the next process either */
  newId?: () => string;
  /** called when a room gets its first member in this process, and when it has lost its last one */
  onRoom?: (room: string, state: 'opened' | 'emptied') => void;
  /** called for each join; it calls `join` when the room is ready for one more. By default that is at once. */
  joining?: (room: string, join: () => void) => Soon<void>;
  /** who else is in a room, connected to another process; by default nobody */
  elsewhere?: (room: string) => User[];
}

/** Remembers nothing. */
export const noHistory: History = {
  add() {},
  after: () => undefined,
  find: () => undefined,
};

/** Ids that carry an epoch, which is another one after a restart: an old id is then unknown, not taken for a new message's. */
export function epochIds(epoch = randomBytes(6).toString('base64url')): () => string {
  let count = 0;
  return () => `${epoch}.${++count}`;
}
