import type { createClient } from '@redis/client';
import { addressProblem } from '#tools/brokers/address.ts';

export type RedisClient = ReturnType<typeof createClient>;

/** Options of a Redis bus; times in ms. */
export interface RedisOptions {
  /** such as `redis://127.0.0.1:6379` or `redis://:password@host:6379`; `rediss:` for TLS */
  url: string;
  /** how long Redis may take to answer; 1,000 by default */
  timeoutMs?: number;
  /** how often the bus checks that Redis still works; 1,000 by default */
  pingMs?: number;
  /** the start of the name of the bus's own channel; `chat` by default. Use the node's prefix. */
  prefix?: string;
  /** how `CLIENT LIST` of Redis calls the bus's connections; a space becomes a dash, because Redis refuses it */
  name?: string;
}

/** The settings for `createClient`. Times in ms. @throws TypeError if `url` is not the address of a Redis */
export function settingsFor(
  url: string,
  timeoutMs: number,
  pingMs: number,
  name?: string,
): NonNullable<Parameters<typeof createClient>[0]> {
  const problem = addressProblem(url);
  if (problem) throw new TypeError(problem);
  return {
    url,
    name: name?.replaceAll(' ', '-'),
    disableOfflineQueue: true, // otherwise a text that is published during an outage is sent minutes later, when nobody expects it
    socket: {
      connectTimeout: 5 * timeoutMs,
      // Something arrives after each ping. If a pulled cable swallows everything, TCP itself would keep the connection for a quarter of an hour.
      socketTimeout: pingMs + 15 * timeoutMs,
      reconnectStrategy: (retries: number) => Math.random() * Math.min(2000, 50 * 2 ** retries),
    },
  };
}
