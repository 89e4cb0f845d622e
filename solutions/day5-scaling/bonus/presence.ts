import { Cluster } from '#day5/given/for-bonus/cluster.ts';

/** Knows who is on the other nodes, as long as they keep reporting that they are alive. */
export class Presence extends Cluster {
  /**
   * Calls this.forget for each node in this.others that has been silent for this.ttlMs or longer. It is called whenever this node itself
   * reports that it is alive.
   */
  sweep(): void {
    const now = performance.now();
    // A copy, because `forget` deletes from the map.
    for (const [name, { heardAt }] of [...this.others]) {
      if (now - heardAt >= this.ttlMs) this.forget(name);
    }
  }
}
