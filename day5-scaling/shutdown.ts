/*
 * What you have
 *
 *   node.isStopping: boolean         set it to true, and /healthz answers 503, and new clients are turned away
 *   node.app.wss.clients             a Set of the WebSockets on this node. A closed one leaves the Set
 *     socket.close(code, reason)     asks the client to close; it may never answer
 *     socket.terminate()             cuts the connection at once
 *   node.end(): Promise              says goodbye to the other nodes, closes the bus, and frees the port
 *   pause(ms): Promise               resolves after that time
 *   whenClosed(sockets): Promise     resolves when all of these sockets are closed
 */
import type { BaseNode } from '#day5/given/base-node.ts';
import { pause, whenClosed } from '#day5/given/waiting.ts';
import { todo } from '#tools/todo.ts';

/** Options of a shutdown; times in ms. */
export interface ShutdownOptions {
  /** how many connections are closed at once */
  batch?: number;
  /** the longest pause between two batches: each pause takes random() * pauseMs */
  pauseMs?: number;
  /** after this time, counted from the call of `shutdown`, every connection that is left is cut */
  deadlineMs?: number;
  /** returns a number from 0 to 1, like Math.random */
  random?: () => number;
}

/**
 * Ends a node without a thundering herd. Sets node.isStopping at once. Then it closes its clients with code 1012 (service restart), batch by
 * batch: the first batch at once, and then a random pause before each further one. A pause does not wait for answers to the
 * close frames. At the deadline it terminates every connection that is left, whether it was told or not. As soon as nobody is left, even
 * in the middle of a pause, it calls node.end(). It leaves no timer of its own running (the timer of a `pause` doesn't count).
 *
 * @returns when `node.end()` has finished
 */
export async function shutdown(node: BaseNode, options: ShutdownOptions = {}): Promise<void> {
  const { batch = 50, pauseMs = 200, deadlineMs = 10_000, random = Math.random } = options;
  // TODO 5.7
  //   1. Turn new clients away, and remember the sockets that are there.
  //   2. Start one timer for the deadline. It terminates all of them.
  //   3. Close them with 1012, `batch` at a time, with a random pause in between. A pause ends early if everybody is gone.
  //   4. When all are closed, stop the timer and end the node. Remove the two lines below: they cut everyone off.
  todo('5.7', 'shutdown');
  for (const socket of node.app.wss.clients) socket.terminate();
  await node.end();
}
