import type { BaseNode } from '#day5/given/base-node.ts';
import { pause, whenClosed } from '#day5/given/waiting.ts';

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
  node.isStopping = true;
  const sockets = [...node.app.wss.clients];
  const closed = whenClosed(sockets);
  const deadline = setTimeout(() => sockets.forEach((socket) => socket.terminate()), deadlineMs);
  for (let i = 0; i < sockets.length; i += batch) {
    for (const socket of sockets.slice(i, i + batch)) socket.close(1012, 'service restart');
    await Promise.race([closed, pause(random() * pauseMs)]);
  }
  await closed;
  clearTimeout(deadline);
  await node.end();
}
