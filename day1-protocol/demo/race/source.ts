/** One event, as it goes over the wire in each of the four ways. */
export interface RaceEvent {
  /** 1, 2, 3, … without a gap: a client that has the events up to n asks for those after n */
  id: number;
  /** JSON of `{ id, at, text }`, padded to the size that was asked for; `at` is its creation, in ms of the source's clock */
  payload: string;
}

const KEPT = 2_000; // events; the slowest polling that the options allow needs half of them

/** Creates the events. It knows nothing about the network. */
export class Source {
  /** the id of the newest event, 0 before the first */
  last = 0;
  readonly #bytes: number;
  readonly #now: () => number;
  readonly #history: RaceEvent[] = [];
  readonly #listeners = new Set<(event: RaceEvent) => void>();

  /**
   * @param bytes the size of each event's payload; 64 at least
   * @param now the clock, in milliseconds; the clients have to read the same one
   */
  constructor(bytes: number, now: () => number) {
    this.#bytes = bytes;
    this.#now = now;
  }

  /** Creates an event, keeps it, and hands it to every listener. */
  emit(): RaceEvent {
    const id = ++this.last;
    const at = Math.round(this.#now() * 100) / 100;
    const empty = JSON.stringify({ id, at, text: '' });
    const payload = JSON.stringify({ id, at, text: 'x'.repeat(Math.max(0, this.#bytes - empty.length)) });
    const event = { id, payload };
    this.#history.push(event);
    if (this.#history.length > KEPT) this.#history.shift();
    for (const listener of [...this.#listeners]) listener(event);
    return event;
  }

  /** The events after the one called `id`, oldest first. */
  after(id: number): RaceEvent[] {
    return this.#history.filter((event) => event.id > id);
  }

  /** Calls `listener` with each event from now on. Returns a function that stops it. */
  subscribe(listener: (event: RaceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/**
 * Emits `rate` events per second, each at a random moment within its time slot: in step with the polls, every event would
 * wait for the same time. Returns a function that stops it.
 */
export function startEmitting(source: Source, rate: number): () => void {
  const slot = 1000 / rate;
  const start = performance.now();
  let count = 0;
  let timer: NodeJS.Timeout;
  const next = () => {
    timer = setTimeout(tick, start + (count++ + Math.random()) * slot - performance.now());
  };
  const tick = () => {
    source.emit();
    next();
  };
  next();
  return () => clearTimeout(timer);
}
