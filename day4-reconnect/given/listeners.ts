/** Who wants to hear of what. A listener that throws, or that removes itself, keeps no other from hearing. */
export class Listeners<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(what: any) => void>>();

  on<E extends keyof Events>(event: E, listener: (what: Events[E]) => void): () => void {
    const wrapped = (what: Events[E]): void => listener(what); // so that each undo removes its own, also of one listener given twice
    const all = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, all.add(wrapped));
    return () => void all.delete(wrapped);
  }

  emit<E extends keyof Events>(event: E, what: Events[E]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        listener(what);
      } catch (error) {
        console.error(`A listener to "${String(event)}" threw:`, error);
      }
    }
  }
}
