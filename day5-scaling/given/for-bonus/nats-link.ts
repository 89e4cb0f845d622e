import { Listeners } from '#day4/given/listeners.ts';
import { BusError, type Bus, type Handler } from '#day5/given/bus.ts';
import { handle } from '#day5/given/internals/handle.ts';
import { inTime } from '#day5/given/for-bonus/in-time.ts';
import { loadDial, type NatsConnection } from '#day5/given/for-bonus/nats-connection.ts';
import { subjectOf } from '#day5/given/for-bonus/nats-subject.ts';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true }); // otherwise it would remove U+FEFF at the start of a text

/** Options of a NATS bus; times in ms. */
export interface NatsOptions {
  /** such as `nats://127.0.0.1:4222`, or `nats://user:password@host:4222`; `tls:` for TLS */
  url: string;
  /** how long an answer may take; 1,000 by default */
  timeoutMs?: number;
  /** how often the bus sends a ping, to find out whether NATS is frozen, or back again; 1,000 by default */
  pingMs?: number;
}

/** The given part of a NATS bus. It watches the connection, and subscribes to channels. */
export abstract class NatsLink implements Bus {
  /** publishes and listens. Undefined until it is up for the first time. It stays here during an outage. */
  connection: NatsConnection | undefined;
  readonly timeoutMs: number;
  status: 'up' | 'down' = 'down';
  reason: string | undefined = 'It was never connected.';
  readonly #url: URL;
  readonly #pingMs: number;
  readonly #listeners = new Listeners<{ status: 'up' | 'down'; closed: void }>();
  #isConnected = false;
  #isClosed = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #pinging: Promise<void> | undefined;
  #told: string | undefined;

  /** @throws TypeError if `url` is not the address of a NATS server */
  constructor({ url, timeoutMs = 1000, pingMs = 1000 }: NatsOptions) {
    if (!URL.canParse(url) || !/^(nats|tls):$/.test(new URL(url).protocol))
      throw new TypeError(`${url} is not the address of a NATS server: nats://127.0.0.1:4222 is one.`);
    this.#url = new URL(url);
    this.timeoutMs = timeoutMs;
    this.#pingMs = pingMs;
  }

  /** @throws BusError if the package is not installed, or if the bus is closed before it is up */
  async connect(): Promise<void> {
    const dial = await loadDial();
    while (!this.#isClosed) {
      try {
        const connection = await dial(this.#url);
        if (!this.#isClosed) return this.#begin(connection);
        await connection.close();
      } catch (error) {
        this.#enter('down', `No connection to NATS: ${(error as Error).message}`);
        await this.#pause(Math.random() * 500);
      }
    }
    throw new BusError(this.reason);
  }

  abstract publish(channel: string, text: string, options?: { volatile?: boolean }): Promise<void>;

  async subscribe(channel: string, handler: Handler): Promise<() => Promise<void>> {
    let end: Promise<void> | undefined;
    let subscription: { unsubscribe(): void } | undefined;
    const hear = (text: string): void => (end ? undefined : handle(handler, channel, text));
    await this.#insist(async () => (subscription = await this.#hear(channel, hear)));
    return () => {
      subscription?.unsubscribe();
      return (end ??= this.#insist(() => this.connection!.flush()));
    };
  }

  onStatus(listener: (status: 'up' | 'down') => void): () => void {
    return this.#listeners.on('status', listener);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#timer);
    // When this flush is answered, everything that was published before has arrived. connection.drain() would wait forever if NATS is frozen.
    if (this.status === 'up') await this.inTime(this.connection!.flush()).catch(() => {});
    this.#enter('down');
    this.#listeners.emit('closed', undefined);
    await this.connection?.close();
  }

  /**
   * Waits for an answer of the server, for example to a flush.
   *
   * @throws BusError if the connection ends first, or after `timeoutMs`. In the second case the bus is down until a ping is answered.
   */
  inTime<T>(answer: Promise<T>): Promise<T> {
    const ended = answer.catch((error: Error) => Promise.reject(new BusError(error.message, { cause: error })));
    return inTime(this.timeoutMs, ended, () => {
      this.#enter('down', `NATS has not answered for ${this.timeoutMs} ms.`);
      return new BusError(this.reason);
    });
  }

  /** Resolves after `ms`, or when the bus is closed. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        off();
        resolve();
      };
      const timer = setTimeout(done, ms);
      const off = this.#listeners.on('closed', done);
    });
  }

  #begin(connection: NatsConnection): void {
    this.connection = connection;
    this.#timer = setInterval(() => this.#ping(), this.#pingMs).unref();
    void this.#watch(connection);
    this.#isConnected = true;
    this.#enter('up');
  }

  /** Follows the events of the connection. NATS's client reconnects by itself, and then subscribes again to all its channels. */
  async #watch(connection: NatsConnection): Promise<void> {
    for await (const { type, error } of connection.status()) {
      if (type === 'error') this.#tell(`NATS: ${error?.message}`);
      if (type === 'disconnect' && this.#isConnected) this.#enter('down', 'The connection to NATS has ended.');
      if (type === 'disconnect') this.#isConnected = false; // the event also comes after each failed attempt
      if (type !== 'reconnect') continue;
      this.#isConnected = true;
      this.#ping();
    }
  }

  /** Reports a refusal: of the password while the client reconnects, or of a subject. For a subject, this is NATS's only answer. */
  #tell(refusal: string): void {
    if (!this.#isConnected) return this.#enter('down', refusal);
    if (refusal !== this.#told) console.error(refusal);
    this.#told = refusal;
  }

  /** Repeats a request until NATS has answered it. After an outage it is sent again. Also resolves when the bus is closed. */
  async #insist(question: () => Promise<unknown>): Promise<void> {
    while (!this.#isClosed) {
      if (this.status === 'up') {
        const isDone = await this.inTime(question()).then(
          () => true,
          () => false,
        );
        if (isDone) return;
      }
      await this.#change();
    }
  }

  /** Resolves when `status` changes, or the bus is closed. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        for (const off of offs) off();
        resolve();
      };
      const offs = (['status', 'closed'] as const).map((event) => this.#listeners.on(event, done));
    });
  }

  async #hear(channel: string, hear: (text: string) => void): Promise<{ unsubscribe(): void }> {
    const connection = this.connection!;
    const subscription = connection.subscribe(subjectOf(channel), {
      callback: (error, { data }) => error ?? hear(utf8.decode(data)),
    });
    try {
      await this.inTime(connection.flush());
      return subscription;
    } catch (error) {
      subscription.unsubscribe(); // otherwise there would be two after the outage: this one, and that of the next attempt
      throw error;
    }
  }

  /** Sends a ping, unless one is waiting for its answer. The bus is up only when it is answered: then the server has all subscriptions, too. */
  #ping(): void {
    if (!this.#isConnected) return;
    this.#pinging ??= this.inTime(this.connection!.flush())
      .then(() => {
        if (!this.#isConnected) return;
        this.#enter('up');
      })
      .catch(() => {})
      .finally(() => (this.#pinging = undefined));
  }

  #enter(status: 'up' | 'down', reason?: string): void {
    if (this.#isClosed && status === 'up') return;
    this.reason = this.#isClosed ? 'It was closed.' : reason;
    if (status === this.status) return;
    this.status = status;
    this.#listeners.emit('status', status);
  }
}
