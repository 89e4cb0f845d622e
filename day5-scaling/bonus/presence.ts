import { Cluster } from '#day5/given/bonus/cluster.ts';
import { todo } from '#tools/todo.ts';

/** Who is on the other nodes, for as long as they give signs of life. */
export class Presence extends Cluster {
  /**
   * Forgets each node in `this.others` of which nothing was heard for `this.ttlMs` or longer; `this.forget` tells those who are
   * here. Called at each sign of life of this node's own.
   */
  sweep(): void {
    // TODO 5.a Each of this.others has its heardAt, in ms by performance.now().
    todo('5.a', 'Presence.sweep');
  }
}
