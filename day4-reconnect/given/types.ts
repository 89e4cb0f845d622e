import type { ServerMessage } from '#day3/given/server-messages.ts';

export type Timer = ReturnType<typeof setTimeout>;

/** The part of a WebSocket that the client uses. The browser's, Node's and the one of ws all have it. */
export interface Socket {
  readonly readyState: number;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  /** only ws has it: ends the connection at once, without a closing handshake */
  terminate?(): void;
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: any) => void): void;
}

/** Where to connect to. `protocols` carry the token. */
export interface Address {
  url: string;
  protocols?: string[];
}

/** What the client is doing. Each state holds what belongs to it: at most one socket and one timer. */
export type State =
  | { name: 'idle'; socket?: undefined; timer?: undefined }
  /** `socket` is undefined until `url()` has answered; `timer` is the time limit of the attempt */
  | { name: 'connecting'; attempt: number; socket?: Socket; timer: Timer }
  /** `openedAt` by performance.now(); `joined` once `init` has come; `timer` measures the silence */
  | { name: 'open'; joined: boolean; openedAt: number; socket: Socket; timer?: Timer }
  /** the connection is gone, and nothing is decided yet */
  | { name: 'down'; code: number; socket?: undefined; timer?: undefined }
  /** `attempt` as it was passed to `delay`, 0 for the first retry; `until` by performance.now() */
  | { name: 'waiting'; attempt: number; delayMs: number; until: number; socket?: undefined; timer: Timer }
  | { name: 'gave up'; code: number; socket?: undefined; timer?: undefined }
  | { name: 'closed'; socket?: undefined; timer?: undefined };

/** A chat message as a client sends it. */
export interface Outgoing {
  type: 'chat';
  text: string;
  key?: string;
}

/** Gives a message to the socket. @returns false if that is not possible now */
export type Transmit = (message: Outgoing) => boolean;

/** Keeps each message until the server has it. Bonus 4.a writes one. */
export interface Queue {
  add(text: string, transmit: Transmit): 'sent' | 'queued' | 'dropped';
  /** Sends what the server has not confirmed, in order. Called after each join. */
  resend(transmit: Transmit): void;
  /** The message with that key came back: the server has it. */
  confirm(key: string): void;
}

/** The options of a client. All times are in ms. */
export interface ClientOptions {
  /** called at every attempt */
  url: () => Address | Promise<Address>;
  room: string;
  WebSocket?: new (url: string, protocols?: string[]) => Socket;
  /** the delay before attempt 0, 1, …; by default `backoffDelay` */
  delay?: (attempt: number) => number;
  /** whether to connect again after a close code; by default `shouldRetry` of given/close-codes.ts */
  retryable?: (code: number) => boolean;
  /** attempts in a row after which it gives up; by default it never does */
  maxAttempts?: number;
  /** for `url()` and the handshake together; by default 10,000 */
  connectTimeoutMs?: number;
  /** the silence after which a connection counts as dead; by default 30,000 */
  idleTimeoutMs?: number;
  /** how long a connection must last before the attempts are counted from 0 again; by default 5,000 */
  minUptimeMs?: number;
  outbox?: Queue;
}

/** The events of a client. */
export interface Events {
  state: State;
  /** each message once; `gap` means that some may be missing at this point */
  message: ServerMessage;
  error: unknown;
}
