import { Connection, OPEN, type Handler, type Message } from '#day2/given/base-client.ts';

/** A typed client on the browser's WebSocket. The same file runs in a page and in Node. */
export class RealtimeClient extends Connection {
  /** who listens to what; each call of `on` is an entry of its own */
  readonly handlers = new Map<string, Set<{ handler: Handler }>>();
  /** what the last `connect` gave */
  connecting: Promise<void> | undefined;

  /** Resolves when the socket is open, rejects with an Error when it closes before. While connecting or open: no second socket. */
  connect(): Promise<void> {
    const { connecting, socket: latest } = this;
    if (connecting && latest && latest.readyState <= OPEN) return connecting;
    this.connecting = new Promise<void>((resolve, reject) => {
      const socket = this.openSocket();
      socket.addEventListener('open', () => resolve());
      socket.addEventListener('close', ({ code }) =>
        reject(new Error(`No connection to ${this.url}: it ended with code ${code}.`)),
      );
    });
    return this.connecting;
  }

  /** Calls `handler` with each message of a type. @returns ends just this registration; harmless when called again */
  on(type: string, handler: Handler): () => void {
    const entry = { handler };
    const entries = this.handlers.get(type) ?? new Set();
    this.handlers.set(type, entries.add(entry));
    return () => void entries.delete(entry);
  }

  /** Hands a message to its handlers, at once. What is no message, and a handler that throws, is a `problem`; the others go on. */
  override dispatch(data: unknown): void {
    try {
      if (typeof data !== 'string') throw new Error('Binary came where text was expected.');
      const message = JSON.parse(data) as Message | null;
      if (typeof message?.type !== 'string') throw new Error(`Not a message: ${data.slice(0, 80)}`);
      for (const { handler } of [...(this.handlers.get(message.type) ?? [])]) {
        try {
          handler(message);
        } catch (error) {
          this.problem(error);
        }
      }
    } catch (error) {
      this.problem(error);
    }
  }

  /** Sends a message as JSON, if the socket is open (WHATWG WebSockets, `send`). @returns whether it was handed over; if not, it is not sent later */
  send(message: Message): boolean {
    if (this.socket?.readyState !== OPEN) return false;
    this.write(JSON.stringify(message));
    return true;
  }

  /** Closes as a browser may: code 1000 or 3000 to 4999, reason up to 123 bytes of UTF-8. @throws RangeError on any other, in every state */
  close(code = 1000, reason = ''): void {
    if (code !== 1000 && !(code >= 3000 && code <= 4999))
      throw new RangeError(`A browser may not close with ${code}: 1000, or 3000 to 4999.`);
    if (new TextEncoder().encode(reason).length > 123) throw new RangeError('The reason has more than 123 bytes.');
    this.closeSocket(code, reason);
  }

  /**
   * Sends a message with a `requestId` never used before, and resolves with the reply that bears it, of whatever type. Rejects with
   * an Error when not connected, after `timeoutMs`, and when the connection closes. Leaves nothing behind: no timer, no entry, no
   * listener. A reply that comes later is dispatched like any message.
   */
  request(message: Message, timeoutMs = 5_000): Promise<Message> {
    const requestId = String(++this.requests);
    let timer: ReturnType<typeof setTimeout>;
    const reply = new Promise<Message>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`No reply within ${timeoutMs} ms.`)), timeoutMs);
      this.waiting.set(requestId, { resolve, reject });
      if (!this.send({ ...message, requestId })) reject(new Error('Not connected.'));
    });
    return reply.finally(() => {
      clearTimeout(timer);
      this.waiting.delete(requestId);
    });
  }
}
