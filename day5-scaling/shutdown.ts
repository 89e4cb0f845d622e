import type { BaseNode } from '#day5/given/base-node.ts';
import { pause, whenClosed } from '#day5/given/waiting.ts';
import { todo } from '#tools/todo.ts';

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
  // TODO 5.7 Unready first; then batch by batch; the deadline is one timer for all; whenClosed says when it can be cleared.
  todo('5.7', 'shutdown');
  for (const socket of node.app.wss.clients) socket.terminate();
  await node.end();
}
