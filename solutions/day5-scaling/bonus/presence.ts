import { Cluster } from '#day5/given/bonus/cluster.ts';

/** Who is on the other nodes, for as long as they give signs of life. */
export class Presence extends Cluster {
  /**
   * Forgets each node in `this.others` of which nothing was heard for `this.ttlMs` or longer; `this.forget` tells those who are
   * here. Called at each sign of life of this node's own.
   */
  sweep(): void {
    const now = performance.now();
    for (const [name, { heardAt }] of [...this.others]) {
      if (now - heardAt >= this.ttlMs) this.forget(name);
    }
  }
}
