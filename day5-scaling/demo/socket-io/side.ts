import type { Server } from 'node:http';
import type { ServerMessage } from '#day3/given/server-messages.ts';
import type { Tokens } from '#day3/given/tokens.ts';

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
