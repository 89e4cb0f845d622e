import { ErrorReply } from '@redis/client';
import { BusError, type Handler } from '#day5/given/bus.ts';
import type { RedisClient, RedisOptions } from '#day5/given/internals/redis-options.ts';
import { inTime } from '#day5/given/for-bonus/in-time.ts';
import { Appender, type Text } from '#day5/given/for-bonus/append.ts';
import type { Entry } from '#day5/given/for-bonus/entries.ts';
import { streamOf } from '#day5/given/for-bonus/slot-names.ts';
import { StreamReader, type Source } from '#day5/given/for-bonus/stream-reader.ts';
import { RedisBus } from '#solutions/day5-scaling/redis-bus.ts';

/** A text that may have to wait, with the functions that settle the promise of its `publish`. */
interface Waiting extends Text {
  resolve: () => void;
  reject: (error: BusError) => void;
}

/** Options of a stream bus, besides those of a Redis bus. */
export interface StreamOptions extends RedisOptions {
  /** how many entries Redis keeps of each channel; 1,000 by default. In practice it keeps a few more */
  keep?: number;
  /** after how many seconds without a new entry Redis deletes a channel's stream; a day by default */
  keepS?: number;
  /** how many texts may wait for the end of an outage; 1,000 by default */
  backlog?: number;
  /** how long `close` waits for the end of an outage, so that these texts can still be sent, in ms; 3,000 by default. The rest is lost */
  closeMs?: number;
  /** true on a Redis Cluster, where texts are published on shard channels; see `ShardedStreamBus` */
  isSharded?: boolean;
}

/**
 * Redis Pub/Sub, and a Stream for each channel. Texts that were missed are read from the stream. Texts that could not be published wait.
 * So each text arrives once, in the order of the stream.
 */
export class StreamBus extends RedisBus implements Source {
  readonly catchesUp = true;
  /** how many texts came on our channels that no bus of this kind can have published */
  dropped = 0;
  readonly #limit: number;
  readonly #appender: Appender;
  readonly #readers = new Map<string, Set<StreamReader>>();
  readonly #backlog: Waiting[] = [];
  readonly #onTheirWay = new Set<Promise<void>>();
  /** all texts that are not in the stream yet: those of the backlog, and those on their way */
  readonly #pending = new Set<Promise<void>>();
  readonly #closeMs: number;
  #isClosing = false;
  #count = 0;
  #flushing: Promise<void> | undefined;
  /** Redis answers, but refuses entries: it is full, or a replica */
  #isRefused = false;
  #isOver = false;

