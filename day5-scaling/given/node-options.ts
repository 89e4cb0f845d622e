import type { RequestListener } from 'node:http';
import type { History } from '#day3/given/options.ts';
import type { ServerMessage, User } from '#day3/given/server-messages.ts';
import type { Tokens } from '#day3/given/tokens.ts';
import type { Bus } from '#day5/given/bus.ts';
import type { createApp } from '#solutions/day3-chat/app.ts';
import type { Chat } from '#solutions/day3-chat/chat.ts';

/** What a node can be given. */
export interface NodeOptions {
  /** how the others know it; no two have the same */
  name: string;
  bus: Bus;
  tokens: Tokens;
  page: RequestListener;
  /** in front of each channel's name, so that two chats on one Redis do not hear each other; `chat` by default */
  prefix?: string;
  history?: History;
  /** makes what knows who is on other nodes; bonus 5.a */
  presence?: (node: SeenNode) => PresenceElsewhere;
  heartbeatMs?: number;
  /** how long a join may wait for its room's subscription, in ms; 1,000 by default */
  joinMs?: number;
}

/** What presence and /healthz see of a node. */
export interface SeenNode {
  readonly name: string;
  readonly bus: Bus;
  readonly options: NodeOptions;
  readonly app: ReturnType<typeof createApp>;
  readonly chat: Chat;
  /** the rooms with somebody in them, here */
  readonly rooms: ReadonlySet<string>;
  /** Sends a message to everyone in a room on this node. */
  tell(room: string, message: ServerMessage, except?: string): void;
  readonly isReady: boolean;
  readonly isStopping: boolean;
  /** texts on the bus that were not envelopes */
  dropped: number;
  readonly unpublished: number;
}

/** Who is on other nodes. Without it a node knows its own people, and of others what it happens to hear. */
export interface PresenceElsewhere {
  users(room: string): User[];
  /** Hears of each message to a room. @returns true where it sees to it itself that everyone concerned hears it, on all nodes */
  takes(room: string, message: ServerMessage, except?: string): boolean;
  /** Tells the other nodes that nobody is here any more, and stops. */
  goodbye(): Promise<void>;
}

/** How many of a room's joins and members hold its subscription, and what ends it. */
export interface Held {
  count: number;
  /** resolves, when the subscription is acknowledged, with what ends it */
  off: Promise<() => Promise<void>>;
}
