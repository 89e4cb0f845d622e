/**
 * What the client is built on: one socket and its state, the registered handlers, and the requests that wait for a reply.
 * You edit client.ts; this file is given.
 *
 * The types only name what the client uses, so the browser's WebSocket, Node's own (from 22) and the class of ws all fit them.
 */

/** The part of the WHATWG WebSocket interface that the client uses. (WHATWG is the group that writes the web's specifications.) */
export interface Socket {
  /** one of the four constants below */
  readonly readyState: number;
  readonly CONNECTING: number;
  readonly OPEN: number;
  readonly CLOSING: number;
  readonly CLOSED: number;
  /** how many bytes were passed to `send` and have not left yet: of payload in a browser; ws counts the frame headers, too */
  readonly bufferedAmount: number;
  binaryType: string;
  send(data: string | ArrayBuffer | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: Closed) => void): void;
}

/** How a connection ended. A failed handshake has the code 1006, too: a browser tells the page's script no more. */
export type Closed = { code: number; reason: string; wasClean: boolean };
/** A message is flat: its `type`, and beside it the fields that belong to that type. */
export type Message = { type: string; requestId?: string; [field: string]: unknown };
export type Handler = (message: Message) => void;
export type State = 'idle' | 'connecting' | 'open' | 'closing' | 'closed';

/** The values of `readyState` (WHATWG WebSockets, section 3.1). */
export const [CONNECTING, OPEN, CLOSING, CLOSED] = [0, 1, 2, 3];

export interface Options {
  /** the constructor to use, by default the global one. Node 20 has none: pass the one of ws. */
  WebSocket?: new (url: string, protocols?: string[]) => Socket;
  /** the subprotocols to offer, as the second argument of `new WebSocket`. Day 3 sends its token this way */
  protocols?: string[];
  /** called at each change of state. It isn't a message type, so a server can't pretend that the connection is open. */
  onState?: (state: State, closed?: Closed) => void;
  /** called for everything that goes wrong without ending anything: a bad message, a handler that threw */
  onProblem?: (problem: Error) => void;
  /** called with all data that is sent or received, so that it can be logged */
  onTraffic?: (direction: 'sent' | 'received', data: unknown) => void;
}

export abstract class BaseClient {
  /** the latest socket, in any state; undefined if there is none */
  socket: Socket | undefined;
  /** for the page: follows the events, and so it lags behind `socket.readyState`, for example while the server is closing */
  state: State = 'idle';
  /** the promise of the latest `connect` */
  connecting: Promise<void> | undefined;
  /** for each message type, an entry for each call of `on` */
  readonly handlers = new Map<string, Set<{ handler: Handler }>>();
  /** the requests that wait for a reply, by requestId */
  readonly waiting = new Map<string, { resolve: (reply: Message) => void; reject: (error: Error) => void }>();
  /** how many requests there have been so far, so that each gets an id of its own */
  requests = 0;
  readonly url: string;
  readonly options: Options;

  constructor(url: string | URL, options: Options = {}) {
    this.url = String(url);
    this.options = options;
  }

  /** Gets each message that isn't the reply to a waiting request. */
  abstract dispatch(data: unknown): void;

  /**
   * Opens a new socket, and follows its events.
   *
   * @throws Error if no WebSocket class exists here; SyntaxError (from its constructor) if the URL isn't valid
   */
  openSocket(): Socket {
    const Constructor = this.options.WebSocket ?? (globalThis.WebSocket as unknown as Options['WebSocket']);
    if (!Constructor)
      throw new Error('This Node has no WebSocket of its own. Pass one: { WebSocket } from the package ws.');
    const socket = new Constructor(this.url, this.options.protocols);
    this.#rejectWaiting('Another connection was opened before the reply came.');
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    this.#change('connecting');
    // A socket that was replaced may still fire events. They say nothing about the new one.
    const ifCurrent = (then: () => void): void => (this.socket === socket ? then() : undefined);
    socket.addEventListener('open', () => ifCurrent(() => this.#change('open')));
    socket.addEventListener('message', ({ data }) => ifCurrent(() => this.#receive(data)));
    socket.addEventListener('close', (closed) => ifCurrent(() => this.#ended(closed)));
    socket.addEventListener('error', () =>
      ifCurrent(() => {
        // Normally 'close' follows. Node 22's own WebSocket fires no 'close' if it can't connect, and stays CONNECTING: drop it.
        if (socket.readyState !== CONNECTING) return;
        this.socket = undefined;
        this.#ended({ code: 1006, reason: '', wasClean: false });
      }),
    );
    return socket;
  }

  /** Sends a text, and shows it to the log. Call it only if the socket is OPEN. */
  protected write(text: string): void {
    this.socket?.send(text);
    this.options.onTraffic?.('sent', text);
  }

  /** Starts the closing handshake, or gives up connecting. If the socket is closing, closed or missing, does nothing. */
  protected closeSocket(code: number, reason: string): void {
    const { socket } = this;
    if (!socket || socket.readyState >= CLOSING) return;
    socket.close(code, reason);
    if (this.socket === socket) this.#change('closing');
  }

  /** Reports what went wrong. That is all it does. @param error anything: code may throw a text, null, or an object without a text */
  protected problem(error: unknown): void {
    this.options.onProblem?.(error instanceof Error ? error : new Error(textOf(error)));
  }

  #ended({ code, reason, wasClean }: Closed): void {
    this.#change('closed', { code, reason, wasClean });
    this.#rejectWaiting(`The connection closed, with code ${code}, before the reply came.`);
  }

  #rejectWaiting(why: string): void {
    for (const { reject } of [...this.waiting.values()]) reject(new Error(why));
  }

  #change(state: State, closed?: Closed): void {
    this.state = state;
    this.options.onState?.(state, closed);
  }

  /** A reply goes only to the request that it answers. Everything else is dispatched. */
  #receive(data: unknown): void {
    this.options.onTraffic?.('received', data);
    const reply = replyIn(data);
    const request = reply?.requestId === undefined ? undefined : this.waiting.get(reply.requestId);
    if (reply && request) request.resolve(reply);
    else this.dispatch(data);
  }
}

/** The message in `data`, if it may be a reply. */
function replyIn(data: unknown): Message | undefined {
  if (typeof data !== 'string' || !data.includes('"requestId"')) return undefined;
  try {
    return Object(JSON.parse(data)) as Message;
  } catch {
    return undefined;
  }
}

/** Some values have no text: `String` throws for `Object.create(null)`, and for `{ toString: 1 }`, which a peer can send. */
function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return `a value without a text, of type ${typeof value}`;
  }
}
