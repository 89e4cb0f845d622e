/** Called with each text that arrives on a channel. */
export type Handler = (text: string) => void;

/** Connects the nodes of one chat. Each MUST is a check of the contract suite, which runs against every bus. */
export interface Bus {
  /** `up` while publishing and hearing both work. It MUST be `down` before `connect`. */
  readonly status: 'up' | 'down';
  /** Why the bus is down, in words for the terminal. Undefined while it is up. */
  readonly reason: string | undefined;
  /** True if the bus delivers after an outage what was published during it (bonus 5.b). */
  readonly catchesUp?: boolean;
  readonly dropped?: number; // how many texts came that no such bus can have published
  /**
   * Connects, and MUST keep trying until that works; after each outage it reconnects by itself. It MUST resolve when it is connected.
   * `status` changes to `up` then, or as soon as a message has made the round trip.
   */
  connect(): Promise<void>;
  /**
   * Sends a text to everyone who is subscribed to the channel, this node too, at most once. While the bus is down it MUST reject
   * at once, and it MUST NOT send the text later. If no answer comes it MUST reject within a bounded time; nobody knows then
   * whether the text went out. A text that is too large for the broker (NATS: 1 MB) MUST be rejected without harm to others. A bus
   * that `catchesUp` keeps the text during an outage instead, and resolves when it has gone out.
   *
   * @param options.volatile true if the text is worthless later, such as `typing`
   */
  publish(channel: string, text: string, options?: { volatile?: boolean }): Promise<void>;
  /**
   * Calls the handler with each text on exactly this channel: `*` is a name like any other. If a handler throws, all other handlers
   * and later texts MUST still be handled. After an outage the bus MUST subscribe again by itself. It never rejects: during an
   * outage it waits.
   *
   * @returns when the broker has acknowledged the subscription: a function that ends it. From then on no text is missed.
   */
  subscribe(channel: string, handler: Handler): Promise<() => Promise<void>>;
  /** Calls the listener at each change of `status`. @returns a function that removes the listener */
  onStatus(listener: (status: 'up' | 'down') => void): () => void;
  /** Closes the bus for good, within a bounded time. What was published before still goes out. A second call MUST resolve, too. */
  close(): Promise<void>;
}

/** A text could not be published. The message says why. */
export class BusError extends Error {
  override readonly name = 'BusError';
}
