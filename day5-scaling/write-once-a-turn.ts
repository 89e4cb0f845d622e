import type { Socket } from 'node:net';
import type { WebSocket, WebSocketServer } from 'ws';

/**
 * Joins what is sent to a client in one turn of the event loop into one write. Each write is a call to the system, which
 * costs more than all the rest of a delivery.
 *
 * @param wss whose connections are meant
 * @returns calls `send` with the connection corked until the turn is over
 */
export function writeOnceATurn(wss: WebSocketServer): (socket: WebSocket, send: () => void) => void {
  const connections = new WeakMap<WebSocket, Socket>();
  const corked = new Set<Socket>();
  wss.on('connection', (socket, { socket: connection }) => connections.set(socket, connection));
  const uncork = (): void => {
    for (const connection of corked) connection.uncork();
    corked.clear();
  };
  return (socket, send) => {
    const connection = connections.get(socket);
    if (connection && !corked.has(connection)) {
      if (corked.size === 0) setImmediate(uncork);
      corked.add(connection);
      connection.cork();
    }
    send();
  };
}
