import { ErrorReply } from '@redis/client';

/** During an outage, nobody waits for further requests than these: an attacker could open rooms until the memory is full. */
const MOST_WAITING = 1000;

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

  /**
   * Sends a request, now if the bus is up, and again at each `repeat`.
   *
   * @returns when Redis has acknowledged it, or after `giveUp`; at once if too many others wait. It returns a function that takes the
   *   request back: with another one, if this one was sent
   */
  async add(command: () => Promise<unknown>): Promise<(opposite: () => Promise<unknown>) => Promise<void>> {
    if (this.#isOver) return async () => {};
    let sending: Promise<void> | undefined;
    let request: Request;
    await new Promise<void>((resolve) => {
      request = {
        send: () =>
          (sending ??= command()
            .then(request.done)
            .finally(() => (sending = undefined))),
        done: () => void (this.#open.delete(request), resolve()),
      };
      this.#open.add(request);
      if (this.#options.isReady()) request.send().catch((error) => this.#failed(error));
      else if (this.#open.size > MOST_WAITING) resolve();
    });
    return async (opposite) => {
      if (!sending && this.#open.delete(request)) return; // it was not sent, and will not be
      await this.add(opposite);
    };
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
