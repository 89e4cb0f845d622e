/*
 * What you have
 *
 *   this.openSocket(): Socket            makes a socket, which is CONNECTING, and keeps it as this.socket. Throws if the URL is wrong
 *   this.socket: Socket | undefined      the latest socket, in any state; undefined if there is none
 *   socket.readyState: number            CONNECTING is 0, OPEN 1, CLOSING 2, CLOSED 3. The constant OPEN is imported below
 *   socket.addEventListener(type, listener)   calls `listener` for each event of that type: 'open', 'error', 'close'
 *
 *   this.connecting: Promise<void> | undefined   a place for the promise of the latest connect(). Only your code uses it
 *   this.handlers: Map<string, Set<{ handler }>>   for each message type, a Set of entries. Only your code uses it
 *
 *   this.problem(error: unknown): void   reports an error to the page. That is all it does. It takes anything: an Error, a text, null
 *   this.write(text: string): void       sends a text on this.socket, and shows it in the page's log. Only for an OPEN socket
 *   this.closeSocket(code, reason): void   closes this.socket, also while it is CONNECTING. Does nothing if it is closing, closed or missing
 *
 *   this.requests: number                how many requests there have been so far: use it for a new id. Only your code changes it
 *   this.waiting: Map<string, { resolve, reject }>   the requests that wait for a reply, by requestId. When a reply with that id arrives,
 *                                        the given code calls the entry's `resolve(reply)`. When the connection closes, it calls `reject(error)`
 *                                        of every entry. It never deletes an entry: your code does that
 */
import { BaseClient, OPEN, type Handler, type Message } from '#day2/given/base-client.ts';
import { Todo, todo } from '#tools/todo.ts';

/** A typed client on top of the browser's WebSocket. The same file runs in a page and in Node. */
export class RealtimeClient extends BaseClient {
  /**
   * Opens a connection. Resolves when the socket is open; rejects with an Error if the socket fires `error` or `close` first.
   * While the latest socket is CONNECTING or OPEN, waits for that one and doesn't open another. Never retries, and leaves no timer.
   */
  connect(): Promise<void> {
    // TODO 2.1 So far this claims to be connected at once.
    //   1. If the latest socket is CONNECTING or OPEN, return the promise that you kept for it.
    //   2. Otherwise open a socket. Turn its events into one promise, keep that for the next call, and return it.
    todo('2.1', 'connect');
    this.openSocket();
    return Promise.resolve();
  }

  /** Calls `handler` with each message of this type. @returns a function that removes only this registration; it may be called twice */
  on(type: string, handler: Handler): () => void {
    // TODO 2.2 1. Add a new entry to the Set of this type, even if the same function is in it already. There may be no Set yet.
    //          2. Return a function that removes this entry.
    todo('2.2', 'on');
    return () => {}; // a placeholder, so that the rest works meanwhile: remove it, too
  }

  /** Calls all handlers of the message's type before it returns. Reports bad data and throwing handlers with `problem`; never throws. */
  override dispatch(data: unknown): void {
    // TODO 2.3 1. Report anything that isn't the JSON text of an object whose `type` is a string.
    //          2. Call the handlers that are registered for that type now. If one throws, report it; the others must still run.
    todo('2.3', 'dispatch');
  }

  /** Sends a message as JSON if the socket is OPEN (WHATWG WebSockets, `send`). @returns whether it did; if not, it won't send it later */
  send(message: Message): boolean {
    // TODO 2.4 Send the message as JSON if the latest socket is OPEN. Return whether you did.
    todo('2.4', 'send');
    return false; // a placeholder, so that the rest works meanwhile: remove it, too
  }

  /** Closes with code 1000 or 3000-4999 and up to 123 bytes (UTF-8) of reason. @throws RangeError otherwise (NaN, too), in any state */
  close(code = 1000, reason = ''): void {
    // TODO 2.5 1. Check the code, and then the reason. A browser would refuse what you refuse here.
    //          2. Close the socket.
    todo('2.5', 'close');
  }

  /**
   * Sends a copy of the message with a new `requestId` (instead of its own, if it has one). Resolves with the reply that has the same
   * id, whatever its type. Rejects with an Error if the message can't be sent now, when the connection closes, and after `timeoutMs`,
   * which may be 0. Leaves no timer, no entry and no listener behind. Works on pages without https, which have no `crypto.randomUUID`.
   */
  request(message: Message, timeoutMs = 5_000): Promise<Message> {
    // TODO 2.6 1. Under an id that no request had before, put the `resolve` and `reject` of a new promise into `this.waiting`.
    //          2. Start a timer that rejects, and send the message with the id. If it wasn't sent, reject.
    //          3. When the promise settles, in whichever way, stop the timer and delete the entry.
    todo('2.6', 'request');
    return Promise.reject(new Todo('2.6', 'request')); // a placeholder: remove it, too
  }
}
