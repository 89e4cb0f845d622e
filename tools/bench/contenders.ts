import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** How a client talks to a contender: what it sends once it is connected, and how the texts that come back begin. */
export interface Speech {
  path: string;
  protocols: string[];
  /** what a client sends once it is connected */
  join?: string;
  /** a text that begins like this means: the client has been let in */
  ready: string;
  /** how each delivery begins */
  delivery: string;
  /** what a client sends so that everyone gets a delivery; only needed to measure two nodes, and compression */
  say?: string;
  /** whether the clients compress what they send, and offer that to the server */
  compressed?: boolean;
}

/** A server to be measured, listening on a port of 127.0.0.1. */
export interface Running {
  port: number;
  speech: Speech;
  /** sends one message to every client */
  broadcast(): void;
  /** opens more rooms, with one member each who is not really connected */
  openRooms?(count: number): void;
}

/** If the contender should be one of several nodes: the address of Redis, and what the names of their channels begin with. */
export interface Together {
  redis?: string;
  prefix?: string;
}

/** Starts a contender. */
export type Start = (together: Together) => Promise<Running>;

export interface Contender {
  /** its file in contenders/ */
  file: string;
  label: string;
}

export const PLAIN: Contender = { file: 'plain', label: 'plain ws' };
export const JSON_EACH: Contender = { file: 'json-each', label: 'plain, JSON for each' };
export const COMPRESSED: Contender = { file: 'compressed', label: 'plain ws that compresses' };
export const CHAT: Contender = { file: 'chat', label: "day 3's chat" };
export const NODE: Contender = { file: 'node', label: "day 5's node" };
export const BATCHED: Contender = { file: 'batched', label: 'batched (5.d)' };
export const MINE: Contender = { file: 'mine', label: 'your 5.d' };
export const SOCKET_IO: Contender = { file: 'socket-io', label: `Socket.IO ${version('socket.io')}`.trim() };
export const UWS: Contender = { file: 'uws', label: 'uWebSockets.js' };

/** Whether these packages are installed. */
export const installed = (...names: string[]): boolean => names.every((name) => version(name) !== '');

/** The installed version of a package; empty if it isn't installed. */
function version(name: string): string {
  try {
    return (require(`${name}/package.json`) as { version: string }).version;
  } catch {
    return '';
  }
}

/** About 100 bytes of what a chat says. */
export const MESSAGE = {
  id: 'c2Vjb25k.1234',
  userId: 'dGhlIHVzZXIx',
  name: 'Ada',
  text: 'See you at the station at nine',
  timestamp: 1_767_225_600_000,
};
export const ROOM = 'bench';

/** How long Redis may take to answer, in ms: on a busy machine, a delivery must be late and not lost. */
export const TIMEOUT_MS = 20_000;
