/** Listeners by event. If one of them throws or removes itself, the others still run. */
export class Listeners<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(what: any) => void>>();

  on<E extends keyof Events>(event: E, listener: (what: Events[E]) => void): () => void {
    // A function of its own for each registration: each undo then removes its own, even if one listener was given twice.
    const wrapped = (what: Events[E]): void => listener(what);
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
