import type { Handler } from '#day5/given/bus.ts';
import { isAfter, type Entry } from '#day5/given/for-bonus/entries.ts';

/** Where a reader finds the entries of its channel. */
export interface Source {
  /** those behind an id, oldest first. @throws where Redis does not answer */
  read(channel: string, after: string): Promise<Entry[]>;
  /** the id of the newest one, `0-0` where there is none; undefined where Redis does not answer */
  lastId(channel: string): Promise<string | undefined>;
}

/** One handler of a channel: it gets each entry of the stream once, in order, whether Pub/Sub brings it or it has to be fetched. */
export class StreamReader {
  /** the last entry that was handled, and all before it */
  cursor: string | undefined;
  readonly #source: Source;
  readonly #channel: string;
  readonly #handler: Handler;
  #reading: Promise<void> | undefined;
  #again = false;

  constructor(source: Source, channel: string, handler: Handler) {
    this.#source = source;
    this.#channel = channel;
    this.#handler = handler;
  }

  /** Nothing from before now. */
  async start(): Promise<void> {
    this.cursor = await this.#source.lastId(this.#channel);
  }

  /** What Pub/Sub brings: the entry's id, the id of the one before it, the text. `-` in place of the ids where it is in no stream. */
  hear(raw: string): void {
    const [id, previous] = raw.split(' ', 2);
    const text = raw.slice(id.length + previous.length + 2);
    if (id === '-') return this.#handler(text);
    this.cursor ??= previous;
    if (this.#reading || previous !== this.cursor) return void this.catchUp();
    this.cursor = id;
    this.#handler(text);
  }

  /** Reads what stands in the stream behind the cursor, until there is no more. */
  catchUp(): Promise<void> {
    this.#again = true;
    this.#reading ??= this.#readOn().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #readOn(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      if (this.cursor === undefined) await this.start();
      if (this.cursor === undefined) return;
      const entries = await this.#source.read(this.#channel, this.cursor).catch(() => []); // after the outage it is tried again
      for (const { id, text } of entries) {
        if (!isAfter(id, this.cursor)) continue;
        this.cursor = id;
        try {
          this.#handler(text);
        } catch (error) {
          console.error(`A handler of ${this.#channel} failed: ${error}`);
        }
      }
    }
  }
}
