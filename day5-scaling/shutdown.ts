/*
 * What you have
 *
 * node.isStopping          set it to true: /healthz answers 503, and nobody new is let in
 * node.app.wss.clients     a Set of the WebSockets of this node
 *   socket.close(code, reason)   asks the client to close; it may never answer
 *   socket.terminate()     cuts the connection at once
 * node.end(): Promise      says goodbye to the other nodes, closes the bus and frees the port
 * pause(ms): Promise       resolves after that time
 * whenClosed(sockets): Promise   resolves when all of these sockets are closed
 */
import type { BaseNode } from '#day5/given/base-node.ts';
import { pause, whenClosed } from '#day5/given/waiting.ts';
import { todo } from '#tools/todo.ts';

/** Options of a shutdown; times in ms. */
export interface ShutdownOptions {
  /** how many connections are closed together */
  batch?: number;
  /** the longest pause between two batches: each one is `random()` times this */
  pauseMs?: number;
  /** after this time, counted from the beginning, the connections that are left are cut */
  deadlineMs?: number;
  /** returns a number from 0 to 1, like Math.random */
  random?: () => number;
}

/**
 * Ends a node without a thundering herd. First nobody new is let in. Then it closes its clients with 1012 (service restart), batch by
 * batch. At the deadline it terminates every connection that is left, whether it was told or not. As soon as nobody is left, it calls
 * `node.end()`.
 *
 * @returns when `node.end()` has finished
 */
export async function shutdown(node: BaseNode, options: ShutdownOptions = {}): Promise<void> {
  const { batch = 50, pauseMs = 200, deadlineMs = 10_000, random = Math.random } = options;
  // TODO 5.7
  // 1. Make the node unready, and remember its sockets.
  // 2. Start one timer for the deadline, which terminates all of them.
  // 3. Close them with 1012 in steps of `batch`, with a random pause after each. Don't pause when everybody is gone.
  // 4. When all are closed, clear the timer, and end the node. The two lines below go.
  todo('5.7', 'shutdown');
  for (const socket of node.app.wss.clients) socket.terminate();
  await node.end();
}
