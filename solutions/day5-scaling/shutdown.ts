import type { BaseNode } from '#day5/given/base-node.ts';
import { pause, whenClosed } from '#day5/given/waiting.ts';

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
  node.isStopping = true;
  const sockets = [...node.app.wss.clients];
  const closed = whenClosed(sockets);
  const deadline = setTimeout(() => sockets.forEach((socket) => socket.terminate()), deadlineMs);
  for (let i = 0; i < sockets.length; i += batch) {
    for (const socket of sockets.slice(i, i + batch)) socket.close(1012, 'service restart');
    await Promise.race([closed, pause(random() * pauseMs)]); // nobody waits for a pause when everyone is gone
  }
  await closed; // `left` goes out when a connection has closed, and node.end() closes the bus
  clearTimeout(deadline);
  await node.end();
}
