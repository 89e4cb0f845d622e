import type { Server } from 'node:http';
import type { ServerMessage } from '#day3/given/server-messages.ts';
import type { Tokens } from '#day3/given/tokens.ts';

/** The settings of a node. */
export interface NodeSettings {
  redisUrl: string;
  /** comes first in the names of the channels, so that two chats on one Redis don't hear each other */
  prefix: string;
  tokens: Tokens;
}

/** A node whose `server` doesn't listen yet. */
export interface Node {
  server: Server;
  /** Closes all connections, also those to Redis, and frees the port. */
  stop(): Promise<void>;
}

/** The settings of a client. */
export interface ClientSettings {
  port: number;
  token: string;
  room: string;
  hear(message: ServerMessage): void;
}

export interface Side {
  name: string;
  createNode(settings: NodeSettings): Promise<Node>;
  /** Opens a connection, and joins no room. @returns when the connection is complete: a function that closes it */
  dial(port: number, token: string): Promise<() => void>;
  createClient(settings: ClientSettings): { say(text: string): void; close(): void };
}
