import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** How a client of the load speaks to a contender: what it says when it is connected, and how the texts begin that come back. */
export interface Speech {
  path: string;
  protocols: string[];
  /** said once connected */
  join?: string;
  /** the client is in when a text that begins so has come */
  ready: string;
  /** how each delivery begins */
  delivery: string;
  /** what a client says so that everyone gets a delivery; only where two nodes are measured */
  say?: string;
}

/** A server to be measured, listening on a port of 127.0.0.1. */
export interface Running {
  port: number;
  speech: Speech;
  /** sends one message to every client */
  broadcast(): void;
}

/** Starts a contender. @param redis the address where it is to be one of two nodes */
export type Start = (redis?: string) => Promise<Running>;

export interface Contender {
  /** its file in contenders/ */
  file: string;
  label: string;
}

export const PLAIN: Contender = { file: 'plain', label: 'plain ws' };
export const CHAT: Contender = { file: 'chat', label: "day 3's chat" };
export const NODE: Contender = { file: 'node', label: "day 5's node" };
export const SOCKET_IO: Contender = { file: 'socket-io', label: `Socket.IO ${version('socket.io')}`.trim() };

/** Whether these packages are installed. */
export const installed = (...names: string[]): boolean => names.every((name) => version(name) !== '');

/** What is installed of a package; empty where it is not. */
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
