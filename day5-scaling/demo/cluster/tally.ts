/** What one bot has heard from the others, who number what they say: 1, 2, 3, … */
export class Tally {
  heard = 0;
  /** numbers that came again */
  twice = 0;
  #gaps = 0;
  readonly #senders = new Map<string, { last: number; gaps: number; holes: Map<number, boolean> }>();

  /** @param number the number in the sender's message */
  hear(sender: string, number: number): void {
    const known = this.#of(sender);
    const { last, holes } = known;
    if (number <= last && !holes.delete(number)) return void this.twice++;
    this.heard++;
    this.#expect(known, number - 1);
    if (number > last) known.last = number;
    known.gaps = this.#gaps;
  }

  /** The server says that something may be missing before this place. */
  gap(): void {
    this.#gaps++;
    for (const { holes } of this.#senders.values()) for (const number of holes.keys()) holes.set(number, true);
  }

  /** The sender has said this many. From now on, those that were not heard count as lost. */
  close(sender: string, said: number): void {
    this.#expect(this.#of(sender), said);
  }

  /** numbers that are missing before later ones; one that still arrives is no longer lost */
  get lost(): number {
    return this.#holes().length;
  }

  /** those of them that a `gap` has announced */
  get told(): number {
    return this.#holes().filter(Boolean).length;
  }

  #holes(): boolean[] {
    return [...this.#senders.values()].flatMap(({ holes }) => [...holes.values()]);
  }

  #of(sender: string) {
    const known = this.#senders.get(sender) ?? { last: 0, gaps: 0, holes: new Map<number, boolean>() };
    this.#senders.set(sender, known);
    return known;
  }

  #expect(known: { last: number; gaps: number; holes: Map<number, boolean> }, upTo: number): void {
    for (; known.last < upTo; known.last++) known.holes.set(known.last + 1, this.#gaps > known.gaps);
  }
}
