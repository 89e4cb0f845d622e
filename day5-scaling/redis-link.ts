import type { createClient } from '@redis/client';
import { Listeners } from '#day4/listeners.ts';
import { BusError, type Bus, type Handler } from '#day5/bus.ts';
import { HandlerSets } from '#day5/handler-sets.ts';

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
  reason: string | undefined = 'It was never connected.';
  readonly #pingMs: number;
  readonly #handlers = new HandlerSets();
  readonly #listeners = new Listeners<{ status: 'up' | 'down'; ready: void }>();
  /** for each channel: what Redis knows of us, and the work that brings it up to date */
  readonly #channels = new Map<string, { subscribed: boolean; work?: Promise<void> }>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #lost: string | undefined;
  #isClosed = false;

  /** @throws TypeError where `url` is none of Redis's */
  constructor({ url, timeoutMs = 1000, pingMs = 1000 }: RedisOptions) {
    if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol)) throw new TypeError(`${url} is not the address of a Redis: redis://127.0.0.1:6379 is one.`);
    this.timeoutMs = timeoutMs;
    this.#pingMs = pingMs;
    this.settings = {
      url,
      // Without this a text that is published in an outage is kept, and sent when nobody expects it any more.
      disableOfflineQueue: true,
      socket: { connectTimeout: 5 * timeoutMs, reconnectStrategy: (retries: number) => Math.random() * Math.min(2000, 50 * 2 ** retries) },
    };
  }

  abstract connect(): Promise<void>;
  abstract publish(channel: string, text: string, options?: { volatile?: boolean }): Promise<void>;

  /** Looks at both clients again: called at their `ready` and `error` events. @param error what has just gone wrong */
  check(error?: unknown): void {
    if (this.#isClosed) return;
    this.#timer ??= setInterval(() => void this.#ping(), this.#pingMs).unref();
    const clients = [this.publisher, this.subscriber];
    if (clients.some((client) => client?.isReady)) this.#listeners.emit('ready', undefined);
    if (!error && this.#lost === undefined && clients.every((client) => client?.isReady)) return this.#enter('up');
    this.#enter('down', this.#lost ?? words(error) ?? 'One of the two connections is not there yet.');
  }

  /** No answer came in time, although the connection looks alive: down, until a ping is answered. */
  lost(reason: string): void {
    this.#lost = reason;
    this.check();
  }

  async subscribe(channel: string, handler: Handler): Promise<() => Promise<void>> {
    const remove = this.#handlers.add(channel, handler);
    await this.#settle(channel);
    return async () => {
      if (remove()) await this.#settle(channel);
    };
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
    this.#listeners.emit('ready', undefined);
  }

  /** Brings what Redis knows in line with who wants to hear, one command at a time; resolves when it is. */
  #settle(channel: string): Promise<void> {
    const state = this.#channels.get(channel) ?? { subscribed: false };
    this.#channels.set(channel, state);
    state.work ??= this.#work(channel, state).then(() => {
      state.work = undefined;
      if (!this.#isClosed && this.#handlers.has(channel) !== state.subscribed) return this.#settle(channel);
      if (!state.subscribed) this.#channels.delete(channel);
    });
    return state.work;
  }

  async #work(channel: string, state: { subscribed: boolean }): Promise<void> {
    const hear = (text: string): void => this.#handlers.feed(channel, text);
    while (!this.#isClosed && this.#handlers.has(channel) !== state.subscribed) {
      const wanted = !state.subscribed;
      try {
        if (!this.subscriber?.isReady) throw new BusError('not connected');
        if (wanted) await this.subscriber.subscribe(channel, hear);
        else await this.subscriber.unsubscribe(channel);
        state.subscribed = wanted;
      } catch {
        await this.#ready();
      }
    }
  }

  /** Resolves when the subscriber may be asked again, or the bus is closed. */
  #ready(): Promise<void> {
    return new Promise((resolve) => {
      const off = this.#listeners.on('ready', () => {
        off();
        resolve();
      });
    });
  }

  async #ping(): Promise<void> {
    const clients = [this.publisher, this.subscriber].filter((client) => client?.isReady) as RedisClient[];
    if (clients.length < 2) return;
    this.#lost = (await this.#isAnswered(clients)) ? undefined : `Redis has not answered a ping for ${this.timeoutMs} ms.`;
    this.check();
  }

  /** Whether all of them answer a ping in time. */
  #isAnswered(clients: RedisClient[]): Promise<boolean> {
    return this.inTime(Promise.all(clients.map((client) => client.ping()))).then(() => true, () => false);
  }

  /** What a promise comes to. @throws BusError after `timeoutMs`, or what the promise rejects with */
  async inTime<T>(answer: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout>;
    const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new BusError('Redis does not answer.')), this.timeoutMs)));
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
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
  return message || code || String(error);
}
