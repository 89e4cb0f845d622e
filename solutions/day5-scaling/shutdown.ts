import type { BaseNode } from '#day5/given/base-node.ts';
import { pause, whenClosed } from '#day5/given/waiting.ts';

/** What a shutdown can be given; times in ms. */
export interface ShutdownOptions {
  /** connections that are closed together */
  batch?: number;
  /** at most so long between two batches; how long exactly is random */
  pauseMs?: number;
  /** after so long, from the beginning, the connections that are still there are cut off */
  deadlineMs?: number;
  /** from 0 to 1, like Math.random */
  random?: () => number;
}

/**
 * Ends a node without a thundering herd: no new client; 1012 (service restart) to its own, batch by batch; at the deadline
 * `terminate` to all that are left, told or not; then, as soon as nobody is left, `node.end()`. Resolves when that has.
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
