import { LIMITS } from '#day3/given/limits.ts';
import type { Member } from '#day3/given/rooms.ts';
import type { User } from '#day3/given/server-messages.ts';
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
    const { room, user } = member;
    const now = this.now();
    if (room === undefined || now - (this.last.get(user) ?? -Infinity) < this.intervalMs) return;
    this.last.set(user, now);
    this.chat.deliver(room, { type: 'typing', ...user }, user.userId);
  }
}
