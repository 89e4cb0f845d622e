import type { Arrival } from './clients.ts';

/** What one client has seen so far. */
export class Tally {
  events = 0;
  /** of the latencies, from an event's creation to its arrival, in ms; NaN before the first */
  mean = NaN;
  longest = NaN;
  /** false once an event was missing, came twice, or overtook another */
  inOrder = true;
  #last: number;

  /** @param after the id of the last event that is not expected */
  constructor(after: number) {
    this.#last = after;
  }

  /** @param now when the event arrived, in ms of the clock that its `at` was read from */
  add(event: Arrival, now: number): void {
    const latency = now - event.at;
    this.inOrder &&= event.id === this.#last + 1;
    this.#last = event.id;
    this.events++;
    this.mean = this.events === 1 ? latency : this.mean + (latency - this.mean) / this.events;
    this.longest = this.events === 1 ? latency : Math.max(this.longest, latency);
  }
}
