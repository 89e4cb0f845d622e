import { randomBytes } from 'node:crypto';
import type { RedisClient } from '#day5/given/internals/redis-options.ts';

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

/** A text on its way into the stream. */
export interface Text {
  /** counts up: the order in which the texts are published, whatever fails in between */
  number: number;
  channel: string;
  text: string;
  /** see `Entry` */
  seen: string;
}

/** The key of a channel's stream. */
export const streamOf = (channel: string): string => `${channel}:log`;

/** Puts texts into streams, each once, however often it is tried. */
export class Appender {
  readonly #keep: number;
  readonly #keepS: number;
  /** by this Redis knows which of our texts it has */
  readonly #id = randomBytes(6).toString('base64url');
  /** channel → the number that was sent last, while it has no answer */
  readonly #unanswered = new Map<string, number>();

  /** @param keep entries of each stream @param keepS seconds after which one without new entries is forgotten */
  constructor(keep: number, keepS: number) {
    [this.#keep, this.#keepS] = [keep, keepS];
  }

  /**
   * Appends the text, and publishes it with its place in the stream.
   *
   * @param ask puts a question to Redis, within a time
   * @throws what `ask` does, also where Redis refuses
   */
  async append(
    { number, channel, text, seen }: Text,
    ask: (question: (publisher: RedisClient) => Promise<unknown>) => Promise<unknown>,
  ): Promise<void> {
    const before = this.#unanswered.get(channel) ?? 0;
    this.#unanswered.set(channel, number);
    const parameters = {
      keys: [streamOf(channel), channel, `${streamOf(channel)}:${this.#id}`],
      arguments: [String(this.#keep), text, seen, String(this.#keepS), String(number), String(before)],
    };
    await ask((publisher) => publisher.eval(APPEND, parameters)).finally(
      () => this.#unanswered.get(channel) === number && this.#unanswered.delete(channel),
    );
  }
}
