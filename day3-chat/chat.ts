/*
 * What you have
 *
 *   member.user                           the User behind this connection: { userId, name }. All tabs of a user share this object
 *   member.room: string | undefined       the room that this connection is in; this.rooms sets it
 *   member.send(message)                  sends to this connection alone: an object as JSON, a string as it is. Never throws
 *
 *   this.rooms.has(room, userId): boolean   is the user in this room, with at least one tab?
 *   this.rooms.add(room, member): void      puts a connection into a room, and tells nobody
 *   this.rooms.remove(member): void         takes a connection out of its room, sets member.room to undefined, and tells nobody
 *   this.rooms.members(room)                the connections in a room, to loop over
 *   this.rooms.users(room): User[]          the users in a room, each of them once. On day 5 also those on other servers
 *   this.rooms.of(userId): string[]         the rooms that a user is in, each of them once
 *
 *   this.deliver(room, message, except?): void   sends a message to everyone in a room, except to the user with that userId. Today it
 *                                                calls your broadcast; on day 5 it also reaches the other servers
 *
 * The fields of each message are in given/server-messages.ts, for example { type: 'joined', userId, name }.
 */
import { BaseChat } from '#day3/given/base-chat.ts';
import type { Member } from '#day3/given/rooms.ts';
import type { ServerMessage } from '#day3/given/server-messages.ts';
import { todo } from '#tools/todo.ts';

/** Rooms, and who is in them. Each method sends its messages before it returns, without `await` and without timers. */
export class Chat extends BaseChat {
  /**
   * Puts a connection into a room. First this connection gets `init`, which lists each user in the room once, including its own user. Then
   * the other users get `joined`. If this user was in the room already (in a second tab, or in this one), only `init` is sent.
   */
  join(member: Member, room: string): void {
    // TODO 3.2 So far the connection is put into the room, and nobody is told.
    //   1. Before you add the connection, find out whether this user is in the room already.
    //   2. After you have added it, send `init` to this connection.
    //   3. If the user is new in the room, deliver `joined` to the other users.
    todo('3.2', 'join');
    this.rooms.add(room, member);
  }

  /** Sends a message to each connection in a room, as JSON text. Makes the text once. @param except the userId of a user who gets nothing */
  broadcast(room: string, message: ServerMessage, except?: string): void {
    // TODO 3.3 This makes the same JSON again for each connection, and sends to everyone.
    //   1. Make the JSON once, however many connections there are.
    //   2. Leave out all connections of the user `except`. The others must still get the message.
    todo('3.3', 'broadcast');
    for (const member of this.rooms.members(room)) member.send(JSON.stringify(message));
  }

  /** Gives a user a new name, in all tabs. In each room that the user is in, everyone gets `renamed`, the user as well. */
  setName(member: Member, name: string): void {
    // TODO 3.4
    //   1. Change the name in the one place that all tabs of the user share.
    //   2. Deliver `renamed` to each room that the user is in.
    todo('3.4', 'setName');
  }

  /** Takes a connection out of its room. If it was the user's last one there, the others get `left`. Does nothing if it is in no room. */
  leave(member: Member): void {
    // TODO 3.5
    //   1. If the connection is in no room, there is nothing to do.
    //   2. Take it out of its room.
    //   3. If the user has no other tab in that room, deliver `left` to the others.
    todo('3.5', 'leave');
  }
}
