/** What is called with each text that comes on a channel. */
export type Handler = (text: string) => void;

/** How the nodes of one chat hear each other. Each MUST is a check of the contract suite, which runs on every bus. */
export interface Bus {
  /** `up` while publishing and hearing both work, as far as is known. It MUST be `down` before `connect`. */
  readonly status: 'up' | 'down';
  /** why it is down, in words for the terminal; undefined while it is up */
  readonly reason: string | undefined;
  /** true where what is published in an outage comes afterwards: bonus 5.b */
  readonly catchesUp?: boolean;
  /** Starts connecting. It MUST resolve when the bus is up for the first time, and go on trying until then, and ever after. */
  connect(): Promise<void>;
  /**
   * Brings a text to everyone who is subscribed to the channel, this node too, at most once. It MUST reject at once while the bus
   * is down, and such a text MUST NOT be sent later. It MUST reject within a bounded time where there is no answer; whether that text
   * went out nobody knows. A bus that `catchesUp` keeps the text instead, in both cases, and resolves when it has gone out. A text
   * that is larger than the broker takes (NATS: 1 MB) MUST be rejected, and cost no other text anything.
   *
   * @param options.volatile the text is worth nothing later, such as `typing`
   */
  publish(channel: string, text: string, options?: { volatile?: boolean }): Promise<void>;
  /**
   * Calls the handler with each text on exactly this channel: `*` is a name like any other. A handler that throws MUST cost
   * no other handler and no later text anything. After an outage it MUST be subscribed again, by itself. It never rejects: in an
   * outage it waits.
   *
   * @returns when the broker has acknowledged it; what undoes it. Until then a text may be missed, afterwards none.
   */
  subscribe(channel: string, handler: Handler): Promise<() => Promise<void>>;
  /** Calls the listener at each change of `status`. @returns what undoes that */
  onStatus(listener: (status: 'up' | 'down') => void): () => void;
  /** Ends it for good, within a bounded time; what was published before still goes out. A second call MUST resolve, too. */
  close(): Promise<void>;
}

/** A publish that came to nothing. The message says why. */
export class BusError extends Error {
  override readonly name = 'BusError';
}
