/**
 * What the client stands on: one socket, its state, and the requests that wait for a reply. Given; you edit client.ts.
 *
 * The types are structural: the browser's WebSocket, Node's own (from 22) and ws's class all fit them.
 */

/** The part of the WHATWG WebSocket interface that the client uses. */
export interface Socket {
  /** one of CONNECTING, OPEN, CLOSING, CLOSED */
  readonly readyState: number;
  /** payload bytes that `send` has taken and the network has not */
  readonly bufferedAmount: number;
  binaryType: string;
  send(data: string | ArrayBuffer | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: Closed) => void): void;
}

/** How a connection ended. A failed handshake is 1006 too: the browser tells a page no more. */
export type Closed = { code: number; reason: string; wasClean: boolean };
/** A message is flat: its `type`, and whatever belongs to that type beside it. */
export type Message = { type: string; requestId?: string; [field: string]: unknown };
export type Handler = (message: Message) => void;
export type State = 'idle' | 'connecting' | 'open' | 'closing' | 'closed';

/** The values of `readyState` (WHATWG WebSockets, section 3.1). */
export const [CONNECTING, OPEN, CLOSING, CLOSED] = [0, 1, 2, 3];

export interface Options {
  /** the constructor to use; the global one by default. Node 20 has none: pass ws's. */
  WebSocket?: new (url: string) => Socket;
  /** called at each change. It is no message type: a server cannot pretend that the connection is open. */
  onState?: (state: State, closed?: Closed) => void;
  /** called with what went wrong without ending anything: a bad message, a handler that threw */
  onProblem?: (problem: Error) => void;
  /** called with everything that goes over the wire, for a log */
  onTraffic?: (direction: 'sent' | 'received', data: unknown) => void;
}

export abstract class Connection {
  /** the latest one, in whatever state */
  socket: Socket | undefined;
  /** follows the events, and `closeSocket`; where a message must not be lost, ask `socket.readyState` */
  state: State = 'idle';
  /** requests without a reply yet, by requestId */
  readonly waiting = new Map<string, { resolve: (reply: Message) => void; reject: (error: Error) => void }>();
  /** counts the requests: each gets an id of its own */
  requests = 0;
  readonly url: string;
  readonly options: Options;

  constructor(url: string | URL, options: Options = {}) {
    this.url = String(url);
    this.options = options;
  }

  /** What becomes of a message that is no reply. */
  abstract dispatch(data: unknown): void;

  /**
   * Opens a new socket, and passes on what it says.
   *
   * @throws Error where there is no WebSocket; SyntaxError (from the constructor) where the URL is none
   */
  openSocket(): Socket {
    const Constructor = this.options.WebSocket ?? (globalThis.WebSocket as unknown as Options['WebSocket']);
    if (!Constructor)
      throw new Error('This Node has no WebSocket of its own: pass one, { WebSocket } from the package ws.');
    const socket = new Constructor(this.url);
    this.#abandon('Another connection was opened before the reply came.');
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    this.#change('connecting');
    // A socket that was replaced may still have things to say. They are of no interest.
    const ifCurrent = (then: () => void): void => (this.socket === socket ? then() : undefined);
    socket.addEventListener('open', () => ifCurrent(() => this.#change('open')));
    socket.addEventListener('message', ({ data }) => ifCurrent(() => this.#receive(data)));
    socket.addEventListener('error', () => {}); // it says nothing; 'close' follows
    socket.addEventListener('close', ({ code, reason, wasClean }) => {
      ifCurrent(() => {
        this.#change('closed', { code, reason, wasClean });
        this.#abandon(`The connection closed, with code ${code}, before the reply came.`);
      });
    });
    return socket;
  }

  /** Tells the log and the socket. Call it when the socket is open. */
  protected write(text: string): void {
    this.socket?.send(text);
    this.options.onTraffic?.('sent', text);
  }

  /** Begins the closing handshake. On a socket that is closing or closed it does nothing. */
  protected closeSocket(code: number, reason: string): void {
    if (!this.socket || this.socket.readyState >= CLOSING) return;
    this.socket.close(code, reason);
    this.#change('closing');
  }

  /** Reports what went wrong, without ending anything. */
  protected problem(error: unknown): void {
    this.options.onProblem?.(error instanceof Error ? error : new Error(String(error)));
  }

  #abandon(why: string): void {
    for (const { reject } of [...this.waiting.values()]) reject(new Error(why));
  }

  #change(state: State, closed?: Closed): void {
    this.state = state;
    this.options.onState?.(state, closed);
  }

  /** A reply goes to who asked, and to nobody else. Everything else is dispatched. */
  #receive(data: unknown): void {
    this.options.onTraffic?.('received', data);
    const reply = replyIn(data);
    const asked = reply?.requestId === undefined ? undefined : this.waiting.get(reply.requestId);
    if (reply && asked) asked.resolve(reply);
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
