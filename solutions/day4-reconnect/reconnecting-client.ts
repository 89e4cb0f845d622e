import { backoffDelay } from './backoff.ts';
import { BaseClient } from '#day4/given/base-client.ts';

/** A chat client that connects again by itself. It misses nothing that the server still remembers. */
export class ReconnectingClient extends BaseClient {
  /** Plans a retry: asks `delay(this.attempt)` once, adds 1 to this.attempt, and enters `waiting` with one timer, which calls `connect()`
   * after that many ms. If this.attempt has already reached maxAttempts (with maxAttempts 0, at once), it enters `gave up` instead. Any other
   * timer is stopped. @param code the close code of the connection that was lost */
  scheduleRetry(code: number): void {
    const { maxAttempts = Infinity, delay = backoffDelay } = this.options;
    // The old timer goes first, whatever is decided below: two timers would make two sockets.
    clearTimeout(this.state.timer);
    if (this.attempt >= maxAttempts) return this.enter({ name: 'gave up', code });
    const attempt = this.attempt++;
    const delayMs = delay(attempt);
    const timer = setTimeout(() => this.connect(), delayMs);
    this.enter({ name: 'waiting', attempt, delayMs, until: performance.now() + delayMs, timer });
  }

  /** Called when a connection that opened at `openedAt` has ended. If it lasted minUptimeMs or longer, sets this.attempt to 0. */
  markStable(openedAt: number): void {
    const { minUptimeMs = 5000 } = this.options;
    if (performance.now() - openedAt >= minUptimeMs) this.attempt = 0;
  }

  /** Called when a connection or an attempt is over. Does nothing unless the client is connecting or open. Stops the timer, discards the
   * socket, and calls markStable if the connection had opened. If `retryable` says so, enters `down` and then calls scheduleRetry(code), but
   * not if a listener has changed the state meanwhile, with close() or retryNow(). Otherwise enters `gave up`. @param code why it ended */
  ended(code: number): void {
    const before = this.state;
    // A connection ends once. A client that is closed, or waits already, has nothing to lose.
    if (before.name !== 'connecting' && before.name !== 'open') return;
    clearTimeout(before.timer);
    if (before.name === 'open') this.markStable(before.openedAt);
    this.enter(this.retryable(code) ? { name: 'down', code } : { name: 'gave up', code });
    this.discard(before.socket);
    // Look again: a listener may have closed the client.
    if (this.state.name === 'down') this.scheduleRetry(code);
  }

  /** Called when the connection has opened, and at each message: measures the silence from now on. After half of idleTimeoutMs, calls ask()
   * once. If the other half is silent too, calls ended(1006), which discards the socket: don't close it here. There is at most one timer, in
   * this.state.timer, so that the other methods can stop it. Does nothing unless the client is open. */
  watchSilence(): void {
    const { idleTimeoutMs = 30_000 } = this.options;
    const { state } = this;
    if (state.name !== 'open') return;
    clearTimeout(state.timer);
    state.timer = setTimeout(() => {
      state.timer = setTimeout(() => this.ended(1006), idleTimeoutMs / 2);
      this.ask();
    }, idleTimeoutMs / 2);
  }

  /** Ends the client for good, in any state. Stops the timer, enters `closed`, and closes the socket with 1000. A second call does nothing. */
  close(): void {
    // The state changes before the socket is closed: the base class then ignores what that socket still reports.
    if (this.state.name === 'closed') return;
    const { socket, timer } = this.state;
    clearTimeout(timer);
    this.enter({ name: 'closed' });
    socket?.close(1000);
  }

  /** Called with the id of each chat message that arrives. If `recent` has it, it is a duplicate and changes nothing. A new one is added to
   * `recent` and becomes `lastId`. Ids are opaque: never order them or take them apart. @returns whether the id is new */
  resume(id: string): boolean {
    // A duplicate leaves first: an old one must not turn lastId back.
    if (this.recent.has(id)) return false;
    this.recent.add(id);
    this.lastId = id;
    return true;
  }
}
