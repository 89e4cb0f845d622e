import type { Handler } from '#day5/given/bus.ts';
import { handle } from '#day5/given/internals/handle.ts';
import { isAfter, type Entry } from '#day5/given/for-bonus/entries.ts';

/** Gives a reader the entries of its channel. */
export interface Source {
  /** The entries after an id, oldest first. @throws if Redis does not answer */
  read(channel: string, after: string): Promise<Entry[]>;
  /** The id of the newest entry, or `0-0` if the stream is empty. Undefined if Redis does not answer. */
  lastId(channel: string): Promise<string | undefined>;
  /** Called for each text that no bus of this kind can have published. */
  drop(): void;
}

/** How far an id may be ahead of the expected time, in ms. If it is further ahead, the reader checks that the stream has such an entry. */
const AHEAD_MS = 1000;

/** Gives each entry of a stream to one handler: once, and in order. Entries arrive by Pub/Sub. Missing ones are read from the stream. */
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

  /** The id of the last entry that was handled. All entries before it have been handled, too. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** Begins after the newest entry: older ones are not handled. */
  async start(): Promise<void> {
    const last = await this.#source.lastId(this.#channel);
    if (last !== undefined) this.#moveTo(last);
  }

  /**
   * Handles a text from Pub/Sub: the entry's id, the id of the entry before it, and the message. A volatile text has `-` instead of both ids,
   * because it is in no stream. Anyone with access to Redis can publish anything here. So if an id is unexpected, the stream itself is read.
   */
  hear(raw: string): void {
    const [, id, previous, text] = /^(-|\d+-\d+) (-|\d+-\d+) (.*)$/s.exec(raw) ?? [];
    if (id === undefined || (id === '-') !== (previous === '-')) return this.#source.drop();
    if (id === '-') return this.#handle(text);
    if (this.#cursor === undefined) return; // the reader has not started yet
    if (this.#reading || previous !== this.#cursor || !this.#isPlausible(id)) return void this.#lookUp(id);
    this.#moveTo(id);
    this.#handle(text);
  }

  /** Reads and handles the entries after the cursor, until there are no more. @returns false if Redis did not answer */
  catchUp(): Promise<boolean> {
    this.#again = true;
    this.#reading ??= this.#readOn().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  /** Handles nothing from now on. */
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

  /** Ids start with the time of Redis's clock. A forged id far in the future would hide all entries until then. */
  #isPlausible(id: string): boolean {
    const expected = Number.parseInt(this.#cursor!) + performance.now() - this.#setAt;
    return isAfter(id, this.#cursor!) && Number.parseInt(id) <= expected + AHEAD_MS;
  }

  /** Reads the next entries of the stream. If it has not reached this id, the id was forged. */
  async #lookUp(id: string): Promise<void> {
    if ((await this.catchUp()) && isAfter(id, this.#cursor!)) this.#source.drop();
  }

  async #readOn(): Promise<boolean> {
    while (this.#again) {
      this.#again = false;
      if (this.#cursor === undefined) return false;
      const entries = await this.#source.read(this.#channel, this.#cursor).catch(() => undefined);
      if (!entries) return false; // after the outage, this is tried again
      for (const { id, text } of entries) {
        if (!isAfter(id, this.#cursor)) continue;
        this.#moveTo(id);
        this.#handle(text);
      }
    }
    return true;
  }
}
