import { randomBytes } from 'node:crypto';
import type { RedisClient } from '#day5/given/internals/redis-options.ts';

// Redis runs this script as one step, so texts are published in the order in which they are in the stream. A text that is in the stream
// already, because only the answer to an earlier attempt was lost, isn't added again. A text is refused while an earlier one is missing.
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
  /** 1, 2, 3 …: the texts are published in this order, even if some attempts fail */
  number: number;
  channel: string;
  text: string;
  /** see `Entry` */
  seen: string;
}

/** The key of a channel's stream. */
export const streamOf = (channel: string): string => `${channel}:log`;

/** Puts texts into streams: each text once, even after several attempts. */
export class Appender {
  readonly #keep: number;
  readonly #keepS: number;
  /** the name under which Redis remembers which of our texts it has */
  readonly #id = randomBytes(6).toString('base64url');
  /** channel → the number of the last text that was sent, while Redis has not answered */
  readonly #unanswered = new Map<string, number>();

  /** @param keep how many entries to keep in each stream @param keepS seconds after which a stream without new entries is deleted */
  constructor(keep: number, keepS: number) {
    [this.#keep, this.#keepS] = [keep, keepS];
  }

  /**
   * Appends the text, and publishes it with its place in the stream.
   *
   * @param ask sends a command to Redis, with a time limit
   * @throws the errors of `ask`, for example if Redis refuses the text
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
