/** A server for one check: on 127.0.0.1, on a free port, and closed at the end whatever happens. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { WebSocketServer, type ServerOptions } from 'ws';
import { onCleanUp } from './running.ts';

/** An HTTP server forgets a connection once it is upgraded, but still waits for it when it closes. */
const sockets = new WeakMap<NetServer, Set<Socket>>();

export interface Served {
  wss: WebSocketServer;
  server: Server;
  port: number;
  /** such as `ws://127.0.0.1:43210` */
  url: string;
  /** Ends every connection, closes the server, and resolves when both have happened. Called at the end in any case. */
  close: () => Promise<void>;
}

/**
 * Starts a WebSocketServer on an HTTP server, ready to be connected to.
 *
 * @param setUp called before the first connection: attach the learner's code to `wss` here
 * @param options more of ws's options, such as `maxPayload`
 */
export async function serve(setUp: (wss: WebSocketServer) => void, options: ServerOptions = {}): Promise<Served> {
  const server = createServer();
  const wss = new WebSocketServer({ server, ...options });
  const closed = once(wss, 'close');
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closing ??= (async () => {
      for (const client of wss.clients) client.terminate();
      wss.close();
      await stop(server);
      // After a handler has thrown, ws waits for its receiver for ever, and never emits 'close'.
      for (let turns = 0; wss.clients.size > 0 && turns < 10; turns++) await turn();
      if (wss.clients.size === 0) await closed;
    })());
  setUp(wss); // before 'listening': a handler of that event is right, too
  const port = await listen(server, close);
  return { wss, server, port, url: `ws://127.0.0.1:${port}`, close };
}

/** Listens on a free port of 127.0.0.1, and returns the port. `close` runs at the end of the check. */
export async function listen(server: NetServer, close: () => Promise<void> = () => stop(server)): Promise<number> {
  const open = new Set<Socket>();
  sockets.set(server, open);
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanUp(close);
  return (server.address() as AddressInfo).port;
}

async function stop(server: NetServer): Promise<void> {
  for (const socket of sockets.get(server) ?? []) socket.destroy();
  if (!server.listening) return;
  const done = once(server, 'close');
  server.close();
  await done;
}

/** Starts a plain TCP server, such as the raw server of day 1; its connections are destroyed at the end. */
export const serveTcp = (server: NetServer): Promise<number> => listen(server);
