import { createHash, randomBytes } from 'node:crypto';
import { shardChannelOf, streamOf } from '#day5/given/for-bonus/slot-names.ts';
import type { RedisClient } from '#day5/given/internals/redis-options.ts';

// Redis runs this script as one step, so texts are published in the order in which they are in the stream. A text that is in the stream
// already, because only the answer to an earlier attempt was lost, isn't added again. A text is refused while an earlier one is missing.
const APPEND = `
local done = tonumber(redis.call('GET', KEYS[2]) or 0)
if done >= tonumber(ARGV[5]) then return end
if done < tonumber(ARGV[6]) then return redis.error_reply('ERR an earlier text is missing') end
redis.call('SET', KEYS[2], ARGV[5], 'EX', ARGV[4])
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'text', ARGV[2], 'seen', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call(ARGV[7], ARGV[8], id .. ' ' .. (last and last[1] or '0-0') .. ' ' .. ARGV[2])`;

/** Redis calls a script that it has loaded by this name, so that not every text has to carry the script. */
const SHA = createHash('sha1').update(APPEND).digest('hex');

/** A text on its way into the stream. */
export interface Text {
  /** 1, 2, 3 …: the texts are published in this order, even if some attempts fail */
  number: number;
  channel: string;
  text: string;
  /** see `Entry` */
  seen: string;
}

/** Puts texts into streams: each text once, even after several attempts. */
export class Appender {
  readonly #keep: number;
  readonly #keepS: number;
  readonly #isSharded: boolean;
  /** the name under which Redis remembers which of our texts it has */
  readonly #id = randomBytes(6).toString('base64url');
  /** channel → the number of the last text that was sent, while Redis has not answered */
  readonly #unanswered = new Map<string, number>();

  /**
   * @param keep how many entries to keep in each stream
   * @param keepS seconds after which a stream without new entries is deleted
   * @param isSharded true on a Redis Cluster, where texts are published on shard channels
   */
  constructor(keep: number, keepS: number, isSharded: boolean) {
    [this.#keep, this.#keepS, this.#isSharded] = [keep, keepS, isSharded];
  }

  /** Gives Redis the script. It forgets it when it ends, so do this on each new connection. @throws if Redis refuses */
  async load(publisher: RedisClient): Promise<void> {
    await publisher.scriptLoad(APPEND);
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
      keys: [streamOf(channel), `${streamOf(channel)}:${this.#id}`],
      arguments: [
        ...[String(this.#keep), text, seen, String(this.#keepS), String(number), String(before)],
        ...(this.#isSharded ? ['SPUBLISH', shardChannelOf(channel)] : ['PUBLISH', channel]),
      ],
    };
    const run = (publisher: RedisClient): Promise<unknown> =>
      publisher.evalSha(SHA, parameters).catch((error: Error) => {
        if (!error.message.startsWith('NOSCRIPT')) throw error;
        return publisher.eval(APPEND, parameters); // somebody has removed all scripts
      });
    await ask(run).finally(() => this.#unanswered.get(channel) === number && this.#unanswered.delete(channel));
  }
}
