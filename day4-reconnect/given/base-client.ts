import type { ServerMessage } from '#day3/given/server-messages.ts';
import { shouldRetry } from '#day4/given/close-codes.ts';
import { Listeners } from '#day4/given/listeners.ts';
import { RecentIds } from '#day4/given/recent-ids.ts';
import type { ClientOptions, Events, Outgoing, Socket, State } from '#day4/given/types.ts';

/** The client without its decisions: the states, and the events that lead from one to the next. The exercises add the decisions. */
export abstract class BaseClient {
  state: State = { name: 'idle' };
  /** retries planned since the last good connection */
  attempt = 0;
  /** id of the newest chat message that arrived; opaque */
  lastId: string | undefined;
  readonly recent = new RecentIds();
  readonly options: ClientOptions;
  readonly #listeners = new Listeners<Events>();
  /** `last` of the first `init`: a client that has seen no message yet asks for what came after it */
  #joinedAfter: string | undefined;
  #hasJoined = false;

  constructor(options: ClientOptions) {
    this.options = options;
  }

  abstract scheduleRetry(code: number): void;
  abstract markStable(openedAt: number): void;
  abstract ended(code: number): void;
  abstract watchSilence(): void;
  abstract close(): void;
  abstract resume(id: string): boolean;

  /** Calls `listener` at each event from now on. @returns a function that removes this registration */
  on<E extends keyof Events>(event: E, listener: (what: Events[E]) => void): () => void {
    return this.#listeners.on(event, listener);
  }

  start(): void {
    if (this.state.name === 'idle') this.connect();
  }

  /** Stops waiting and connects at once. After `gave up` it starts counting at 0 again. In any other state it does nothing. */
  retryNow(): void {
    if (!['waiting', 'gave up', 'down'].includes(this.state.name)) return;
    clearTimeout(this.state.timer);
    if (this.state.name === 'gave up') this.attempt = 0;
    this.connect();
  }

  /** Sends a text to the room. @returns what became of it; `queued` only if there is an outbox */
  send(text: string): 'sent' | 'queued' | 'dropped' {
    if (this.state.name === 'closed') return 'dropped';
    const transmit = (message: Outgoing): boolean => this.#transmit(message);
    if (this.options.outbox) return this.options.outbox.add(text, transmit);
    return transmit({ type: 'chat', text }) ? 'sent' : 'dropped';
  }

  /** Whether a close code is worth a retry. */
  retryable(code: number): boolean {
    return (this.options.retryable ?? shouldRetry)(code);
  }

  /** Changes the state, and tells the listeners. It does not stop the timer or the socket of the state before. */
  enter(state: State): void {
    this.state = state;
    this.#listeners.emit('state', state);
  }

  /** Starts an attempt: enters `connecting`, with one time limit for the address and the handshake together. */
  connect(): void {
    const timer = setTimeout(() => this.ended(1006), this.options.connectTimeoutMs ?? 10_000);
    const state: State = { name: 'connecting', attempt: this.attempt, timer };
    this.enter(state);
    void this.#dial(state);
  }

  /** Asks the server for `init` again, which every live server answers. Does nothing unless the client is open. */
  ask(): void {
    if (this.state.name === 'open') this.state.socket.send(JSON.stringify({ type: 'join', room: this.options.room }));
  }

  /** Throws a socket away, whatever state it is in, without a goodbye: its peer may be gone. Without a socket, does nothing. */
  discard(socket?: Socket): void {
    if (socket?.terminate) socket.terminate();
    else socket?.close(); // a browser has no terminate(); it waits for the peer's answer by itself
  }

  async #dial(state: State & { name: 'connecting' }): Promise<void> {
    try {
      const { url, protocols } = await this.options.url();
      if (this.state !== state) return; // closed, or timed out, while it waited for the address
      const { WebSocket: Socket = globalThis.WebSocket } = this.options;
      state.socket = new Socket(url, protocols);
      this.#listen(state.socket);
    } catch (error) {
      if (this.state !== state) return;
      this.#listeners.emit('error', error);
      this.ended(1006);
    }
  }

  /** What a socket reports counts only while it is the one of the current state: an old one may report its end much later. */
  #listen(socket: Socket): void {
    const current = (act: (event: any) => void) => (event: any) => void (this.state.socket === socket && act(event));
    socket.addEventListener(
      'open',
      current(() => this.#opened(socket)),
    );
    socket.addEventListener(
      'message',
      current(({ data }) => this.#received(socket, data)),
    );
    socket.addEventListener(
      'close',
      current(({ code }) => this.ended(code)),
    );
    socket.addEventListener('error', () => {}); // 'close' follows
  }

  #opened(socket: Socket): void {
    clearTimeout(this.state.timer);
    this.enter({ name: 'open', joined: false, openedAt: performance.now(), socket });
    if (this.state.socket !== socket) return; // a listener has closed it
    this.watchSilence();
    // A server without a history sends no `last`. Nobody knows the id '', so it answers `gap`: something may be missing.
    const after = this.#hasJoined ? (this.lastId ?? this.#joinedAfter ?? '') : undefined;
    socket.send(JSON.stringify({ type: 'join', room: this.options.room, after }));
  }

  #received(socket: Socket, data: unknown): void {
    this.watchSilence();
    const message = parse(data);
    if (!message) return;
    if (message.type === 'chat') {
      if (message.key !== undefined) this.options.outbox?.confirm(message.key);
      if (!this.resume(message.id)) return;
    }
    this.#listeners.emit('message', message);
    if (message.type !== 'init' || this.state.socket !== socket || this.state.name !== 'open' || this.state.joined)
      return;
    if (!this.#hasJoined) this.#joinedAfter = message.last;
    this.#hasJoined = true;
    this.state.joined = true;
    this.enter(this.state);
    this.options.outbox?.resend((one) => this.#transmit(one));
  }

  #transmit(message: Outgoing): boolean {
    const { state } = this;
    if (state.name !== 'open' || !state.joined || state.socket.readyState !== 1) return false;
    state.socket.send(JSON.stringify(message));
    return true;
  }
}

function parse(data: unknown): ServerMessage | undefined {
  try {
    const message = JSON.parse(String(data));
    return typeof message?.type === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}
