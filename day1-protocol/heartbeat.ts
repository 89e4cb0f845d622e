/*
 * What you have
 *
 *   wss.clients: Set<WebSocket>     all connections of the server
 *   wss.on('close', () => …)        runs when the server has closed
 *   socket.ping(): void             sends a ping frame; the peer's WebSocket code answers with a pong by itself
 *   socket.terminate(): void        ends the TCP connection at once, without a closing handshake
 *   answered: WeakSet<WebSocket>    a set of sockets that doesn't keep them in memory:
 *     answered.has(socket): boolean      is it in the set?
 *     answered.add(socket)               puts it in
 *     answered.delete(socket): boolean   takes it out; returns whether it was in the set
 *   setInterval(callback, ms): Timeout   and clearInterval(timeout): void
 */
import type { WebSocket, WebSocketServer } from 'ws';
import { todo } from '#tools/todo.ts';

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
  // TODO 1.7
  //   1. Start a timer that does a sweep once per interval.
  //   2. The sweep looks at every client. Has it answered since the last sweep? Ping it, and wait for a new answer.
  //      If it hasn't, terminate it, and go on with the next client.
  //   3. Stop the timer when the server closes.
  todo('1.7', 'startHeartbeat');
}
