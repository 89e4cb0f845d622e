import { LIMITS } from '#day3/given/limits.ts';
import type { Member } from '#day3/given/rooms.ts';
import type { User } from '#day3/given/server-messages.ts';
import { todo } from '#tools/todo.ts';
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
    // TODO 3.a `this.last` remembers when. To the others: `this.chat.deliver` with `except`.
    todo('3.a', 'typing');
  }
}
