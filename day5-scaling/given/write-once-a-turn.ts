import type { Socket } from 'node:net';
import type { WebSocket, WebSocketServer } from 'ws';

/**
 * Joins what is sent to a client in one turn of the event loop into one write. Each write is a call to the system, which
 * costs more than all the rest of a delivery.
 *
 * @param wss whose connections are meant
 * @returns `write` calls `send` with the connection corked until the turn is over; `putOff`: what was scheduled for the end of this
 *   turn until now, such as a write to Redis, comes first
 */
export function writeOnceATurn(wss: WebSocketServer): {
  write: (socket: WebSocket, send: () => void) => void;
  putOff: () => void;
} {
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
    write(socket, send) {
      const connection = connections.get(socket);
      if (connection && !corked.has(connection)) {
        end ??= setImmediate(uncork);
        corked.add(connection);
        connection.cork();
      }
      send();
    },
    putOff() {
      if (!end) return;
      clearImmediate(end);
      end = setImmediate(uncork);
    },
  };
}
