import { BusError, type Handler } from '#day5/given/bus.ts';
import { HandlerSets } from '#day5/given/handler-sets.ts';

/** Whom it asks: a client of Redis, or of another broker. Both resolve when the broker knows it, and reject where it may not. */
export interface Subscriber {
  readonly isReady: boolean;
  subscribe(channel: string, hear: (text: string) => void): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
}

/** Brings what the broker knows in line with who wants to hear, one command a channel at a time, also over an outage. */
export class Subscriptions {
  readonly #subscriber: () => Subscriber | undefined;
  readonly #handlers = new HandlerSets();
  /** for each channel: what the broker knows of us, and the work that brings it up to date */
  readonly #channels = new Map<string, { subscribed: boolean; work?: Promise<void> }>();
  /** resolve the work that waits for a connection */
  readonly #waiting = new Set<() => void>();
  #isClosed = false;

  constructor(subscriber: () => Subscriber | undefined) {
    this.#subscriber = subscriber;
  }

  /** `Bus.subscribe`. */
  async add(channel: string, handler: Handler): Promise<() => Promise<void>> {
    const remove = this.#handlers.add(channel, handler);
    await this.#settle(channel);
    return async () => {
      if (remove()) await this.#settle(channel);
    };
  }

  /** What could not be done is tried again: called when a connection is there. */
  retry(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const goOn of waiting) goOn();
  }

  /** Nothing is asked any more; whoever waits goes on. */
  close(): void {
    this.#isClosed = true;
    this.retry();
  }

  /** Resolves when the broker knows what is wanted. */
  #settle(channel: string): Promise<void> {
    const state = this.#channels.get(channel) ?? { subscribed: false };
    this.#channels.set(channel, state);
    state.work ??= this.#work(channel, state).then(() => {
      state.work = undefined;
      if (this.#isBehind(channel, state)) return this.#settle(channel);
      if (!state.subscribed) this.#channels.delete(channel);
    });
    return state.work;
  }

  async #work(channel: string, state: { subscribed: boolean }): Promise<void> {
    const hear = (text: string): void => this.#handlers.feed(channel, text);
    while (this.#isBehind(channel, state)) {
      const wanted = !state.subscribed;
      try {
        const subscriber = this.#subscriber();
        if (!subscriber?.isReady) throw new BusError('not connected');
        await (wanted ? subscriber.subscribe(channel, hear) : subscriber.unsubscribe(channel));
        state.subscribed = wanted;
      } catch {
        if (!this.#isClosed) await new Promise<void>((goOn) => this.#waiting.add(goOn));
      }
    }
  }

  #isBehind(channel: string, { subscribed }: { subscribed: boolean }): boolean {
    return !this.#isClosed && this.#handlers.has(channel) !== subscribed;
  }
}
