import { Cluster } from '#day5/given/for-bonus/cluster.ts';

/** Knows who is on the other nodes, as long as those nodes report that they are alive. */
export class Presence extends Cluster {
  /**
   * Forgets, with `this.forget`, each node in `this.others` that has been silent for `this.ttlMs` or longer. It is called each time
   * that this node reports that it is alive.
   */
  sweep(): void {
    const now = performance.now();
    for (const [name, { heardAt }] of [...this.others]) {
      if (now - heardAt >= this.ttlMs) this.forget(name);
    }
  }
}
