import type { Handler } from '#day5/given/bus.ts';

/** The handlers of each channel of one bus. */
export class HandlerSets {
  readonly #sets = new Map<string, Set<{ handler: Handler }>>();

  /** @returns what takes it out again; `true` where it was the channel's last */
  add(channel: string, handler: Handler): () => boolean {
    const entry = { handler }; // one handler added twice is two
    const set = this.#sets.get(channel) ?? new Set();
    this.#sets.set(channel, set.add(entry));
    return () => {
      set.delete(entry);
      if (set.size > 0 || this.#sets.get(channel) !== set) return false;
      return this.#sets.delete(channel);
    };
  }

  has(channel: string): boolean {
    return this.#sets.has(channel);
  }

  /** Hands a text to the channel's handlers. What one throws goes to the console, and costs the others nothing. */
  feed(channel: string, text: string): void {
    for (const { handler } of [...(this.#sets.get(channel) ?? [])]) {
      try {
        handler(text);
      } catch (error) {
        console.error(`A handler of ${channel} failed: ${error}`);
      }
    }
  }
}
