import { randomUUID } from 'node:crypto';

interface ProbeOptions {
  /** how long a text may take to come back, in ms */
  timeoutMs: number;
  /** Publishes the text, so that it comes back. @throws whatever stands in the way */
  send: (text: string) => Promise<void>;
  /** The text has come back. */
  succeeded: () => void;
  /** It has not come back, or could not be sent. The error says why. */
  failed: (error: unknown) => void;
}

/**
 * Proves that Redis works: a text is published on one connection, and has to come back on the other. An answer to PING alone would not
 * show that this user may not use the channel, or that the two connections lead to two different servers.
 */
export class Probe {
  readonly #options: ProbeOptions;
  #sent: { text: string; at: number; isAccepted: boolean } | undefined;

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  /** Sends a text, unless one is on its way. */
  async start(): Promise<void> {
    if (this.#sent) return;
    const sent = { text: randomUUID(), at: performance.now(), isAccepted: false };
    this.#sent = sent;
    try {
      await this.#options.send(sent.text);
      sent.isAccepted = true;
    } catch (error) {
      if (this.#sent === sent) this.#fail(error);
    }
  }

  /** Call it regularly: notices that the text has not come back in time, or sends the next one. */
  beat(): void {
    if (!this.#sent) return void this.start();
    // If this process was paused, its timers run before it reads the answers that have arrived meanwhile. setImmediate runs after those.
    setImmediate(() => {
      const { timeoutMs } = this.#options;
      if (!this.#sent || performance.now() - this.#sent.at < timeoutMs) return;
      if (!this.#sent.isAccepted) return this.#options.failed(new Error(`Redis has not answered for ${timeoutMs} ms.`));
      this.#fail(
        new Error('Redis accepts messages, but they do not come back. Do both connections lead to the same Redis?'),
      );
    });
  }

  /** Call it with each text that comes back. */
  isBack(text: string): void {
    if (text !== this.#sent?.text) return;
    this.#sent = undefined;
    this.#options.succeeded();
  }

  /** The text on its way doesn't count any more: it may have gone with its connection. */
  cancel(): void {
    this.#sent = undefined;
  }

  #fail(error: unknown): void {
    this.#sent = undefined;
    this.#options.failed(error);
  }
}
