import { randomUUID } from 'node:crypto';
import { Listeners } from '#day4/given/listeners.ts';
import type { Bus, Handler } from '#day5/given/bus.ts';
import { handle } from '#day5/given/internals/handle.ts';
import { Probe } from '#day5/given/internals/probe.ts';
import { inWords } from '#day5/given/internals/reasons.ts';
import { needMaster } from '#day5/given/internals/need-master.ts';
import { settingsFor, type RedisClient, type RedisOptions } from '#day5/given/internals/redis-options.ts';
import { Requests } from '#day5/given/internals/requests.ts';

/** The given part of a Redis bus. It watches the two clients, and subscribes to channels. */
export abstract class RedisLink implements Bus {
  /** the client that publishes; `connect` sets it */
  publisher: RedisClient | undefined;
  /** the client that listens, on a second connection; `connect` sets it */
  subscriber: RedisClient | undefined;
  readonly settings: ReturnType<typeof settingsFor>; // for `createClient`
  readonly timeoutMs: number;
  status: 'up' | 'down' = 'down';
  reason: string | undefined = 'Nothing has connected to Redis yet.';
  readonly #pingMs: number;
  readonly #listeners = new Listeners<{ status: 'up' | 'down' }>();
  /** SUBSCRIBE and UNSUBSCRIBE commands that Redis has not acknowledged yet */
  readonly #requests = new Requests({
    isReady: () => this.status === 'up',
    refused: (error) => this.lost(inWords(error)),
  });
  /** a channel that only this bus uses: the texts that it publishes there must come back */
  readonly #canary: string;
  readonly #probe: Probe;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isClosed = false;

  /** @throws TypeError if `url` is not the address of a Redis */
  constructor({ url, timeoutMs = 1000, pingMs = 1000, prefix = 'chat', name }: RedisOptions) {
    this.settings = settingsFor(url, timeoutMs, pingMs, name);
    this.timeoutMs = timeoutMs;
    this.#pingMs = pingMs;
    this.#canary = `${prefix}:canary:${randomUUID()}`;
    this.#probe = new Probe({
      timeoutMs,
      send: async (text) => {
        await this.prepare();
        await this.#requests.repeat();
        await this.publisher!.sendCommand(['PUBLISH', this.#canary, text]);
      },
      succeeded: () => this.#areReady() && (this.#requests.resume(), this.#enter('up')),
      failed: (error) => this.#areReady() && this.lost(inWords(error)),
    });
    void this.#requests.add(() => this.subscriber!.subscribe(this.#canary, (text) => this.#probe.isBack(text)));
  }

  abstract connect(): Promise<void>;
  abstract publish(channel: string, text: string, options?: { volatile?: boolean }): Promise<void>;

  /** Decides whether the bus is up. Call it at each `ready` event of a client, and, with the error, at each `error` event. */
  readonly check = (error?: unknown): void => {
    if (this.#isClosed) return;
    this.#timer ??= setInterval(() => this.#areReady() && this.#probe.beat(), this.#pingMs).unref();
    if (!error && this.#areReady()) return void (this.status === 'down' && this.#probe.start());
    this.#probe.cancel();
    this.lost(error ? inWords(error) : 'One of the two connections is not there yet.');
  };

  /** Call it when Redis did not answer in time. The bus is down until a test message (see `Probe`) has come back. */
  lost(reason: string): void {
    if (!this.#isClosed) this.#enter('down', reason);
  }

  async subscribe(channel: string, handler: Handler): Promise<() => Promise<void>> {
    let end: Promise<void> | undefined;
    const listener = (text: string): void => (end ? undefined : handle(handler, channel, text));
    const undo = await this.#requests.add(() => this.subscriber!.subscribe(channel, listener));
    return () => (end ??= undo(() => this.subscriber!.unsubscribe(channel, listener)));
  }

  onStatus(listener: (status: 'up' | 'down') => void): () => void {
    return this.#listeners.on('status', listener);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#timer);
    // Redis answers in order. When it has answered this, it has also sent everything that was published before.
    if (this.status === 'up') await this.publish(this.#canary, 'bye', { volatile: true }).catch(() => {});
    this.#enter('down', 'It was closed.');
    for (const client of [this.publisher, this.subscriber]) if (client?.isOpen) client.destroy();
    this.#requests.giveUp();
  }

  /** Checks whatever else must work before the bus is up. @throws an error that says what doesn't */
  async prepare(): Promise<void> {
    await needMaster(this.publisher!, this.subscriber!);
  }

  #areReady(): boolean {
    return !this.#isClosed && [this.publisher, this.subscriber].every((client) => client?.isReady);
  }

  #enter(status: 'up' | 'down', reason?: string): void {
    this.reason = reason;
    if (status === this.status) return;
    this.status = status;
    this.#listeners.emit('status', status);
  }
}
