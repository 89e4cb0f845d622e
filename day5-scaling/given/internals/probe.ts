import { randomUUID } from 'node:crypto';

interface ProbeOptions {
  /** how long a text may take to come back, in ms */
  timeoutMs: number;
  /** Publishes the text, so that it comes back. @throws an error if that is not possible */
  send: (text: string) => Promise<void>;
  /** Called when the text has come back. */
  succeeded: () => void;
  /** Called when the text has not come back, or could not be sent. The error says why. */
  failed: (error: unknown) => void;
}

/**
 * Checks that Redis works: publishes a text on one connection, and waits for it on the other. A PING would not be enough. It is answered
 * even if this user is not allowed to use the channel, or if the two connections lead to two different servers.
 */
export class Probe {
  readonly #options: ProbeOptions;
  #sent: { text: string; at: number; isAccepted: boolean } | undefined;
  /** true while Redis has not answered, even if the text has been forgotten meanwhile */
  #isPending = false;
  /** true if a text was asked for while Redis had not answered the one before */
  #isWanted = false;

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  /** Sends a text, unless one is on its way already. If a connection is stuck, it must stay silent: then its client ends it. */
  async start(): Promise<void> {
    if (this.#sent) return;
    if (this.#isPending) return void (this.#isWanted = true);
    const sent = { text: randomUUID(), at: performance.now(), isAccepted: false };
    this.#sent = sent;
    this.#isPending = true;
    try {
      await this.#options.send(sent.text);
      sent.isAccepted = true;
    } catch (error) {
      if (this.#sent === sent) this.#fail(error);
    } finally {
      this.#isPending = false;
    }
    if (!this.#isWanted) return;
    this.#isWanted = false;
    await this.start();
  }

  /** Call it regularly. It sends the next text, or notices that the last one has not come back in time. */
  beat(): void {
    if (!this.#sent) return void this.start();
    // After a pause of this process, timers run before it reads the answers that came meanwhile. setImmediate runs after both.
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

  /** Forgets the text that is on its way: if its connection has ended, it may be lost. */
  cancel(): void {
    this.#sent = undefined;
    this.#isWanted = false;
  }

  #fail(error: unknown): void {
    this.#sent = undefined;
    this.#options.failed(error);
  }
}
