import { backoffDelay, shouldRetry } from './backoff.ts';
import { BaseClient } from '#day4/given/base-client.ts';

/** A chat client that connects again by itself. It misses nothing that the server still remembers. */
export class ReconnectingClient extends BaseClient {
  retryable(code: number): boolean {
    return (this.options.retryable ?? shouldRetry)(code);
  }

  /**
   * Plans a retry: asks `delay(this.attempt)` once, adds 1 to this.attempt, and enters `waiting` with one timer, which calls `connect()`
   * after that many ms. If this.attempt has already reached maxAttempts (with 0, that is always so), it enters `gave up` instead. Any other
   * timer is stopped. @param code of the connection that was lost
   */
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

  /** Ends the client for good, in any state: no timer, `closed` once, the socket closed with code 1000. A second call does nothing. */
  close(): void {
    // The state changes before the socket is closed: the base class then ignores what that socket still reports.
    if (this.state.name === 'closed') return;
    const { socket, timer } = this.state;
    clearTimeout(timer);
    this.enter({ name: 'closed' });
    socket?.close(1000);
  }

  /**
   * Nothing was heard for idleTimeoutMs, or the network is gone. If the client is open, its connection ends now, with code 1006. Don't
   * close the socket here: `ended` does it, without the goodbye that a dead peer can't answer. In any other state nothing happens.
   */
  onSilence(): void {
    if (this.state.name === 'open') this.ended(1006);
  }

  /**
   * Called with the id of each chat message that arrives. If `recent` has it, it is a duplicate and changes nothing. A new one is added to
   * `recent` and becomes `lastId`. Ids are opaque: never order them or take them apart. @returns whether the id is new
   */
  resume(id: string): boolean {
    // A duplicate leaves first: an old one must not turn lastId back.
    if (this.recent.has(id)) return false;
    this.recent.add(id);
    this.lastId = id;
    return true;
  }
}
