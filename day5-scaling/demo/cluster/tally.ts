/** What one bot has heard of the others, who number what they say: 1, 2, 3, … */
export class Tally {
  heard = 0;
  /** numbers that came once more */
  twice = 0;
  #gaps = 0;
  readonly #senders = new Map<string, { last: number; gaps: number; holes: Map<number, boolean> }>();

  /** @param number of what a sender said */
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

  /** The sender has said so many: what was not heard of them counts as lost now. */
  close(sender: string, said: number): void {
    this.#expect(this.#of(sender), said);
  }

  /** numbers that are missing in front of others; one that comes late is not lost any more */
  get lost(): number {
    return this.#holes().length;
  }

  /** those of them before a `gap`, or at its place */
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
