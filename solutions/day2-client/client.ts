import { BaseClient, OPEN, type Handler, type Message } from '#day2/given/base-client.ts';

/** A typed client on top of the browser's WebSocket. The same file runs in a page and in Node. */
export class RealtimeClient extends BaseClient {
  /**
   * Opens a connection. Resolves when the socket is open; rejects with an Error if the socket fires `error` or `close` first.
   * While the latest socket is CONNECTING or OPEN, waits for that one and doesn't open another. Never retries, and leaves no timer.
   */
  connect(): Promise<void> {
    // readyState tells at once that a connection is closing; `state` changes only with the event, which comes later.
    const { connecting, socket: latest } = this;
    if (connecting && latest && latest.readyState <= OPEN) return connecting;
    this.connecting = new Promise<void>((resolve, reject) => {
      const socket = this.openSocket();
      // Both events, because Node 22's own WebSocket fires no `close` if nobody answers. After `open` they change nothing.
      const fail = (): void => reject(new Error(`No connection to ${this.url}`));
      socket.addEventListener('open', () => resolve());
      socket.addEventListener('error', fail);
      socket.addEventListener('close', fail);
    });
    return this.connecting;
  }

  /** Calls `handler` with each message of this type. @returns a function that removes only this registration; it may be called twice */
  on(type: string, handler: Handler): () => void {
    // An object of its own, because two parts of a page may register the same function.
    const entry = { handler };
    const entries = this.handlers.get(type) ?? new Set();
    this.handlers.set(type, entries.add(entry));
    return () => void entries.delete(entry);
  }

  /** Calls all handlers of the message's type before it returns. Reports bad data and throwing handlers with `problem`; never throws. */
  override dispatch(data: unknown): void {
    try {
      if (typeof data !== 'string') throw new Error('Expected text, but got binary data.');
      const message = JSON.parse(data) as Message | null;
      if (typeof message?.type !== 'string') throw new Error(`Not a message with a type: ${data.slice(0, 80)}`);
      // A copy: a handler may add or remove handlers while this loop runs.
      for (const { handler } of [...(this.handlers.get(message.type) ?? [])]) {
        try {
          handler(message);
        } catch (error) {
          this.problem(error); // and go on: the next handler has nothing to do with it
        }
      }
    } catch (error) {
      this.problem(error);
    }
  }

  /** Sends a message as JSON if the socket is OPEN (WHATWG WebSockets, `send`). @returns whether it did; if not, it won't send it later */
  send(message: Message): boolean {
    if (this.socket?.readyState !== OPEN) return false;
    this.write(JSON.stringify(message));
    return true;
  }

  /** Closes with code 1000 or 3000-4999 and up to 123 bytes (UTF-8) of reason. @throws RangeError otherwise (NaN, too), in any state */
  close(code = 1000, reason = ''): void {
    // Asking what is allowed, not what is forbidden: every comparison with NaN is false.
    if (code !== 1000 && !(code >= 3000 && code <= 4999))
      throw new RangeError(`A browser can't close with code ${code}. Use 1000, or 3000 to 4999.`);
    if (new TextEncoder().encode(reason).length > 123) throw new RangeError('The reason has more than 123 bytes.');
    this.closeSocket(code, reason);
  }

  /**
   * Sends a copy of the message with a new `requestId` (instead of its own, if it has one). Resolves with the reply that has the same
   * id, whatever its type. Rejects with an Error if the message can't be sent now, when the connection closes, and after `timeoutMs`,
   * which may be 0. Leaves no timer, no entry and no listener behind. Works on pages without https, which have no `crypto.randomUUID`.
   */
  request(message: Message, timeoutMs = 5_000): Promise<Message> {
    const requestId = String(++this.requests);
    let timer: ReturnType<typeof setTimeout>;
    const reply = new Promise<Message>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`No reply within ${timeoutMs} ms.`)), timeoutMs);
      this.waiting.set(requestId, { resolve, reject });
      if (!this.send({ ...message, requestId })) reject(new Error('Not connected.'));
    });
    // One place for all four outcomes: a reply, too late, closed, not connected.
    return reply.finally(() => {
      clearTimeout(timer);
      this.waiting.delete(requestId);
    });
  }
}
