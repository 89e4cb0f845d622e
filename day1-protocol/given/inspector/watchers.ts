import type { ServerResponse } from 'node:http';
import { Watcher } from './watcher.ts';

const MAX_WATCHERS = 100;
/** A browser opens six HTTP connections per server. If all were streams, it couldn't load another page. */
const MAX_PER_ADDRESS = 4;

/** The pages that watch, by their IDs. */
export class Watchers {
  readonly #all = new Map<string, { watcher: Watcher; address: string | undefined }>();

  get(id: string): Watcher | undefined {
    return this.#all.get(id)?.watcher;
  }

  /**
   * Lets one more page watch. If there are too many on its machine, the one that has watched longest no longer does.
   *
   * @returns undefined if the ID is malformed, or if too many pages watch
   */
  add(id: string, response: ServerResponse, port: number): Watcher | undefined {
    if (!/^[0-9a-f]{16,64}$/.test(id)) return undefined;
    const address = response.socket?.remoteAddress;
    this.#remove(id); // its stream was lost, and is asked for again
    const neighbours = [...this.#all].filter(([, one]) => one.address === address);
    if (neighbours.length >= MAX_PER_ADDRESS) {
      const [oldest, { watcher }] = neighbours[0];
      watcher.report({ type: 'elsewhere' });
      this.#remove(oldest);
    }
    if (this.#all.size >= MAX_WATCHERS) return undefined;
    const watcher = new Watcher(id, response, port);
    this.#all.set(id, { watcher, address });
    response.on('close', () => {
      if (this.get(id) === watcher) this.#all.delete(id);
    });
    return watcher;
  }

  #remove(id: string): void {
    this.get(id)?.end();
    this.#all.delete(id);
  }
}
