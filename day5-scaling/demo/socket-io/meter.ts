import { connect, createServer, type Socket } from 'node:net';
import type { Sender } from '#day1/given/rfc6455.ts';
import { Opening } from '../../../day1-protocol/demo/wire/opening.ts';
import { listening } from '#tools/serve/ports.ts';

/** What has passed. `up` and `down` are bytes, from the client's point of view. */
export interface Counts {
  connections: number;
  requests: number;
  up: number;
  down: number;
}

/** A TCP proxy in front of a port of this machine. It counts, and changes nothing. */
export async function openMeter(to: number) {
  const counts: Counts = { connections: 0, requests: 0, up: 0, down: 0 };
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    counts.connections++;
    const node = connect({ port: to, host: '127.0.0.1', noDelay: true });
    let isHttp = true;
    const none = (): void => {};
    const over = (): void => void (isHttp = false);
    const request = (): void => void counts.requests++;
    // Day 1's tap reads the HTTP with which a connection begins.
    const opening = new Opening({
      plain: request,
      handshake: (who) => (who === 'client' ? request() : undefined),
      refused: none,
      opened: over,
      unreadable: over,
    });
    const pass = (who: Sender, from: Socket, other: Socket): void => {
      sockets.add(from);
      from.on('data', (bytes) => {
        counts[who === 'client' ? 'up' : 'down'] += bytes.length;
        if (isHttp) opening.take(who, bytes);
        other.write(bytes);
      });
      from.on('error', none); // 'close' follows
      from.on('close', () => {
        sockets.delete(from);
        other.destroySoon();
      });
    };
    pass('client', client, node);
    pass('server', node, client);
  });
  const port = await listening(server);
  const stop = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port, counts, stop };
}
