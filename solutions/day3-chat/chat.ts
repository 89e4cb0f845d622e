import { BaseChat } from '#day3/given/base-chat.ts';
import type { Member } from '#day3/given/rooms.ts';
import type { ServerMessage } from '#day3/given/server-messages.ts';

/** Rooms, and who is in them. Each method sends its messages before it returns, without `await` and without timers. */
export class Chat extends BaseChat {
  /**
   * Puts a connection into a room. First this connection gets `init`, which lists each user in the room once, including its own user. Then
   * the other users get `joined`. If this user was in the room already (in a second tab, or in this one), only `init` is sent.
   */
  join(member: Member, room: string): void {
    const { user } = member;
    // Ask before the connection is added: afterwards the user is in the room in any case.
    const isNew = !this.rooms.has(room, user.userId);
    this.rooms.add(room, member);
    member.send({ type: 'init', room, userId: user.userId, onlineUsers: this.rooms.users(room) });
    if (isNew) this.deliver(room, { type: 'joined', ...user }, user.userId);
  }

  /** Sends a message to each connection in a room, as JSON text. Makes the text once. @param except the userId of a user who gets nothing */
  broadcast(room: string, message: ServerMessage, except?: string): void {
    // All connections get the same text, so it is made once.
    const text = JSON.stringify(message);
    for (const member of this.rooms.members(room)) {
      if (member.user.userId !== except) member.send(text);
    }
  }

  /** Gives a user a new name, in all tabs. In each room that the user is in, everyone gets `renamed`, the user as well. */
  setName(member: Member, name: string): void {
    const { user } = member;
    // All tabs of the user share this object, and every later message reads the name from it.
    user.name = name;
    for (const room of this.rooms.of(user.userId)) this.deliver(room, { type: 'renamed', ...user });
  }

  /** Takes a connection out of its room. If it was the user's last one there, the others get `left`. Does nothing if it is in no room. */
  leave(member: Member): void {
    // Keep the room: `remove` sets `member.room` to undefined.
    const { room, user } = member;
    if (room === undefined) return;
    this.rooms.remove(member);
    if (!this.rooms.has(room, user.userId)) this.deliver(room, { type: 'left', ...user }, user.userId);
  }
}
