/** The two chats that are compared, each with its node and its client. */
import { Agent, type Server } from 'node:http';
import { WebSocket } from 'ws';
import type { ServerMessage } from '#day3/given/server-messages.ts';
import type { Tokens } from '#day3/given/tokens.ts';
import { ChatClient } from './client.ts';
import { requestHeaders, socketHeaders } from './headers.ts';
import { createNode } from './node.ts';
import { createOwnClient } from './own-client.ts';
import { createOwnNode } from './own-node.ts';

/** What a node is given. */
export interface NodeSettings {
  redisUrl: string;
  /** in front of the names of the channels, so that two chats on one Redis do not hear each other */
  prefix: string;
  tokens: Tokens;
}

/** A node that does not listen yet, on `server`. */
export interface Node {
  server: Server;
  /** Sends everyone away, lets go of Redis and of the port. */
  stop(): Promise<void>;
}

/** What a client is given. */
export interface ClientSettings {
  port: number;
  token: string;
  room: string;
  hear(message: ServerMessage): void;
}

export interface Side {
  name: string;
  createNode(settings: NodeSettings): Promise<Node>;
  /** Opens a connection, and joins no room. @returns what closes it, once the connection is what it will be */
  dial(port: number, token: string): Promise<() => void>;
  createClient(settings: ClientSettings): { say(text: string): void; close(): void };
}

/** Day 5's node, with day 4's client. */
export const own: Side = {
  name: "day 5's chat",
  createNode: createOwnNode,
  dial(port, token) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, ['chat', `token.${token}`], { headers: socketHeaders(port) });
    return new Promise((resolve, reject) => socket.on('open', () => resolve(() => socket.terminate())).on('error', reject));
  },
  createClient(settings) {
    const client = createOwnClient(settings);
    return { say: (text) => void client.send(text), close: () => client.close() };
  },
};

/** @param transports as Socket.IO's client takes them */
function socketIo(name: string, transports: string[]): Side {
  const room = undefined;
  const hear = () => {};
  return {
    name,
    createNode,
    async dial(port, token) {
      const agent = new Agent({ keepAlive: true }); // as a browser: Node's own client would open a connection for each request
      const transportOptions = { polling: { agent, extraHeaders: requestHeaders(port) }, websocket: { extraHeaders: socketHeaders(port) } };
      const { socket } = new ChatClient({ port, token, room, hear, options: { transports, transportOptions } });
      await new Promise<void>((resolve, reject) => socket.on('connect', resolve).on('connect_error', reject));
      const { engine } = socket.io;
      if (engine.transport.name !== transports.at(-1)) await new Promise<void>((resolve) => engine.once('upgrade', () => resolve()));
      return () => {
        socket.disconnect();
        agent.destroy();
      };
    },
    createClient(settings) {
      const { socket } = new ChatClient({ ...settings, options: { transports } });
      return { say: (text) => void socket.emit('chat', { text }), close: () => void socket.disconnect() };
    },
  };
}

export const webSocketOnly = socketIo('WebSocket only', ['websocket']);
export const asItComes = socketIo('polling first', ['polling', 'websocket']);
