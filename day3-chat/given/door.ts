import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import type { User } from '#day3/given/server-messages.ts';
import { readUnverified } from '#day3/given/tokens.ts';

/** The subprotocol of the chat. A page passes its token beside it: `new WebSocket(url, ['chat', 'token.' + token])`. */
export const SUBPROTOCOL = 'chat';

/** Finds out whom a token was signed for. It may have to ask a database. */
export type Verify = (token: string) => Promise<User | undefined>;

/** A handshake that waits for its answer. Either `open` or `refuse` answers it. */
export interface Door {
  /** what the client offers as its token; undefined where it offers none */
  readonly token: string | undefined;
  /** Whom the server signed a token for; undefined where it is forged, damaged or expired. */
  verify: Verify;
  /** Whom the token says it is for. Nothing is verified: anybody can write such a token. */
  claimed(): User;
  /** Answers 101: the connection is open, and in this user's name. */
  open(user: User): void;
  /** Answers with an HTTP status in place of 101, and ends the connection. */
  refuse(status: number): void;
}

/**
 * @param wss with `noServer`
 * @param opened called with the new connection, before anything can have come on it
 */
export function doorOf(
  { request, socket, head }: { request: IncomingMessage; socket: Duplex; head: Buffer },
  wss: WebSocketServer,
  verify: Verify,
  opened: (socket: WebSocket, user: User) => void,
): Door {
  // The client may vanish while somebody looks it up: an 'error' that nobody hears ends the process.
  socket.on('error', () => socket.destroy());
  const token = tokenOf(request);
  let answered = false;
  return {
    token,
    verify,
    claimed: () => readUnverified(token),
    open(user) {
      if (answered || socket.destroyed) return;
      answered = true;
      wss.handleUpgrade(request, socket, head, (connection) => opened(connection, user));
    },
    refuse(status) {
      if (answered) return;
      answered = true;
      refuse(socket, status);
    },
  };
}

/** Answers a handshake with a status in place of 101, and ends the connection. A page sees none of it: only 1006. */
export function refuse(socket: Duplex, status: number): void {
  const body = `${STATUS_CODES[status]}\n`;
  const headers = `Connection: close\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}`;
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers}\r\n\r\n${body}`);
}

function tokenOf({ headers }: IncomingMessage): string | undefined {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
  return offered.find((one) => one.startsWith('token.'))?.slice('token.'.length);
}