  constructor(options: StreamOptions) {
    super(options);
    const { keep = 1000, keepS = 86_400, backlog = 1000, closeMs = 3000, isSharded = false } = options;
    this.#limit = backlog;
    this.#closeMs = closeMs;
    this.#appender = new Appender(keep, keepS, isSharded);
    this.onStatus((status) => {
      if (status === 'down') return;
      this.#flush();
      for (const reader of this.#all()) void reader.catchUp();
    });
  }

  /** Resolves when the text is in the stream: during an outage, that is after its end. @throws BusError if too many texts wait, or if the bus is closed */
  override publish(channel: string, text: string, { volatile = false } = {}): Promise<void> {
    if (volatile) return super.publish(channel, `- - ${text}`);
    if (this.#isClosing) return Promise.reject(new BusError('It was closed.'));
    if (this.#backlog.length >= this.#limit)
      return Promise.reject(new BusError('Too many texts wait for Redis to come back.'));
    const [reader] = this.#readers.get(channel) ?? [];
    const pending = new Promise<void>((resolve, reject) => {
      const waiting: Waiting = { number: ++this.#count, channel, text, seen: reader?.cursor ?? '', resolve, reject };
      if (this.status === 'down' || this.#backlog.length > 0) return this.#keepBack(waiting);
      // If nothing waits, the text is sent at once. So it is on its way to Redis before anyone on this node sees it.
      const done: Promise<void> = this.#append(waiting)
        .then(resolve, () => this.#keepBack(waiting))
        .finally(() => this.#onTheirWay.delete(done));
      this.#onTheirWay.add(done);
    }).finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
    return pending;
  }

  /** First waits until all texts have been sent, but at most `closeMs`. Rejects those that are left. */
  override async close(): Promise<void> {
    this.#isClosing = true;
    const late = (): Error => new BusError('Redis did not come back in time.');
    await inTime(this.#closeMs, Promise.allSettled(this.#pending), late).catch(() => {});
    this.#isOver = true;
    await super.close();
    for (const { reject } of this.#backlog.splice(0)) reject(new BusError('It was closed.'));
  }

  /** Handles texts from now on. During an outage: from the moment when the bus is up again. */
  override async subscribe(channel: string, handler: Handler): Promise<() => Promise<void>> {
    const reader = new StreamReader(this, channel, handler);
    this.#readers.set(channel, (this.#readers.get(channel) ?? new Set()).add(reader));
    if (this.status === 'up') await reader.start(); // during an outage, a connection that is stuck must stay silent: see `Probe`
    const off = await super.subscribe(channel, (raw) => reader.hear(raw));
    if (reader.cursor === undefined) await reader.start();
    await reader.catchUp();
    return async () => {
      reader.stop();
      this.#readers.get(channel)?.delete(reader);
      if (this.#readers.get(channel)?.size === 0) this.#readers.delete(channel);
      await off();
    };
  }

  drop(): void {
    this.dropped++;
  }

  /** The entries of a channel, oldest first. @param after the id of an entry, to get only those after it. @throws if Redis does not answer */
  async read(channel: string, after?: string): Promise<Entry[]> {
    const found = await this.#ask((publisher) => publisher.xRange(streamOf(channel), after ? `(${after}` : '-', '+'));
    return (found ?? []).map(({ id, message: { text, seen } }) => ({ id, text, seen }));
  }

  async lastId(channel: string): Promise<string | undefined> {
    const question = (publisher: RedisClient) => publisher.xRevRange(streamOf(channel), '+', '-', { COUNT: 1 });
    try {
      // `prepare` needs this before the bus is up. #ask would refuse then.
      const found = await (this.status === 'up' ? this.#ask(question) : this.#inTime(question(this.publisher!)));
      return found?.[0]?.id ?? '0-0';
    } catch {
      return undefined;
    }
  }

  #all(): StreamReader[] {
    return [...this.#readers.values()].flatMap((readers) => [...readers]);
  }

  #append(waiting: Waiting): Promise<void> {
    return this.#appender
      .append(waiting, (question) => this.#ask(question))
      .catch((error: Error) => {
        this.#isRefused ||= error instanceof ErrorReply;
        throw error;
      });
  }

  /** Sends a command. If Redis refuses, or is connected but doesn't answer, the bus is down until a test message has come back. */
  async #ask<T>(question: (publisher: RedisClient) => Promise<T>): Promise<T> {
    const { publisher } = this;
    if (this.status === 'down' || !publisher?.isReady) throw new BusError(this.reason);
    return this.#inTime(question(publisher)).catch((error: Error) => {
      if (publisher.isReady) this.lost(error.message);
      throw error;
    });
  }

  /** While Redis refuses entries, the bus stays down. Before each test message, it tries the first waiting text again. */
  override async prepare(): Promise<void> {
    await super.prepare();
    if (this.status === 'down') await this.#inTime(this.#appender.load(this.publisher!));
    await Promise.all(this.#all().map((reader) => reader.cursor === undefined && reader.start()));
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
    await Promise.all(this.#onTheirWay); // texts that were sent before come first. If one fails, it goes back to its place in the backlog
    while (this.status === 'up' && this.#backlog.length > 0) {
      try {
        await this.#append(this.#backlog[0]);
        this.#backlog.shift()!.resolve();
      } catch {
        break; // when the bus is up again, this starts again
      }
    }
  }
}
