import type { ServerMessage } from '#day3/given/server-messages.ts';
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

  /** Whether a close code is worth a retry. */
  abstract retryable(code: number): boolean;
  abstract scheduleRetry(code: number): void;
  abstract markStable(openedAt: number): void;
  abstract onSilence(): void;
  abstract resume(id: string): boolean;
  abstract close(): void;

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

  /** The connection, or the attempt, is over: throws its timer and its socket away, and plans a retry if the code is worth one. */
  ended(code: number): void {
    const before = this.state;
    clearTimeout(before.timer);
    if (before.name === 'open') this.markStable(before.openedAt);
    // The state first: what the old socket reports from now on is then ignored.
    this.enter(this.retryable(code) ? { name: 'down', code } : { name: 'gave up', code });
    if (before.socket) discard(before.socket);
    if (this.state.name === 'down') this.scheduleRetry(code);
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
    this.#watch();
    // A server without a history sends no `last`. Nobody knows the id '', so it answers `gap`: something may be missing.
    const after = this.#hasJoined ? (this.lastId ?? this.#joinedAfter ?? '') : undefined;
    socket.send(JSON.stringify({ type: 'join', room: this.options.room, after }));
  }

  #received(socket: Socket, data: unknown): void {
    this.#watch();
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
    this.enter({ ...this.state, joined: true });
    this.options.outbox?.resend((one) => this.#transmit(one));
  }

  /** Runs one timer while open. After half of the idle time it asks for `init` again, which every live server answers. */
  #watch(): void {
    const { state } = this;
    if (state.name !== 'open') return;
    const half = (this.options.idleTimeoutMs ?? 30_000) / 2;
    clearTimeout(state.timer);
    state.timer = setTimeout(() => {
      if (this.state.name !== 'open') return;
      this.state.timer = setTimeout(() => this.onSilence(), half);
      this.state.socket.send(JSON.stringify({ type: 'join', room: this.options.room }));
    }, half);
  }

  #transmit(message: Outgoing): boolean {
    const { state } = this;
    if (state.name !== 'open' || !state.joined || state.socket.readyState !== 1) return false;
    state.socket.send(JSON.stringify(message));
    return true;
  }
}

/** Ends a socket that nobody listens to any more, whatever state it is in. */
function discard(socket: Socket): void {
  if (socket.terminate) socket.terminate();
  else socket.close(); // a browser has no terminate(); it waits for the peer's answer by itself
}

function parse(data: unknown): ServerMessage | undefined {
  try {
    const message = JSON.parse(String(data));
    return typeof message?.type === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}
