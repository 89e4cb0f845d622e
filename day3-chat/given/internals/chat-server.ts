import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { WebSocketServer, type ServerOptions, type WebSocket } from 'ws';
import type { Chat } from '#day3/chat.ts';
import { handleConnection, type Guards } from '#day3/given/internals/connection-handler.ts';
import { handshakeOf, refuse, SUBPROTOCOL, type Handshake, type Verify } from '#day3/given/opening-handshake.ts';
import { LIMITS } from '#day3/given/limits.ts';
import { answerTokens } from '#day3/given/internals/token-route.ts';
import type { Tokens } from '#day3/given/tokens.ts';
import { startHeartbeat } from '#solutions/day1-protocol/heartbeat.ts';
import { createWebServer } from '#tools/serve/web-server.ts';

/** The functions that are exercises. A learner's server passes the learner's; later days and tests pass the reference solution's. */
export interface Parts extends Guards {
  chat: Chat;
  allowedOrigin: (origin: string | undefined, host: string | undefined, listed?: string[]) => boolean;
  authenticate: (handshake: Handshake) => Promise<void>;
  closeWith?: (socket: WebSocket, code: number, reason?: string) => void;
}

/** The other options of a chat server. */
export interface ChatServerOptions {
  tokens: Tokens;
  /** answers every HTTP request except those for tokens, for example with the page */
  page: RequestListener;
  /** other origins that are allowed, besides the server's own */
  origins?: string[];
  /** used instead of `tokens.verify` */
  verify?: Verify;
  /** ms between two pings */
  heartbeatMs?: number;
  /** whether anyone may connect at the moment; by default yes, until `stop` */
  open?: () => boolean;
}

export interface ChatServer {
  server: Server;
  wss: WebSocketServer;
  /**
   * Refuses new connections, closes all others with 1001 (going away), and cuts off those that are still open at the deadline.
   *
   * @param deadlineMs from now
   */
  stop(deadlineMs?: number): Promise<void>;
}

/** A chat server, not yet listening. */
export function createChatServer(parts: Parts, options: ChatServerOptions): ChatServer {
  const { chat, allowedOrigin, authenticate, closeWith = (socket, code, reason) => socket.close(code, reason) } = parts;
  const { tokens, page, origins = [], verify = async (token) => tokens.verify(token), open = () => true } = options;
  const server = createWebServer(
    (request, response) => void (answerTokens(tokens, request, response) || page(request, response)),
  );
  const wsOptions: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    maxPayload: LIMITS.payload,
    // A client that doesn't read never gets to the close frame. Until it is cut off, all that waits for it stays in memory.
    closeTimeout: LIMITS.closing,
    // Never select the token: the answer would carry it back.
    handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
  };
  const wss = new WebSocketServer(wsOptions);
  startHeartbeat(wss, options.heartbeatMs ?? 30_000);
  const opened = (request: IncomingMessage, socket: WebSocket, user: Parameters<Handshake['accept']>[0]): void => {
    wss.emit('connection', socket, request);
    handleConnection(chat, socket, user, parts);
  };

  let stopping = false;
  const closed = (): boolean => stopping || !open();
  server.on('upgrade', (request, socket, head) => {
    const handshake = handshakeOf({ request, socket, head }, wss, verify, (connection, user) =>
      closed() ? connection.terminate() : opened(request, connection, user),
    );
    if (closed()) return handshake.refuse(503);
    if (!allowedOrigin(request.headers.origin, request.headers.host, origins)) return handshake.refuse(403);
    // Verifying may fail, because a database is down. Then nobody gets in, and the server goes on.
    (async () => authenticate(handshake))().catch((error: unknown) => {
      console.error(`A token could not be verified: ${error}`);
      handshake.refuse(503);
    });
  });
  server.on('clientError', (_error, socket) => (socket.writable ? refuse(socket, 400) : socket.destroy()));

  const stop = async (deadlineMs = 5000): Promise<void> => {
    stopping = true;
    const closed = [...wss.clients].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of wss.clients) closeWith(socket, 1001, 'The server is going away.');
    const deadline = setTimeout(() => wss.clients.forEach((socket) => socket.terminate()), deadlineMs);
    await Promise.all(closed);
    clearTimeout(deadline);
    wss.close(); // ends the heartbeat
    server.close();
  };
  return { server, wss, stop };
}
