/*
 * What you have
 *
 *   this.others: Map<name, { heardAt, … }>   the other nodes. heardAt is when each was last heard, in ms by performance.now()
 *   this.ttlMs: number                       how long a node may be silent
 *   this.forget(name)                        removes a node, and tells the people here who has left with it
 */
import { Cluster } from '#day5/given/for-bonus/cluster.ts';
import { todo } from '#tools/todo.ts';

/** Knows who is on the other nodes, as long as they keep reporting that they are alive. */
export class Presence extends Cluster {
  /**
   * Calls this.forget for each node in this.others that has been silent for this.ttlMs or longer. It is called whenever this node itself
   * reports that it is alive.
   */
  sweep(): void {
    // TODO 5.a
    //   1. For each other node, work out how long it has been silent.
    //   2. Forget those that have been silent for too long.
    todo('5.a', 'Presence.sweep');
  }
}
