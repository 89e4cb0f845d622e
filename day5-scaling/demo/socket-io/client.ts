import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import type { ServerMessage } from '#day3/server-messages.ts';

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
  /** what came before `init`: while the node asks the others who is there, the room goes on talking */
  #early: ServerMessage[] | undefined;

  constructor({ port, token, room, hear, options }: ChatClientSettings) {
    this.#hear = hear;
    this.socket = io(`http://127.0.0.1:${port}`, { auth: { token }, forceNew: true, ...options });
    this.socket.on('connect', () => {
      if (room === undefined) return;
      this.#early = [];
      this.socket.emit('join', { room });
    });
    this.socket.onAny((type, body) => this.#take({ ...body, type }));
  }

  #take(message: ServerMessage): void {
    if (message.type === 'error') return this.#hear(message);
    if (this.#early && message.type !== 'init') return void this.#early.push(message);
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const one of [message, ...early]) this.#hear(one);
  }
}
