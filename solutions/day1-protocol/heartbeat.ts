import type { WebSocket, WebSocketServer } from 'ws';

/**
 * Finds dead connections (a pulled cable, a laptop that went to sleep) and ends them.
 *
 * Once per interval it sweeps over all clients of the server: it pings each client that has answered its last ping with a pong,
 * and terminates each one that hasn't. A new client is pinged at the first sweep after it connected. The first sweep comes
 * after one interval. Use the global `setInterval`. When the server closes (`wss` emits 'close'), no timer may be left.
 * One process may have several servers, each with a heartbeat of its own.
 *
 * @param wss the server; its 'connection' event is emitted for each new client
 * @param intervalMs the time between two sweeps, in milliseconds. A dead peer is found after one to two intervals.
 */
export function startHeartbeat(wss: WebSocketServer, intervalMs: number): void {
  const answered = new WeakSet<WebSocket>(); // the clients that have answered since the last sweep
  wss.on('connection', (socket) => {
    answered.add(socket); // a new connection counts as one that has answered
    socket.on('pong', () => answered.add(socket));
  });
  // delete tells whether a client has answered, and forgets it: the next ping needs a new answer. close() instead of
  // terminate() would wait for a peer that is gone.
  const timer = setInterval(() => {
    for (const socket of wss.clients) {
      if (!answered.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, intervalMs);
  wss.on('close', () => clearInterval(timer));
}
