import type { Socket } from 'node:net';
import type { WebSocket, WebSocketServer } from 'ws';
import type { Writer } from '#day5/given/internals/node-options.ts';
import { sendOrClose } from '#solutions/day3-chat/bonus/slow-consumer.ts';

/**
 * In one turn of the event loop, Node handles everything that has arrived. This joins all messages that a client gets during one turn into
 * one write. Each write is a call to the operating system, which costs more than everything else in a delivery.
 *
 * @param wss the server whose clients these are
 * @returns `write` collects texts in the connection (it is _corked_) until the turn is over. `putOff` makes sure that the writes that are
 *   scheduled for the end of this turn already, for example to Redis, come first
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
        // The texts of this turn are still here. They don't mean that the client is slow, so sendOrClose must not count them.
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
