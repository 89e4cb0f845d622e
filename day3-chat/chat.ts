import { epochIds, noHistory, type ChatOptions, type Deliver, type History, type Soon } from '#day3/given/options.ts';
import { Rooms, Users, type Member } from '#day3/given/rooms.ts';
import type { ServerMessage } from '#day3/given/server-messages.ts';
import { todo } from '#tools/todo.ts';

/** Rooms and who is in them. What it is given decides how far a message goes, and what is remembered. What a method sends is on its way when it returns. */
export class Chat {
  readonly rooms: Rooms;
  readonly users = new Users();
  readonly history: History;
  /** Brings a message to a room: by `broadcast`, or however else the chat was told to. All that is for a room goes this way. */
  readonly deliver: Deliver;
  readonly now: () => number;
  readonly newId: () => string;
  readonly joining: (room: string, join: () => void) => Soon<void>;

  constructor(options: ChatOptions = {}) {
    this.rooms = new Rooms(options.onRoom, options.elsewhere);
    this.history = options.history ?? noHistory;
    this.deliver = options.deliver ?? ((room, message, except) => this.broadcast(room, message, except));
    this.now = options.now ?? (() => Date.now());
    this.newId = options.newId ?? epochIds();
    this.joining = options.joining ?? ((_room, join) => join());
  }

  /** Puts a connection into a room: `init` to it, before anything else; `joined` to the others, if the user is new there. */
  join(member: Member, room: string): void {
    // TODO 3.2 `init` with who is here now (`this.rooms.users`), the newcomer too, goes to the newcomer; `joined` to the others.
    todo('3.2', 'join');
    this.rooms.add(room, member);
  }

  /** Sends a message to each connection in a room, as text, turned into JSON once. @param except a user who does not get it */
  broadcast(room: string, message: ServerMessage, except?: string): void {
    // TODO 3.3 It makes the same JSON again for each member, and `except` hears it as well.
    todo('3.3', 'broadcast');
    for (const member of this.rooms.members(room)) member.send(JSON.stringify(message));
  }

  /** Renames a user, in all tabs: `renamed` to everyone in each room where the user is, the user too. */
  setName(member: Member, name: string): void {
    // TODO 3.4 All tabs of a user share `member.user`; `this.rooms.of` knows in which rooms they are, `this.deliver` brings it there.
    todo('3.4', 'setName');
  }

  /** Takes a connection out of its room, if it is in one: `left` to the others, with the user's last connection there. */
  leave(member: Member): void {
    // TODO 3.5 Out of `this.rooms`; then the others hear it, once, and only if no other tab of the user is there.
    todo('3.5', 'leave');
  }
}
