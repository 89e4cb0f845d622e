import { epochIds, noHistory, type ChatOptions, type Deliver, type History, type Soon } from '#day3/given/options.ts';
import { Rooms, Users, type Member } from '#day3/given/rooms.ts';
import type { ServerMessage } from '#day3/given/server-messages.ts';

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
    const { user } = member;
    const isNew = !this.rooms.has(room, user.userId);
    this.rooms.add(room, member);
    member.send({ type: 'init', room, userId: user.userId, onlineUsers: this.rooms.users(room) });
    if (isNew) this.deliver(room, { type: 'joined', ...user }, user.userId);
  }

  /** Sends a message to each connection in a room, as text, turned into JSON once. @param except a user who does not get it */
  broadcast(room: string, message: ServerMessage, except?: string): void {
    const text = JSON.stringify(message);
    for (const member of this.rooms.members(room)) {
      if (member.user.userId !== except) member.send(text);
    }
  }

  /** Renames a user, in all tabs: `renamed` to everyone in each room where the user is, the user too. */
  setName(member: Member, name: string): void {
    const { user } = member;
    user.name = name;
    for (const room of this.rooms.of(user.userId)) this.deliver(room, { type: 'renamed', ...user });
  }

  /** Takes a connection out of its room, if it is in one: `left` to the others, with the user's last connection there. */
  leave(member: Member): void {
    const { room, user } = member;
    if (room === undefined) return;
    this.rooms.remove(member);
    if (!this.rooms.has(room, user.userId)) this.deliver(room, { type: 'left', ...user }, user.userId);
  }
}
