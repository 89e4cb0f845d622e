import { ErrorReply } from '@redis/client';
import { BusError, type Handler } from '#day5/given/bus.ts';
import type { RedisClient, RedisOptions } from '#day5/given/redis-link.ts';
import { inTime } from '#day5/given/for-bonus/in-time.ts';
import { Appender, streamOf, type Text } from '#day5/given/for-bonus/append.ts';
import type { Entry } from '#day5/given/for-bonus/entries.ts';
import { StreamReader, type Source } from '#day5/given/for-bonus/stream-reader.ts';
import { RedisBus } from '#solutions/day5-scaling/redis-bus.ts';

/** A text that may have to wait, and what its publisher is told. */
interface Waiting extends Text {
  resolve: () => void;
  reject: (error: BusError) => void;
}

/** What a stream bus can be given besides. */
export interface StreamOptions extends RedisOptions {
  /** entries kept of each channel; 1,000 by default, some more in practice */
  keep?: number;
  /** after so many seconds without a new entry a channel is forgotten; a day by default */
  keepS?: number;
  /** texts that wait for the end of an outage; 1,000 by default */
  backlog?: number;
}

/**
 * Redis Pub/Sub with a Stream behind each channel: what was missed is read from there, what could not be published waits. So each
 * text arrives, in the order of the stream, once for each that was published once.
 */
export class StreamBus extends RedisBus implements Source {
  readonly catchesUp = true;
  readonly #limit: number;
  readonly #appender: Appender;
  readonly #readers = new Map<string, Set<StreamReader>>();
  readonly #backlog: Waiting[] = [];
  readonly #onTheirWay = new Set<Promise<void>>();
  #count = 0;
  #flushing: Promise<void> | undefined;
  /** Redis answers, but takes no entries: it is full, or a replica. */
  #isRefused = false;
  #isOver = false;

  constructor({ keep = 1000, keepS = 86_400, backlog = 1000, ...options }: StreamOptions) {
    super(options);
    this.#limit = backlog;
    this.#appender = new Appender(keep, keepS);
    this.onStatus((status) => {
      if (status === 'down') return;
      this.#flush();
      for (const readers of this.#readers.values()) for (const reader of readers) void reader.catchUp();
    });
  }

  /** Resolves when the text is in the stream: in an outage that is afterwards. @throws BusError where too many wait already, or it is closed */
  override publish(channel: string, text: string, { volatile = false } = {}): Promise<void> {
    if (volatile) return super.publish(channel, `- - ${text}`);
    if (this.#isOver) return Promise.reject(new BusError('It was closed.'));
    if (this.#backlog.length >= this.#limit)
      return Promise.reject(new BusError('Too many texts wait for Redis to come back.'));
    const [reader] = this.#readers.get(channel) ?? [];
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { number: ++this.#count, channel, text, seen: reader?.cursor ?? '', resolve, reject };
      if (this.status === 'down' || this.#backlog.length > 0) return this.#keepBack(waiting);
      // At once where nothing waits: it is on its way to Redis before anybody hears of it.
      const done: Promise<void> = this.#append(waiting)
        .then(resolve, () => this.#keepBack(waiting))
        .finally(() => this.#onTheirWay.delete(done));
      this.#onTheirWay.add(done);
    });
  }

  override async close(): Promise<void> {
    this.#isOver = true;
    await this.#inTime(Promise.all([this.#flushing, ...this.#onTheirWay])).catch(() => {});
    await super.close();
    for (const { reject } of this.#backlog.splice(0)) reject(new BusError('It was closed.'));
  }

  override async subscribe(channel: string, handler: Handler): Promise<() => Promise<void>> {
    const reader = new StreamReader(this, channel, handler);
    await reader.start();
    const off = await super.subscribe(channel, (raw) => reader.hear(raw));
    this.#readers.set(channel, (this.#readers.get(channel) ?? new Set()).add(reader));
    await reader.catchUp();
    return async () => {
      this.#readers.get(channel)?.delete(reader);
      if (this.#readers.get(channel)?.size === 0) this.#readers.delete(channel);
      await off();
    };
  }

  /** The entries of a channel, oldest first. @param after the id of an entry, to have only those behind it. @throws where Redis does not answer */
  async read(channel: string, after?: string): Promise<Entry[]> {
    const found = await this.#ask((publisher) => publisher.xRange(streamOf(channel), after ? `(${after}` : '-', '+'));
    return (found ?? []).map(({ id, message: { text, seen } }) => ({ id, text, seen }));
  }

  async lastId(channel: string): Promise<string | undefined> {
    const last = this.#ask((publisher) => publisher.xRevRange(streamOf(channel), '+', '-', { COUNT: 1 }));
    return last.then(
      (entries) => entries?.[0]?.id ?? '0-0',
      () => undefined,
    );
  }

  #append(waiting: Waiting): Promise<void> {
    return this.#appender
      .append(waiting, (question) => this.#ask(question))
      .catch((error: Error) => {
        this.#isRefused ||= error instanceof ErrorReply;
        throw error;
      });
  }

  /** A refusal, or no answer, on a connection that is there: down, until a ping is answered. Then everything is tried again. */
  async #ask<T>(question: (publisher: RedisClient) => Promise<T>): Promise<T> {
    const { publisher } = this;
    if (this.status === 'down' || !publisher?.isReady) throw new BusError(this.reason);
    return this.#inTime(question(publisher)).catch((error: Error) => {
      if (publisher.isReady) this.lost(error.message);
      throw error;
    });
  }

  /** While Redis refuses entries the bus stays down: the first text that waits is tried again with each probe. */
  override async prepare(): Promise<void> {
    const [first] = this.#backlog;
    if (!this.#isRefused || !first) return;
    await this.#appender.append(first, (question) => this.#inTime(question(this.publisher!)));
    this.#isRefused = false;
    this.#backlog.splice(this.#backlog.indexOf(first), 1);
    first.resolve();
  }

  /** @throws BusError after `timeoutMs` */
  #inTime<T>(answer: Promise<T>): Promise<T> {
    return inTime(this.timeoutMs, answer, () => new BusError('Redis does not answer.'));
  }

  #keepBack(waiting: Waiting): void {
    if (this.#isOver) return waiting.reject(new BusError('It was closed.'));
    const place = this.#backlog.findLastIndex(({ number }) => number < waiting.number) + 1;
    this.#backlog.splice(place, 0, waiting);
    this.#flush();
  }

  #flush(): void {
    this.#flushing ??= this.#sendBacklog().finally(() => (this.#flushing = undefined));
  }

  async #sendBacklog(): Promise<void> {
    await Promise.all(this.#onTheirWay); // what was sent before comes before, or stands in front of the rest
    while (this.status === 'up' && this.#backlog.length > 0) {
      try {
        await this.#append(this.#backlog[0]);
        this.#backlog.shift()!.resolve();
      } catch {
        break; // `up` starts it again
      }
    }
  }
}
