import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import type { ServerMessage } from '#day3/given/server-messages.ts';

/** The settings of a client. */
export interface ChatClientSettings {
  port: number;
  token: string;
  /** the room to join; none by default */
  room?: string;
  hear(message: ServerMessage): void;
  /** for Socket.IO */
  options?: Partial<ManagerOptions & SocketOptions>;
}

/** Somebody in a room of the Socket.IO chat. After a lost connection it joins the room again. Messages that were sent in between are lost. */
export class ChatClient {
  readonly socket: Socket;
  readonly #hear: (message: ServerMessage) => void;
  #room: string | undefined;
  /** messages that arrive before `init`: people go on talking while the node asks the others who is there */
  #early: ServerMessage[] | undefined;
  #online = new Set<string>();

  constructor({ port, token, room, hear, options }: ChatClientSettings) {
    this.#hear = hear;
    this.socket = io(`http://127.0.0.1:${port}`, { auth: { token }, forceNew: true, ...options });
    this.#room = room;
    this.socket.on('connect', () => this.#room !== undefined && this.join(this.#room));
    this.socket.onAny((type, body) => this.#take({ ...body, type }));
  }

  join(room: string): void {
    this.#room = room;
    this.socket.emit('join', { room }, () => (this.#early = [])); // until the answer, messages are for the previous room
  }

  #take(message: ServerMessage): void {
    if (message.type === 'init') {
      const early = this.#early ?? [];
      this.#early = undefined;
      this.#online = new Set(message.onlineUsers.map(({ userId }) => userId));
      this.#hear(message);
      for (const one of early) this.#take(one);
    } else if (this.#early && message.type !== 'error') this.#early.push(message);
    else if (this.#isNews(message)) this.#hear(message);
  }

  /** Somebody who joins while the node asks who is there is in the answer, and is announced as well. */
  #isNews(message: ServerMessage): boolean {
    if (message.type === 'left') return this.#online.delete(message.userId);
    if (message.type !== 'joined') return true;
    const { size } = this.#online;
    return this.#online.add(message.userId).size > size;
  }
}
