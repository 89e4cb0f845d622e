import type { Handler } from '#day5/given/bus.ts';
import { handle } from '#day5/given/internals/handle.ts';
import { isAfter, type Entry } from '#day5/given/for-bonus/entries.ts';

/** Where a reader finds the entries of its channel. */
export interface Source {
  /** Those behind an id, oldest first. @throws if Redis does not answer */
  read(channel: string, after: string): Promise<Entry[]>;
  /** The id of the newest one, `0-0` if there is none; undefined if Redis does not answer. */
  lastId(channel: string): Promise<string | undefined>;
  /** Called for each text that no bus like this one can have published. */
  drop(): void;
}

/** How far an id may be ahead of what is expected, in ms. Beyond that, the stream is asked whether there is such an entry. */
const AHEAD_MS = 1000;

/** One handler of a channel: it gets each entry of the stream once, in order, whether Pub/Sub brings it or it has to be fetched. */
export class StreamReader {
  readonly #source: Source;
  readonly #channel: string;
  readonly #handler: Handler;
  #cursor: string | undefined;
  /** when the cursor was set, by performance.now() */
  #setAt = 0;
  #reading: Promise<boolean> | undefined;
  #again = false;
  #isOver = false;

  constructor(source: Source, channel: string, handler: Handler) {
    this.#source = source;
    this.#channel = channel;
    this.#handler = handler;
  }

  /** The last entry that was handled, and all before it. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** Handles nothing from before now. */
  async start(): Promise<void> {
    const last = await this.#source.lastId(this.#channel);
    if (last !== undefined) this.#moveTo(last);
  }

  /**
   * Handles what Pub/Sub brings: the entry's id, the id of the one before it, and the text; `-` instead of the ids if it is in no stream.
   * Anybody with access to Redis can publish anything here, so only what fits is handled directly. The stream knows about the rest.
   */
  hear(raw: string): void {
    const [, id, previous, text] = /^(-|\d+-\d+) (-|\d+-\d+) (.*)$/s.exec(raw) ?? [];
    if (id === undefined || (id === '-') !== (previous === '-')) return this.#source.drop();
    if (id === '-') return this.#handle(text);
    if (this.#cursor === undefined) return; // from before the start
    if (this.#reading || previous !== this.#cursor || !this.#isPlausible(id)) return void this.#lookUp(id);
    this.#moveTo(id);
    this.#handle(text);
  }

  /** Reads the entries behind the cursor, until there are no more. @returns false if Redis did not answer */
  catchUp(): Promise<boolean> {
    this.#again = true;
    this.#reading ??= this.#readOn().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  /** From now on nothing is handled. */
  stop(): void {
    this.#isOver = true;
  }

  #handle(text: string): void {
    if (!this.#isOver) handle(this.#handler, this.#channel, text);
  }

  #moveTo(id: string): void {
    this.#cursor = id;
    this.#setAt = performance.now();
  }

  /** Ids begin with a time of Redis's own clock. A forged one far in the future would hide everything that comes before it. */
  #isPlausible(id: string): boolean {
    const expected = Number.parseInt(this.#cursor!) + performance.now() - this.#setAt;
    return isAfter(id, this.#cursor!) && Number.parseInt(id) <= expected + AHEAD_MS;
  }

  /** Reads on in the stream. If it has no such entry, the id was forged. */
  async #lookUp(id: string): Promise<void> {
    if ((await this.catchUp()) && isAfter(id, this.#cursor!)) this.#source.drop();
  }

  async #readOn(): Promise<boolean> {
    while (this.#again) {
      this.#again = false;
      if (this.#cursor === undefined) return false;
      const entries = await this.#source.read(this.#channel, this.#cursor).catch(() => undefined);
      if (!entries) return false; // after the outage it is tried again
      for (const { id, text } of entries) {
        if (!isAfter(id, this.#cursor)) continue;
        this.#moveTo(id);
        this.#handle(text);
      }
    }
    return true;
  }
}
