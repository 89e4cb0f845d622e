import { LIMITS } from '#day3/given/limits.ts';
import type { Member } from '#day3/given/rooms.ts';
import type { User } from '#day3/given/server-messages.ts';
import type { Chat } from '../chat.ts';

/** Tells the others who is typing. A page may send `typing` at every key; the others need it only every few seconds. */
export class Typing {
  readonly chat: Chat;
  readonly intervalMs: number;
  /** when each user was last shown as typing, in ms since 1970; forgotten with the user */
  readonly last = new WeakMap<User, number>();

  constructor(chat: Chat, intervalMs = LIMITS.typing) {
    this.chat = chat;
    this.intervalMs = intervalMs;
  }

  /** `typing` to the others in the member's room, at most once every `intervalMs` for each user. Time is `chat.now()`. */
  tell(member: Member): void {
    const { room, user } = member;
    const now = this.chat.now();
    if (room === undefined || now - (this.last.get(user) ?? -Infinity) < this.intervalMs) return;
    this.last.set(user, now);
    this.chat.deliver(room, { type: 'typing', ...user }, user.userId);
  }
}
