/*
 * What you have
 *
 *   this.last: WeakMap<User, number>   when each user was last shown as typing: this.last.get(user) and this.last.set(user, time)
 *   this.now(): number                 the time now, in ms
 *   this.intervalMs: number            the shortest time between two `typing` messages about one user, in ms
 *   this.chat.deliver(room, message, except)   sends a message to everyone in a room, except to the user with that userId
 *   member.user                        { userId, name }: one object for all tabs of a user
 *   member.room: string | undefined    the room that this connection is in
 */
import { LIMITS } from '#day3/given/limits.ts';
import type { Member } from '#day3/given/rooms.ts';
import type { User } from '#day3/given/server-messages.ts';
import { todo } from '#tools/todo.ts';
import type { Chat } from '../chat.ts';

/** Tells the others who is typing. A page may send `typing` at every key; the others need it only every few seconds. */
export class Typing {
  readonly chat: Chat;
  readonly intervalMs: number;
  readonly now: () => number;
  /** when each user was last shown as typing, in ms on the clock `now`; an entry disappears with its user */
  readonly last = new WeakMap<User, number>();

  /** @param now a clock in ms that never runs backwards. The time of day may: then no `typing` would be sent, perhaps for an hour */
  constructor(chat: Chat, intervalMs = LIMITS.typing, now = () => performance.now()) {
    this.chat = chat;
    this.intervalMs = intervalMs;
    this.now = now;
  }

  /**
   * Sends `typing` at once to the other users in the member's room, at most once per `intervalMs` and user, however many tabs the
   * user types in. A member in no room is ignored: nothing is sent and nothing is remembered.
   */
  tell(member: Member): void {
    // TODO 3.a
    //   1. If the connection is in no room, or the others were told less than `intervalMs` ago, do nothing.
    //   2. Remember that they are told now.
    //   3. Deliver `typing` to the other users in the room.
    todo('3.a', 'typing');
  }
}
