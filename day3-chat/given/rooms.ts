import { WebSocket } from 'ws';
import type { ServerMessage, User } from '#day3/given/server-messages.ts';

/** Sends a text on a socket. */
export type Write = (socket: WebSocket, text: string) => void;

/** One connection, which usually means one tab. A user may have several. */
export class Member {
  readonly socket: WebSocket;
  /** the same object for all of a user's connections */
  readonly user: User;
  /** the room that this connection is in; `Rooms` sets it */
  room: string | undefined;
  /** the newest id in the history of the room that it joins: each `init` carries it as `last` */
  newest: string | undefined;
  readonly #write: Write;
  #held: string[] | undefined;

  constructor(socket: WebSocket, user: User, write: Write = (to, text) => to.send(text)) {
    this.socket = socket;
    this.user = user;
    this.#write = write;
  }

  /** Sends a text as it is, or an object as JSON. Never throws: if sending fails, only this connection ends. */
  send(message: ServerMessage | string): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    const text = typeof message === 'string' ? message : JSON.stringify(this.#complete(message));
    if (this.#held) return void this.#held.push(text);
    try {
      this.#write(this.socket, text);
    } catch {
      this.socket.terminate();
    }
  }

  #complete(message: ServerMessage): ServerMessage {
    return message.type === 'init' ? { ...message, last: this.newest } : message;
  }

  /** Holds back whatever is sent from now on. @returns a function that sends other messages first, and then what was held back */
  hold(): (first: ServerMessage[]) => void {
    const held = (this.#held = []);
    return (first) => {
      this.#held = undefined;
      for (const message of [...first, ...held]) this.send(message);
    };
  }
}

/** Which connections are in which room. A room exists while somebody is in it. */
export class Rooms {
  readonly #rooms = new Map<string, Map<string, Set<Member>>>();
  /** the same, seen from the user: which rooms somebody is in, without a walk through all of them */
  readonly #roomsOf = new Map<string, Set<string>>();
  readonly #changed: (room: string, state: 'opened' | 'emptied') => void;
  readonly #elsewhere: (room: string) => User[];

  /**
   * @param changed called when a room gets its first connection in this process, and when it loses its last one
   * @param elsewhere the users in a room who are connected to other processes
   */
  constructor(
    changed: (room: string, state: 'opened' | 'emptied') => void = () => {},
    elsewhere: (room: string) => User[] = () => [],
  ) {
    this.#changed = changed;
    this.#elsewhere = elsewhere;
  }

  /** the number of rooms */
  get size(): number {
    return this.#rooms.size;
  }

  /** Puts a connection into a room, and takes it out of its old one. Tells nobody. */
  add(room: string, member: Member): void {
    if (member.room === room) return;
    this.remove(member);
    let users = this.#rooms.get(room);
    if (!users) this.#rooms.set(room, (users = new Map()));
    const { userId } = member.user;
    users.set(userId, (users.get(userId) ?? new Set()).add(member));
    this.#roomsOf.set(userId, (this.#roomsOf.get(userId) ?? new Set()).add(room));
    member.room = room;
    if (users.size === 1 && users.get(userId)!.size === 1) this.#changed(room, 'opened');
  }

  /** Takes a connection out of its room, and sets its `room` to undefined. Tells nobody. */
  remove(member: Member): void {
    const { room, user } = member;
    const users = room === undefined ? undefined : this.#rooms.get(room);
    if (room === undefined || !users) return;
    member.room = undefined;
    const tabs = users.get(user.userId);
    tabs?.delete(member);
    if (tabs?.size === 0) this.#forget(room, users, user.userId);
    if (users.size > 0) return;
    this.#rooms.delete(room);
    this.#changed(room, 'emptied');
  }

  /** The user's last connection in a room has gone. */
  #forget(room: string, users: Map<string, Set<Member>>, userId: string): void {
    users.delete(userId);
    const rooms = this.#roomsOf.get(userId);
    rooms?.delete(room);
    if (rooms?.size === 0) this.#roomsOf.delete(userId);
  }

  /** Whether a user is in a room, with at least one connection to this process. */
  has(room: string, userId: string): boolean {
    return this.#rooms.get(room)?.has(userId) ?? false;
  }

  /** The connections in a room; none if the room doesn't exist. Connections may leave while you loop over them. */
  *members(room: string): Iterable<Member> {
    for (const tabs of this.#rooms.get(room)?.values() ?? []) yield* tabs;
  }

  /** The users in a room, each once, with their current names. */
  users(room: string): User[] {
    return [...this.local(room), ...this.#elsewhere(room).filter(({ userId }) => !this.has(room, userId))];
  }

  /** The users in a room who are connected to this process. */
  local(room: string): User[] {
    return [...(this.#rooms.get(room)?.values() ?? [])].map(([{ user }]) => ({ ...user }));
  }

  /** The rooms that a user is in, each once. */
  of(userId: string): string[] {
    return [...(this.#roomsOf.get(userId) ?? [])];
  }
}

/** The users who are connected, in any room or none. All tabs of a user share one `User` object. */
export class Users {
  readonly #users = new Map<string, { user: User; connections: number }>();

  /** the number of connected users */
  get size(): number {
    return this.#users.size;
  }

  get(userId: string): User | undefined {
    return this.#users.get(userId)?.user;
  }

  /** Call it once for each new connection. A user who is connected already keeps the current name. */
  hold({ userId, name }: User): User {
    const held = this.#users.get(userId) ?? { user: { userId, name }, connections: 0 };
    held.connections++;
    this.#users.set(userId, held);
    return held.user;
  }

  /** Call it once for each connection that closes. */
  release({ userId }: User): void {
    const held = this.#users.get(userId);
    if (held && --held.connections === 0) this.#users.delete(userId);
  }
}
