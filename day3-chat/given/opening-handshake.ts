import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import type { User } from '#day3/given/server-messages.ts';
import { readUnverified } from '#day3/given/tokens.ts';

/** The subprotocol of the chat. A page passes its token beside it: `new WebSocket(url, ['chat', 'token.' + token])`. */
export const SUBPROTOCOL = 'chat';

/** Finds out which user a token was signed for. It may have to ask a database. */
export type Verify = (token: string) => Promise<User | undefined>;

/** A handshake that is waiting for its answer. Either `accept` or `refuse` answers it. */
export interface Handshake {
  /** the token that the client sent; undefined if it sent none */
  readonly token: string | undefined;
  /** The user that the server signed a token for; undefined if it is forged, damaged or expired. */
  verify: Verify;
  /** The user that the token names. The signature isn't checked, and anybody can write such a token. */
  claimed(): User;
  /** Answers 101: the connection is open and belongs to this user. */
  accept(user: User): void;
  /** Answers with an HTTP status instead of 101, and ends the connection. */
  refuse(status: number): void;
}

/** A listener. It is outside of `handshakeOf`, because it stays for as long as the connection: within, it would keep the whole request in memory. */
function destroy(this: Duplex): void {
  this.destroy();
}

/**
 * @param wss with `noServer`
 * @param opened is called with the new connection before any message can have arrived on it
 */
export function handshakeOf(
  { request, socket, head }: { request: IncomingMessage; socket: Duplex; head: Buffer },
  wss: WebSocketServer,
  verify: Verify,
  opened: (socket: WebSocket, user: User) => void,
): Handshake {
  // The client may disappear while its token is verified. An 'error' event without a listener would end the process.
  socket.on('error', destroy);
  const token = tokenOf(request);
  let answered = false;
  return {
    token,
    verify,
    claimed: () => readUnverified(token),
    accept(user) {
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

/** Answers a handshake with a status instead of 101, and ends the connection. A page's script doesn't see it, only 1006. */
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
