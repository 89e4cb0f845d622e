import { randomUUID } from 'node:crypto';
import { ErrorReply, type createClient } from '@redis/client';
import { Listeners } from '#day4/given/listeners.ts';
import { handle, type Bus, type Handler } from '#day5/given/bus.ts';

export type RedisClient = ReturnType<typeof createClient>;

/** Options of a Redis bus; times in ms. */
export interface RedisOptions {
  /** such as `redis://127.0.0.1:6379` or `redis://:password@host:6379`; `rediss:` for TLS */
  url: string;
  /** how long Redis may take to answer; 1,000 by default */
  timeoutMs?: number;
  /** time between two checks whether Redis still works; 1,000 by default */
  pingMs?: number;
}

/** A request to Redis that is repeated after an outage, until Redis has acknowledged it. */
interface Request {
  send: () => Promise<void>;
  done: () => void;
}

/** The part of a Redis bus that is given: whether the two clients work, and the subscriptions. */
export abstract class RedisLink implements Bus {
  /** sends what is published; `connect` sets it */
  publisher: RedisClient | undefined;
  /** hears what is published, on a connection of its own; `connect` sets it */
  subscriber: RedisClient | undefined;
  /** for `createClient` */
  readonly settings: NonNullable<Parameters<typeof createClient>[0]>;
  readonly timeoutMs: number;
  status: 'up' | 'down' = 'down';
  reason: string | undefined = 'Nothing has connected to Redis yet.';
  readonly #pingMs: number;
  readonly #listeners = new Listeners<{ status: 'up' | 'down' }>();
  readonly #requests = new Set<Request>();
  /** The bus publishes on this channel of its own, and is up if the text comes back. */
  readonly #canary = `chat:canary:${randomUUID()}`;
  #probe: { id: string; sentAt: number; isAnswered: boolean } | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isClosed = false;

  /** @throws TypeError if `url` is not the address of a Redis */
  constructor({ url, timeoutMs = 1000, pingMs = 1000 }: RedisOptions) {
    if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol))
      throw new TypeError(`${withoutPassword(url)} is not the address of a Redis: redis://127.0.0.1:6379 is one.`);
    this.timeoutMs = timeoutMs;
    this.#pingMs = pingMs;
    this.settings = {
      url,
      disableOfflineQueue: true, // else what is published during an outage is sent minutes later, when nobody expects it
      socket: {
        connectTimeout: 5 * timeoutMs,
        reconnectStrategy: (retries: number) => Math.random() * Math.min(2000, 50 * 2 ** retries),
      },
    };
    void this.#insist(() => this.subscriber!.subscribe(this.#canary, (id) => this.#isBack(id)));
  }

  abstract connect(): Promise<void>;
  abstract publish(channel: string, text: string, options?: { volatile?: boolean }): Promise<void>;

  /** Call it at each `ready` event of a client, and with the error at each `error` event. It decides whether the bus is up. */
  readonly check = (error?: unknown): void => {
    if (this.#isClosed) return;
    this.#timer ??= setInterval(() => this.#beat(), this.#pingMs).unref();
    if (!error && this.#areReady()) return void (this.status === 'down' && this.#sendProbe());
    this.#probe = undefined; // its answer may have gone with the connection
    this.lost(error ? words(error) : 'One of the two connections is not there yet.');
  };

  /** Redis did not answer in time. The bus is down until a probe has come back. */
  lost(reason: string): void {
    if (!this.#isClosed) this.#enter('down', reason);
  }

  async subscribe(channel: string, handler: Handler): Promise<() => Promise<void>> {
    let end: Promise<void> | undefined;
    const listener = (text: string): void => (end ? undefined : handle(handler, channel, text));
    await this.#insist(() => this.subscriber!.subscribe(channel, listener));
    return () => {
      const unsubscribe = (): Promise<unknown> => this.subscriber!.unsubscribe(channel, listener);
      return (end ??= this.#insist(unsubscribe));
    };
  }

  onStatus(listener: (status: 'up' | 'down') => void): () => void {
    return this.#listeners.on('status', listener);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#timer);
    // Redis answers in order: when it has answered this, everything that was published before has gone out.
    if (this.status === 'up') await this.publish(this.#canary, 'bye', { volatile: true }).catch(() => {});
    this.#enter('down', 'It was closed.');
    for (const client of [this.publisher, this.subscriber]) if (client?.isOpen) client.destroy();
    for (const { done } of this.#requests) done();
  }

  /** What else has to work before the bus is up. @throws an error that says what doesn't */
  async prepare(): Promise<void> {}

  /** Sends a request now if there is a connection, and again with each probe until Redis has acknowledged it. */
  #insist(command: () => Promise<unknown>): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      let sending: Promise<void> | undefined;
      const request: Request = {
        send: () =>
          (sending ??= command()
            .then(request.done)
            .finally(() => (sending = undefined))),
        done: () => void (this.#requests.delete(request), resolve()),
      };
      this.#requests.add(request);
      if (this.subscriber?.isReady) request.send().catch((error) => this.#refused(error));
    });
  }

  /** Redis has said no, for example because this user may not use the channel: the bus is down, with Redis's own words. */
  #refused(error: unknown): void {
    if (error instanceof ErrorReply) this.lost(words(error));
  }

  #areReady(): boolean {
    return !this.#isClosed && [this.publisher, this.subscriber].every((client) => client?.isReady);
  }

  /** Called every `pingMs`. */
  #beat(): void {
    if (!this.#areReady()) return;
    if (!this.#probe) return void this.#sendProbe();
    // If this process was paused, its timers run before it reads the answers that have arrived meanwhile. setImmediate runs after those.
    setImmediate(() => {
      if (!this.#probe || performance.now() - this.#probe.sentAt < this.timeoutMs) return;
      if (!this.#probe.isAnswered) return this.lost(`Redis has not answered for ${this.timeoutMs} ms.`);
      this.#probe = undefined;
      this.lost('Redis accepts messages, but they do not come back. Do both connections lead to the same Redis?');
    });
  }

  async #sendProbe(): Promise<void> {
    if (this.#probe || !this.#areReady()) return;
    const probe = { id: randomUUID(), sentAt: performance.now(), isAnswered: false };
    this.#probe = probe;
    try {
      await Promise.all([...this.#requests].map(({ send }) => send()));
      await this.prepare();
      await this.publisher!.sendCommand(['PUBLISH', this.#canary, probe.id]);
      probe.isAnswered = true;
    } catch (error) {
      if (this.#probe !== probe) return;
      this.#probe = undefined;
      if (this.#areReady()) this.lost(words(error));
    }
  }

  #isBack(id: string): void {
    if (id !== this.#probe?.id || !this.#areReady()) return;
    this.#probe = undefined;
    this.#enter('up');
  }

  #enter(status: 'up' | 'down', reason?: string): void {
    this.reason = reason;
    if (status === this.status) return;
    this.status = status;
    this.#listeners.emit('status', status);
  }
}

const withoutPassword = (url: string): string => url.replace(/^(\w+:\/\/)?.*@/s, '$1***@');

/** An error in words. If several addresses were tried, that is one error whose own message is empty. */
function words(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return 'Nothing listens there (ECONNREFUSED). npm run redis starts one.';
  if (message?.startsWith('Unknown RESP type')) return 'What listens there is not a Redis.';
  if (message === 'Socket closed unexpectedly') return 'The connection to Redis has ended. Was it stopped?';
  return (message || code || String(error)).replace(/[^.]$/, '$&.');
}
