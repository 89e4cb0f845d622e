import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import type { ServerMessage } from '#day3/given/server-messages.ts';

/** What a client is given. */
export interface ChatClientSettings {
  port: number;
  token: string;
  /** by default none is joined */
  room?: string;
  hear(message: ServerMessage): void;
  /** for Socket.IO */
  options?: Partial<ManagerOptions & SocketOptions>;
}

/** Somebody in a room of the Socket.IO chat. It comes back by itself, and into the room; what was said meanwhile is lost. */
export class ChatClient {
  readonly socket: Socket;
  readonly #hear: (message: ServerMessage) => void;
  #room: string | undefined;
  /** what comes before `init`: while the node asks the others who is there, the room goes on talking */
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
    this.socket.emit('join', { room }, () => (this.#early = [])); // until the answer they come from the room before
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

  /** Whoever comes while the node asks who is there is in the answer, and is announced all the same. */
  #isNews(message: ServerMessage): boolean {
    if (message.type === 'left') return this.#online.delete(message.userId);
    if (message.type !== 'joined') return true;
    const { size } = this.#online;
    return this.#online.add(message.userId).size > size;
  }
}
