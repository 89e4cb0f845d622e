import type { WebSocket, WebSocketServer } from 'ws';

/**
 * Finds the connections that are dead without a word: pulled cable, sleeping laptop, forgotten by a router.
 *
 * Each interval, a client that has answered the last ping is pinged again; one that has not is terminated. The first ping comes
 * after one interval. Use the global `setInterval`. The timer ends when the server does: `wss` emits 'close'.
 *
 * @param wss the server; `wss.clients` are its connections, `wss` emits 'connection' for each new one
 * @param intervalMs between two pings, in milliseconds. A dead peer is found after one to two of these.
 */
export function startHeartbeat(wss: WebSocketServer, intervalMs: number): void {
  const answered = new WeakSet<WebSocket>();
  wss.on('connection', (socket) => {
    answered.add(socket); // a new connection gets the benefit of the doubt
    socket.on('pong', () => answered.add(socket));
  });
  const timer = setInterval(() => {
    for (const socket of wss.clients) {
      if (!answered.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, intervalMs);
  wss.on('close', () => clearInterval(timer));
}
