import { ErrorReply } from '@redis/client';

interface Request {
  send: () => Promise<void>;
  done: () => void;
}

interface RequestsOptions {
  /** whether a request can be sent now. During an outage it waits: a connection that is stuck must stay silent, see `Probe` */
  isReady: () => boolean;
  /** called with Redis's answer if it refuses a request, for example because this user may not use the channel */
  refused: (error: Error) => void;
}

/** Sends requests to Redis, and repeats them after an outage until Redis has acknowledged them. */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #open = new Set<Request>();
  #isOver = false;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Sends a request, now if the bus is up, and again at each `repeat`. @returns when Redis has acknowledged it, or after `giveUp` */
  async add(command: () => Promise<unknown>): Promise<void> {
    if (this.#isOver) return;
    await new Promise<void>((resolve) => {
      let sending: Promise<void> | undefined;
      const request: Request = {
        send: () =>
          (sending ??= command()
            .then(request.done)
            .finally(() => (sending = undefined))),
        done: () => void (this.#open.delete(request), resolve()),
      };
      this.#open.add(request);
      if (this.#options.isReady()) request.send().catch((error) => this.#failed(error));
    });
  }

  /** Sends all requests that are not acknowledged yet. @throws if one of them fails */
  async repeat(): Promise<void> {
    await Promise.all([...this.#open].map(({ send }) => send()));
  }

  /** Sends what has come since the last `repeat`. The next `repeat` reports what fails. */
  resume(): void {
    this.repeat().catch(() => {});
  }

  /** Stops repeating requests, and ends the waiting for all of them. */
  giveUp(): void {
    this.#isOver = true;
    for (const { done } of this.#open) done();
  }

  /** Reports a refusal. After any other error, such as a lost connection, the request is simply repeated later. */
  #failed(error: unknown): void {
    if (error instanceof ErrorReply) this.#options.refused(error);
  }
}
