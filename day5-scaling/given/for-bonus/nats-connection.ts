import { BusError } from '#day5/given/bus.ts';

/** A connection of NATS's own client, `@nats-io/transport-node`: the part of it that is used here. */
export interface NatsConnection {
  /**
   * Puts a text into the connection's buffer, and returns nothing. You don't know whether it arrives. During an outage it may stay in
   * the buffer, and be sent afterwards.
   *
   * @throws Error if the text is larger than the server accepts: 1 MB, unless its `max_payload` is set
   */
  publish(subject: string, text: string): void;
  /**
   * Sends a PING, and resolves when the PONG comes. Then the server has everything that was published before. Rejects if the connection
   * ends. If no PONG comes, it waits, without a time limit.
   */
  flush(): Promise<void>;
  /** Subscribes. After an outage, the client subscribes again by itself. */
  subscribe(
    subject: string,
    options: { callback: (error: Error | null, message: { data: Uint8Array }) => void },
  ): { unsubscribe(): void };
  /** The events of the connection, until it is closed: `disconnect`, `reconnect`, `error` and others. */
  status(): AsyncIterable<{ type: string; error?: Error }>;
  close(): Promise<void>;
}

/** A variable, so that TypeScript and your editor don't need the package. It is one of the extras, and may not be installed. */
const CLIENT: string = '@nats-io/transport-node';

/**
 * Loads NATS's client.
 *
 * @returns a function that connects. It tries once, and rejects if that fails. Later, if the connection ends, the client reconnects by itself
 * @throws BusError if the package is not installed
 */
export async function loadDial(): Promise<(url: URL) => Promise<NatsConnection>> {
  const { connect } = await import(/* @vite-ignore */ CLIENT).catch((error: Error) => {
    throw new BusError(`${CLIENT} cannot be loaded. It comes with npm run extras.`, { cause: error });
  });
  return ({ host, protocol, username, password }) =>
    connect({
      servers: host,
      user: decodeURIComponent(username) || undefined,
      pass: decodeURIComponent(password) || undefined,
      tls: protocol === 'tls:' ? {} : undefined,
      // By default, the client gives up for good after ten attempts, or when a password is refused for the second time.
      maxReconnectAttempts: -1,
      ignoreAuthErrorAbort: true,
      reconnectTimeWait: 200,
      reconnectJitter: 300,
      pingInterval: 10_000, // after two pings without an answer, when the third is due, the client reconnects
    });
}
