/** A line without a network: its sockets do what a test says, when it says it. The test owns the time as well. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Socket } from '#day4/given/types.ts';

type Json = { type: string; [field: string]: unknown };

/** Both ends of one connection, as the WHATWG describes it: `send` throws while CONNECTING, and does nothing from CLOSING on. */
export class FakeSocket implements Socket {
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  readyState = 0;
  readonly url: string;
  readonly protocols: string[] | undefined;
  /** what the client has sent */
  readonly sent: Json[] = [];
  /** the code with which the client closed it; 1006 if the client terminated it */
  endedWith: number | undefined;
  readonly #listeners: [string, (event: any) => void][] = [];

  constructor(url: string, protocols?: string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  addEventListener(type: string, listener: (event: any) => void): void {
    this.#listeners.push([type, listener]);
  }
  send(text: string): void {
    if (this.readyState === 0) throw new DOMException('Still in CONNECTING state', 'InvalidStateError');
    if (this.readyState === 1) this.sent.push(JSON.parse(text) as Json);
  }
  close(code = 1005): void {
    if (this.readyState < 2) this.readyState = 2;
    this.endedWith ??= code;
  }
  terminate(): void {
    this.readyState = 3;
    this.endedWith ??= 1006;
  }

  /** The handshake succeeds. */
  open(): void {
    this.readyState = 1;
    this.#fire('open', {});
  }
  /** A message arrives from the server. */
  hear(message: Json | string): void {
    this.#fire('message', { data: typeof message === 'string' ? message : JSON.stringify(message) });
  }
  /** The server lets the client into the room: `init`. */
  welcome(): void {
    this.hear({ type: 'init', room: 'lobby', userId: 'me', onlineUsers: [] });
  }
  /** A chat message from somebody else. */
  chat(id: string, more: object = {}): void {
    this.hear({ type: 'chat', id, userId: 'zoe', name: 'Zoë', text: `text of ${id}`, timestamp: 0, ...more });
  }
  /** The connection ends, as the client sees it: first an `error` if it was cut, then `close`. */
  drop(code = 1006): void {
    this.readyState = 3;
    if (code === 1006) this.#fire('error', {});
    this.#fire('close', { code, reason: '', wasClean: code !== 1006 });
  }

  #fire(type: string, event: object): void {
    for (const [wanted, listener] of this.#listeners) if (wanted === type) listener(event);
  }
}

/** A constructor for the option `WebSocket`, and the sockets that it has made. */
export function fakeLine() {
  const sockets: FakeSocket[] = [];
  class Made extends FakeSocket {
    constructor(url: string, protocols?: string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  }
  return {
    WebSocket: Made,
    sockets,
    /** the newest */
    get last(): FakeSocket {
      if (sockets.length === 0) throw new Error('The client has not made a socket.');
      return sockets[sockets.length - 1];
    },
    /** how many are neither closed nor closing */
    live: (): number => sockets.filter(({ readyState }) => readyState < 2).length,
    /** Lets every promise that can go on do so. */
    settle: (): Promise<void> => turn(),
  };
}
