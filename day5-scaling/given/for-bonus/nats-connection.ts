import { BusError } from '#day5/given/bus.ts';

/** What is used here of a connection of NATS's own client, `@nats-io/transport-node`. */
export interface NatsConnection {
  /**
   * Puts a text into the connection's buffer, and returns nothing: whether it arrives is not known. While there is no connection
   * it may stay there, and go out afterwards.
   *
   * @throws Error where the text is larger than the server takes: 1 MB, if its `max_payload` is not set
   */
  publish(subject: string, text: string): void;
  /**
   * Sends a PING, and resolves with its PONG: then the server has all that was published before. Rejects when the connection has
   * ended; while nothing comes it waits.
   */
  flush(): Promise<void>;
  /** After an outage it is subscribed again. */
  subscribe(
    subject: string,
    options: { callback: (error: Error | null, message: { data: Uint8Array }) => void },
  ): { unsubscribe(): void };
  /** What happens to it, until it is closed: `disconnect`, `reconnect`, `error` and others. */
  status(): AsyncIterable<{ type: string; error?: Error }>;
  close(): Promise<void>;
}

/** In a variable, so that this file has its types, and its reader no error, where the package is not installed: it is one of the extras. */
const CLIENT: string = '@nats-io/transport-node';

/**
 * Loads the client.
 *
 * @returns what connects once, and rejects where that does not succeed; a connection that ends comes back by itself
 * @throws BusError where it is not installed
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
      // Left alone, it gives up for good after ten attempts, or after the second refusal of a password.
      maxReconnectAttempts: -1,
      ignoreAuthErrorAbort: true,
      reconnectTimeWait: 200,
      reconnectJitter: 300,
      pingInterval: 10_000, // after three without an answer a new connection is made
    });
}
