import { ErrorReply } from '@redis/client';
import { BusError, type Handler } from '#day5/given/bus.ts';
import type { RedisClient, RedisOptions } from '#day5/given/internals/redis-options.ts';
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
  /** how many texts may wait for the end of an outage; 1,000 by default */
  backlog?: number;
  /** how long `close` waits for the end of an outage, so that these texts still go out, in ms; 3,000 by default */
  closeMs?: number;
}

/**
 * Redis Pub/Sub with a Stream behind each channel: what was missed is read from there, what could not be published waits. So each
 * text arrives, in the order of the stream, once for each that was published once.
 */
export class StreamBus extends RedisBus implements Source {
  readonly catchesUp = true;
  /** how many texts on our channels no bus like this one can have published */
  dropped = 0;
  readonly #limit: number;
  readonly #appender: Appender;
  readonly #readers = new Map<string, Set<StreamReader>>();
  readonly #backlog: Waiting[] = [];
  readonly #onTheirWay = new Set<Promise<void>>();
  /** all texts that have not gone out yet: those of the backlog, and those on their way */
  readonly #pending = new Set<Promise<void>>();
  readonly #closeMs: number;
  #isClosing = false;
  #count = 0;
  #flushing: Promise<void> | undefined;
  /** Redis answers, but takes no entries: it is full, or a replica. */
  #isRefused = false;
  #isOver = false;

  constructor({ keep = 1000, keepS = 86_400, backlog = 1000, closeMs = 3000, ...options }: StreamOptions) {
    super(options);
    this.#limit = backlog;
    this.#closeMs = closeMs;
    this.#appender = new Appender(keep, keepS);
    this.onStatus((status) => {
      if (status === 'down') return;
      this.#flush();
      for (const reader of this.#all()) void reader.catchUp();
    });
  }

  /** Resolves when the text is in the stream: in an outage, that is afterwards. @throws BusError if too many wait already, or if the bus is closed */
  override publish(channel: string, text: string, { volatile = false } = {}): Promise<void> {
    if (volatile) return super.publish(channel, `- - ${text}`);
    if (this.#isClosing) return Promise.reject(new BusError('It was closed.'));
    if (this.#backlog.length >= this.#limit)
      return Promise.reject(new BusError('Too many texts wait for Redis to come back.'));
    const [reader] = this.#readers.get(channel) ?? [];
    const pending = new Promise<void>((resolve, reject) => {
      const waiting: Waiting = { number: ++this.#count, channel, text, seen: reader?.cursor ?? '', resolve, reject };
      if (this.status === 'down' || this.#backlog.length > 0) return this.#keepBack(waiting);
      // At once if nothing waits: it is on its way to Redis before anybody hears of it.
      const done: Promise<void> = this.#append(waiting)
        .then(resolve, () => this.#keepBack(waiting))
        .finally(() => this.#onTheirWay.delete(done));
      this.#onTheirWay.add(done);
    }).finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
    return pending;
  }

  /** First waits until all texts have gone out, for `closeMs` at most. Those that are left then are rejected. */
  override async close(): Promise<void> {
    this.#isClosing = true;
    const late = (): Error => new BusError('Redis did not come back in time.');
    await inTime(this.#closeMs, Promise.allSettled(this.#pending), late).catch(() => {});
    this.#isOver = true;
    await super.close();
    for (const { reject } of this.#backlog.splice(0)) reject(new BusError('It was closed.'));
  }

  /** Begins with the newest entry, or, during an outage, with the one that is the newest when the bus comes up again. */
  override async subscribe(channel: string, handler: Handler): Promise<() => Promise<void>> {
    const reader = new StreamReader(this, channel, handler);
    this.#readers.set(channel, (this.#readers.get(channel) ?? new Set()).add(reader));
    await reader.start();
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

  /** The entries of a channel, oldest first. @param after the id of an entry, to have only those behind it. @throws if Redis does not answer */
  async read(channel: string, after?: string): Promise<Entry[]> {
    const found = await this.#ask((publisher) => publisher.xRange(streamOf(channel), after ? `(${after}` : '-', '+'));
    return (found ?? []).map(({ id, message: { text, seen } }) => ({ id, text, seen }));
  }

  async lastId(channel: string): Promise<string | undefined> {
    const question = (publisher: RedisClient) => publisher.xRevRange(streamOf(channel), '+', '-', { COUNT: 1 });
    try {
      // Before the bus comes up it has to be asked, too: see `prepare`.
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

  /** If Redis refuses, or doesn't answer on a connection that is there, the bus is down until a probe has come back. */
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
    await super.prepare();
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
    await Promise.all(this.#onTheirWay); // what was sent before comes first, or is put in front of the rest
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
