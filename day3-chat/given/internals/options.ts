import { randomBytes } from 'node:crypto';
import type { ChatMessage, ServerMessage, User } from '#day3/given/server-messages.ts';

/** The messages of the past, for clients that come back. Day 4 passes one that remembers, day 5 one that asks Redis. Its promises never reject. */
export interface History {
  /** Adds a message that was just accepted. */
  add(room: string, message: ChatMessage): void;
  /** The messages after the one with that id, oldest first; undefined (a gap) if that message is no longer remembered. */
  after(room: string, id: string): Soon<ChatMessage[] | undefined>;
  /** Everything in the room that is still remembered, oldest first: after a gap it is sent again. By default nothing is. */
  all?(room: string): ChatMessage[];
  /** The newest id of the room, which `init` carries. If nothing was said yet, an id that `after` knows as the place before the first message. */
  last?(room: string): string | undefined;
  /** The message that this user sent with that key, if it is still remembered. */
  find(room: string, userId: string, key: string): Soon<ChatMessage | undefined>;
}

/** A value, or a promise of it. */
export type Soon<T> = T | Promise<T>;

/**
 * Brings a message to everyone in a room. Day 5 passes one that reaches the other nodes too.
 *
 * @param except the userId of a user who must not get it, on any connection
 */
export type Deliver = (room: string, message: ServerMessage, except?: string) => void;

/** The options of a `Chat`. Each has a default. */
export interface ChatOptions {
  /** by default nothing is remembered: a client that asks for missed messages gets `gap` */
  history?: History;
  /** by default `broadcast`, which reaches the connections of this process. One that reaches further calls it, too. */
  deliver?: Deliver;
  /** the time in ms since 1970 */
  now?: () => number;
  /** makes the id of a new message: opaque to clients, and never used twice, also not after a restart */
  newId?: () => string;
  /** called when a room gets its first connection in this process, and when it loses its last one */
  onRoom?: (room: string, state: 'opened' | 'emptied') => void;
  /** called for each join; it calls `join` when the room is ready, by default at once */
  joining?: (room: string, join: () => void) => Soon<void>;
  /** the users in a room who are connected to other processes; by default none */
  elsewhere?: (room: string) => User[];
}

/** Remembers nothing. */
export const noHistory: History = {
  add() {},
  after: () => undefined,
  find: () => undefined,
};

/** Ids that begin with an epoch, a text that is different after each restart: so an old id is never mistaken for a new message's. */
export function epochIds(epoch = randomBytes(6).toString('base64url')): () => string {
  let count = 0;
  return () => `${epoch}.${++count}`;
}
