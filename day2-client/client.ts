import { Todo, todo } from '#tools/todo.ts';
import { Connection, OPEN, type Handler, type Message } from '#day2/given/base-client.ts';

/** A typed client on the browser's WebSocket. The same file runs in a page and in Node. */
export class RealtimeClient extends Connection {
  /** who listens to what; each call of `on` is an entry of its own */
  readonly handlers = new Map<string, Set<{ handler: Handler }>>();
  /** what the last `connect` gave */
  connecting: Promise<void> | undefined;

  /** Resolves when the socket is open, rejects with an Error when it closes before. While connecting or open: no second socket. */
  connect(): Promise<void> {
    // TODO 2.1 `this.openSocket()` gives a socket that is CONNECTING: wait for its 'open', or its 'close'.
    todo('2.1', 'connect');
    this.openSocket();
    return Promise.resolve(); // too early: nothing is open yet
  }

  /** Calls `handler` with each message of a type. @returns ends just this registration; harmless when called again */
  on(type: string, handler: Handler): () => void {
    // TODO 2.2 Put an entry into `this.handlers`, and return a function that takes that entry out again.
    todo('2.2', 'on');
    return () => {};
  }

  /** Hands a message to its handlers, at once. What is no message, and a handler that throws, is a `problem`; the others go on. */
  override dispatch(data: unknown): void {
    // TODO 2.3 JSON.parse, look at what came, call the `this.handlers` of its type. `this.problem(error)` reports.
    todo('2.3', 'dispatch');
  }

  /** Sends a message as JSON, if the socket is open (WHATWG WebSockets, `send`). @returns whether it was handed over; if not, it is not sent later */
  send(message: Message): boolean {
    // TODO 2.4 What does `this.socket.readyState` say? `this.write(text)` sends.
    todo('2.4', 'send');
    return false;
  }

  /** Closes as a browser may: code 1000 or 3000 to 4999, reason up to 123 bytes of UTF-8. @throws RangeError on any other, in every state */
  close(code = 1000, reason = ''): void {
    // TODO 2.5 Check both, then `this.closeSocket(code, reason)`.
    todo('2.5', 'close');
  }

  /**
   * Sends a message with a `requestId` never used before, and resolves with the reply that bears it, of whatever type. Rejects with
   * an Error when not connected, after `timeoutMs`, and when the connection closes. Leaves nothing behind: no timer, no entry, no
   * listener. A reply that comes later is dispatched like any message.
   */
  request(message: Message, timeoutMs = 5_000): Promise<Message> {
    // TODO 2.6 { resolve, reject } go into `this.waiting` under a new id. Whatever happens, clear the setTimeout and the entry.
    todo('2.6', 'request');
    return Promise.reject(new Todo('2.6', 'request'));
  }
}
