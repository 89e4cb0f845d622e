import { randomBytes } from 'node:crypto';
import { BusError, type Handler } from '#day5/bus.ts';
import type { RedisClient, RedisOptions } from '#day5/redis-link.ts';
import { isAfter, type Entry } from '#day5/bonus/entries.ts';
import { RedisBus } from '#solutions/day5-scaling/redis-bus.ts';

// One step for Redis: so the texts are published in the order in which they stand in the stream. Where the answer to an earlier
// attempt was lost, it is there already; and none gets in front of one that was sent before it and has failed.
const APPEND = `
local done = tonumber(redis.call('GET', KEYS[3]) or 0)
if done >= tonumber(ARGV[5]) then return end
if done < tonumber(ARGV[6]) then return redis.error_reply('ERR an earlier text is missing') end
redis.call('SET', KEYS[3], ARGV[5], 'EX', ARGV[4])
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'text', ARGV[2], 'seen', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', KEYS[2], id .. ' ' .. (last and last[1] or '0-0') .. ' ' .. ARGV[2])`;

interface Reader {
  handler: Handler;
  /** the last entry that was handled, and all before it */
  cursor: string | undefined;
  reading?: Promise<void>;
  again?: boolean;
}

interface Waiting {
  /** counts up: the order in which the texts are published, whatever fails in between */
  number: number;
  channel: string;
  text: string;
  seen: string;
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
export class StreamBus extends RedisBus {
  readonly catchesUp = true;
  readonly #keep: number;
  readonly #keepS: number;
  readonly #limit: number;
  readonly #readers = new Map<string, Set<Reader>>();
  readonly #backlog: Waiting[] = [];
  readonly #onTheirWay = new Set<Promise<void>>();
  /** channel → the number that was sent last, while it has no answer */
  readonly #unanswered = new Map<string, number>();
  /** by this Redis knows which of our texts it has */
  readonly #id = randomBytes(6).toString('base64url');
  #count = 0;
  #flushing: Promise<void> | undefined;
  #isOver = false;

  constructor({ keep = 1000, keepS = 86_400, backlog = 1000, ...options }: StreamOptions) {
    super(options);
    [this.#keep, this.#keepS, this.#limit] = [keep, keepS, backlog];
    this.onStatus((status) => {
      if (status === 'down') return;
      this.#flush();
      for (const [channel, readers] of this.#readers) for (const reader of readers) void this.#catchUp(channel, reader);
    });
  }

  /** Resolves when the text is in the stream: in an outage that is afterwards. @throws BusError where too many wait already, or it is closed */
  override publish(channel: string, text: string, { volatile = false } = {}): Promise<void> {
    if (volatile) return super.publish(channel, `- - ${text}`);
    if (this.#isOver) return Promise.reject(new BusError('It was closed.'));
    if (this.#backlog.length >= this.#limit) return Promise.reject(new BusError('Too many texts wait for Redis to come back.'));
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
    await this.inTime(Promise.all([this.#flushing, ...this.#onTheirWay])).catch(() => {});
    await super.close();
    for (const { reject } of this.#backlog.splice(0)) reject(new BusError('It was closed.'));
  }

  override async subscribe(channel: string, handler: Handler): Promise<() => Promise<void>> {
    const reader: Reader = { handler, cursor: await this.#lastId(channel) };
    const off = await super.subscribe(channel, (raw) => this.#hear(channel, reader, raw));
    this.#readers.set(channel, (this.#readers.get(channel) ?? new Set()).add(reader));
    await this.#catchUp(channel, reader);
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

  #hear(channel: string, reader: Reader, raw: string): void {
    const [id, previous] = raw.split(' ', 2);
    const text = raw.slice(id.length + previous.length + 2);
    if (id === '-') return reader.handler(text);
    reader.cursor ??= previous;
    if (reader.reading || previous !== reader.cursor) return void this.#catchUp(channel, reader);
    reader.cursor = id;
    reader.handler(text);
  }

  /** Reads what stands in the stream behind the cursor, until there is no more. */
  #catchUp(channel: string, reader: Reader): Promise<void> {
    reader.again = true;
    reader.reading ??= this.#readOn(channel, reader).finally(() => (reader.reading = undefined));
    return reader.reading;
  }

  async #readOn(channel: string, reader: Reader): Promise<void> {
    while (reader.again) {
      reader.again = false;
      reader.cursor ??= await this.#lastId(channel); // nothing from before the subscription
      if (reader.cursor === undefined) return;
      const entries = await this.read(channel, reader.cursor).catch(() => []); // after the outage it is tried again
      for (const { id, text } of entries) {
        if (!isAfter(id, reader.cursor)) continue;
        reader.cursor = id;
        try {
          reader.handler(text);
        } catch (error) {
          console.error(`A handler of ${channel} failed: ${error}`);
        }
      }
    }
  }

  async #lastId(channel: string): Promise<string | undefined> {
    const last = this.#ask((publisher) => publisher.xRevRange(streamOf(channel), '+', '-', { COUNT: 1 }));
    return last.then((entries) => entries?.[0]?.id ?? '0-0', () => undefined);
  }

  async #append({ number, channel, text, seen }: Waiting): Promise<void> {
    const before = this.#unanswered.get(channel) ?? 0;
    this.#unanswered.set(channel, number);
    const parameters = {
      keys: [streamOf(channel), channel, `${streamOf(channel)}:${this.#id}`],
      arguments: [String(this.#keep), text, seen, String(this.#keepS), String(number), String(before)],
    };
    await this.#ask((publisher) => publisher.eval(APPEND, parameters)).finally(() => this.#unanswered.get(channel) === number && this.#unanswered.delete(channel));
  }

  /** A refusal, or no answer, on a connection that is there: down, until a ping is answered. Then everything is tried again. */
  async #ask<T>(question: (publisher: RedisClient) => Promise<T>): Promise<T> {
    const { publisher } = this;
    if (this.status === 'down' || !publisher?.isReady) throw new BusError(this.reason);
    return this.inTime(question(publisher)).catch((error: Error) => {
      if (publisher.isReady) this.lost(error.message);
      throw error;
    });
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

const streamOf = (channel: string): string => `${channel}:log`;
