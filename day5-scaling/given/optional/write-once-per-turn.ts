import type { Socket } from 'node:net';
import type { WebSocket, WebSocketServer } from 'ws';
import type { Writer } from '#day5/given/internals/node-options.ts';
import { sendOrClose } from '#solutions/day3-chat/bonus/slow-consumer.ts';

/**
 * Joins everything that a client gets during one turn of the event loop into one write. Each write is a system call, which costs
 * more than all the rest of a delivery.
 *
 * @param wss the server whose clients these are
 * @returns `write` sends with the connection corked until the turn is over. `putOff`: what was scheduled for the end of this turn
 *   until now, such as a write to Redis, comes first.
 */
export function writeOncePerTurn(wss: WebSocketServer): Writer {
  const connections = new WeakMap<WebSocket, Socket>();
  const corked = new Set<Socket>();
  let end: ReturnType<typeof setImmediate> | undefined;
  wss.on('connection', (socket, { socket: connection }) => connections.set(socket, connection));
  const uncork = (): void => {
    end = undefined;
    for (const connection of corked) connection.uncork();
    corked.clear();
  };
  return {
    write(socket, text) {
      const connection = connections.get(socket);
      if (!connection) return sendOrClose(socket, text);
      if (corked.has(connection)) {
        // What this turn has collected can't have gone out yet: it doesn't show that the client is slow.
        if (socket.readyState === socket.OPEN) socket.send(text);
        return;
      }
      end ??= setImmediate(uncork);
      corked.add(connection);
      connection.cork();
      sendOrClose(socket, text);
    },
    putOff() {
      if (!end) return;
      clearImmediate(end);
      end = setImmediate(uncork);
    },
  };
}
