/** Called with each text that arrives on a channel. */
export type Handler = (text: string) => void;

/** Connects the nodes of one chat. One suite of tests runs against every bus, and checks each MUST below. */
export interface Bus {
  /** `up` while texts can be both published and received. It MUST be `down` before `connect`. */
  readonly status: 'up' | 'down';
  /** Why the bus is down, in words for the terminal. Undefined while it is up. */
  readonly reason: string | undefined;
  /** True if texts that are published during an outage are delivered after it (bonus 5.b). */
  readonly catchesUp?: boolean;
  readonly dropped?: number; // how many texts were ignored because no bus of this kind can have published them
  /**
   * Connects. It MUST try again until that works, and then it MUST resolve. After each outage the bus reconnects by itself. `status`
   * changes to `up` on connecting, or as soon as a test message has come back.
   */
  connect(): Promise<void>;
  /**
   * Sends a text to everyone who is subscribed to the channel, this node included, at most once. While the bus is down it MUST reject
   * at once, and it MUST NOT send the text later. If no answer comes it MUST reject after a time limit: nobody knows then whether
   * the text was sent. A text that is too large (NATS: 1 MB) MUST be rejected, and others MUST still go out. A bus that
   * `catchesUp` keeps the text during an outage instead, and resolves when it has sent it.
   *
   * @param options.volatile true if the text is useless later, such as `typing`
   */
  publish(channel: string, text: string, options?: { volatile?: boolean }): Promise<void>;
  /**
   * Calls the handler with each text on exactly this channel; `*` is a name like any other. If a handler throws, the other handlers
   * and later texts MUST still be handled. After an outage the bus MUST subscribe again by itself. `subscribe` never rejects: during
   * an outage it waits.
   *
   * @returns a function that ends the subscription. It resolves when Redis (or NATS) has confirmed: from then on no text is missed.
   */
  subscribe(channel: string, handler: Handler): Promise<() => Promise<void>>;
  /** Calls the listener at each change of `status`. @returns a function that removes the listener */
  onStatus(listener: (status: 'up' | 'down') => void): () => void;
  /** Closes the bus for good, within a time limit. Texts that were published before are still sent. A second call MUST resolve, too. */
  close(): Promise<void>;
}

/** A text could not be published. The message says why. */
export class BusError extends Error {
  override readonly name = 'BusError';
}
