import type { WebSocket, WebSocketServer } from 'ws';
import { todo } from '#tools/todo.ts';

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
  // TODO 1.7 Every intervalMs, for each socket of wss.clients: answered since the last time? ping() it, else terminate() it.
  todo('1.7', 'startHeartbeat');
}
