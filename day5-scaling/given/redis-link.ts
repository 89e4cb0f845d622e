import type { createClient } from '@redis/client';
import { Listeners } from '#day4/given/listeners.ts';
import { BusError, type Bus, type Handler } from '#day5/given/bus.ts';
import { Subscriptions } from '#day5/given/subscriptions.ts';
import { inTime } from '#day5/given/waiting.ts';

export type RedisClient = ReturnType<typeof createClient>;

/** What a Redis bus can be given; times in ms. */
export interface RedisOptions {
  /** such as `redis://127.0.0.1:6379`, or `redis://:password@host:6379`; `rediss:` for TLS */
  url: string;
  /** how long a publish, or a ping, may take; 1,000 by default */
  timeoutMs?: number;
  /** between two pings, which find out that Redis is frozen, and that it is back; 1,000 by default */
  pingMs?: number;
}

/** What stands around the two clients of a Redis bus: whether they work, and who hears what. */
export abstract class RedisLink implements Bus {
  /** publishes; set by `connect` */
  publisher: RedisClient | undefined;
  /** hears what is published, on a connection of its own; set by `connect` */
  subscriber: RedisClient | undefined;
  /** for `createClient` */
  readonly settings: NonNullable<Parameters<typeof createClient>[0]>;
  readonly timeoutMs: number;
  status: 'up' | 'down' = 'down';
  reason: string | undefined = 'Nothing has connected to Redis yet: that is RedisBus.connect, exercise 5.1.';
  readonly #pingMs: number;
  readonly #subscriptions = new Subscriptions(() => this.subscriber);
  readonly #listeners = new Listeners<{ status: 'up' | 'down' }>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #pinging: Promise<void> | undefined;
  #lost: string | undefined;
  #isClosed = false;

  /** @throws TypeError where `url` is none of Redis's */
  constructor({ url, timeoutMs = 1000, pingMs = 1000 }: RedisOptions) {
    if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol))
      throw new TypeError(`${url} is not the address of a Redis: redis://127.0.0.1:6379 is one.`);
    this.timeoutMs = timeoutMs;
    this.#pingMs = pingMs;
    this.settings = {
      url,
      // Without this a text that is published in an outage is kept, and sent when nobody expects it any more.
      disableOfflineQueue: true,
      socket: {
        connectTimeout: 5 * timeoutMs,
        reconnectStrategy: (retries: number) => Math.random() * Math.min(2000, 50 * 2 ** retries),
      },
    };
  }

  abstract connect(): Promise<void>;
  abstract publish(channel: string, text: string, options?: { volatile?: boolean }): Promise<void>;

  /** Looks at `publisher` and `subscriber` again: called at their `ready` and `error` events. @param error what has just gone wrong */
  readonly check = (error?: unknown): void => {
    if (this.#isClosed) return;
    this.#timer ??= setInterval(
      () => (this.#pinging ??= this.#ping().finally(() => (this.#pinging = undefined))),
      this.#pingMs,
    ).unref();
    const clients = [this.publisher, this.subscriber];
    if (clients.some((client) => client?.isReady)) this.#subscriptions.retry();
    if (!error && this.#lost === undefined && clients.every((client) => client?.isReady)) return this.#enter('up');
    this.#enter('down', this.#lost ?? words(error) ?? 'One of the two connections is not there yet.');
  };

  /** No answer came in time, although the connection looks alive: down, until a ping is answered. */
  lost(reason: string): void {
    this.#lost = reason;
    this.check();
  }

  subscribe(channel: string, handler: Handler): Promise<() => Promise<void>> {
    return this.#subscriptions.add(channel, handler);
  }

  onStatus(listener: (status: 'up' | 'down') => void): () => void {
    return this.#listeners.on('status', listener);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#timer);
    // What was published before this ping has arrived when the ping is answered. Not client.close(): a frozen Redis answers nothing.
    if (this.status === 'up') await this.#isAnswered([this.publisher!]);
    this.#enter('down', 'It was closed.');
    for (const client of [this.publisher, this.subscriber]) if (client?.isOpen) client.destroy();
    this.#subscriptions.close();
  }

  async #ping(): Promise<void> {
    if (![this.publisher, this.subscriber].every((client) => client?.isReady)) return;
    this.#lost = await this.fault();
    this.check();
  }

  /** What keeps the bus down though both connections stand, in words; undefined where nothing does. Asked every `pingMs`. */
  async fault(): Promise<string | undefined> {
    const isAnswered = await this.#isAnswered([this.publisher!, this.subscriber!]);
    return isAnswered ? undefined : `Redis has not answered a ping for ${this.timeoutMs} ms.`;
  }

  /** Whether all of them answer a ping in time. */
  #isAnswered(clients: RedisClient[]): Promise<boolean> {
    return this.inTime(Promise.all(clients.map((client) => client.ping()))).then(
      () => true,
      () => false,
    );
  }

  /** What a promise comes to. @throws BusError after `timeoutMs`, or what the promise rejects with */
  inTime<T>(answer: Promise<T>): Promise<T> {
    return inTime(this.timeoutMs, answer, () => new BusError('Redis does not answer.'));
  }

  #enter(status: 'up' | 'down', reason?: string): void {
    this.reason = reason;
    if (status === this.status) return;
    this.status = status;
    this.#listeners.emit('status', status);
  }
}

/** An error for a reader; several addresses that were tried are one error whose own message is empty. */
function words(error: unknown): string | undefined {
  if (!error) return undefined;
  const { message, code } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return 'Nothing listens there (ECONNREFUSED). npm run redis starts one.';
  if (message?.startsWith('Unknown RESP type')) return 'What listens there is no Redis.';
  if (message === 'Socket closed unexpectedly') return 'The connection to Redis has ended. Was it stopped?';
  return (message || code || String(error)).replace(/[^.]$/, '$&.');
}
