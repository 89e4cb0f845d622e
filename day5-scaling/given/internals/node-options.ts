import type { RequestListener } from 'node:http';
import type { WebSocketServer } from 'ws';
import type { History } from '#day3/given/internals/options.ts';
import type { Write } from '#day3/given/rooms.ts';
import type { ServerMessage, User } from '#day3/given/server-messages.ts';
import type { Tokens } from '#day3/given/tokens.ts';
import type { Bus } from '#day5/given/bus.ts';
import type { Envelope, Sequences } from '#day5/given/envelope.ts';
import type { createApp } from '#solutions/day3-chat/app.ts';
import type { Chat } from '#solutions/day3-chat/chat.ts';

/** What a node consists of. The last four are optional (see given/optional): the chat works without them. */
export interface NodeOptions {
  /** the name by which the other nodes know it; no two nodes have the same */
  name: string;
  bus: Bus;
  tokens: Tokens;
  page: RequestListener;
  /** comes first in each channel's name, so that two chats on one Redis don't hear each other; `chat` by default */
  prefix?: string;
  heartbeatMs?: number;
  /** makes a limit for each connection: how many messages it may send; without it as many as it wants */
  rateLimit?: () => { allow(): boolean };
  /** keeps messages for people who come back; without it they are told `gap` */
  history?: ForgetfulHistory;
  /** knows who is on the other nodes; without it a node knows only its own people */
  presence?: (node: SeenNode) => PresenceElsewhere;
  /** writes to the clients; without it each message is one write */
  writer?: (wss: WebSocketServer) => Writer;
  /** which messages do no harm if they are lost, such as `typing`; they get no number */
  isVolatile?: (message: ServerMessage) => boolean;
}

/** The holds of a room. Each join that is still going on counts as one hold, and all members together count as one more. */
export interface Held {
  count: number;
  /** resolves when the subscription is acknowledged, with the function that ends it */
  off: Promise<() => Promise<void>>;
}

/** A history that can be told that something is missing. */
export interface ForgetfulHistory extends History {
  /** Call it if a message was missed: from now on nobody can resume from an earlier one. @param room all rooms by default */
  forget?(room?: string): void;
}

/** Collects the messages to each client. */
export interface Writer {
  write: Write;
  /** Called right after a publish. Everything that was collected is sent after it. */
  putOff(): void;
}

/** Knows which users are on the other nodes. */
export interface PresenceElsewhere {
  /** the other nodes, by their names */
  readonly others: ReadonlyMap<string, unknown>;
  users(room: string): User[];
  /** Called with each message for a room. @returns true if presence itself sends this message to everyone, on all nodes */
  takes(room: string, message: ServerMessage, except?: string): boolean;
  /** Tells the other nodes that nobody is here any more, and stops. */
  goodbye(): Promise<void>;
}

/** The part of a node that the optional parts, /healthz and the handling of outages can use. */
export interface SeenNode {
  readonly name: string;
  readonly bus: Bus;
  readonly options: NodeOptions;
  readonly app: ReturnType<typeof createApp>;
  readonly chat: Chat;
  readonly sequences: Sequences;
  readonly parts: { readonly presence: PresenceElsewhere | undefined };
  readonly rooms: ReadonlySet<string>;
  readonly isStopping: boolean;
  dropped: number;
  readonly unpublished: number;
  send(envelope: Envelope): Promise<void>;
  /** Sends a message to everyone in a room on this node. */
  tell(room: string, message: ServerMessage, except?: string): void;
}
