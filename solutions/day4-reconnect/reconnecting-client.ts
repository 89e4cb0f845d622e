import { backoffDelay, shouldRetry } from './backoff.ts';
import { Connection } from '#day4/connection.ts';

/** A chat connection that comes back by itself, and loses nothing that the server still remembers. */
export class ReconnectingClient extends Connection {
  retryable(code: number): boolean {
    return (this.options.retryable ?? shouldRetry)(code);
  }

  /**
   * Plans the next attempt: state `waiting`, with one timer that calls `connect()`. After `maxAttempts` of them: `gave up`.
   *
   * @param code of the connection that was lost
   */
  scheduleRetry(code: number): void {
    const { maxAttempts = Infinity, delay = backoffDelay } = this.options;
    clearTimeout(this.state.timer);
    if (this.attempt >= maxAttempts) return this.enter({ name: 'gave up', code });
    const attempt = this.attempt++;
    const delayMs = delay(attempt);
    const timer = setTimeout(() => this.connect(), delayMs);
    this.enter({ name: 'waiting', attempt, delayMs, until: performance.now() + delayMs, timer });
  }

  /**
   * Called when an open connection has ended: was it good? Then `this.attempt` starts at 0 again.
   *
   * @param openedAt when it was opened, by performance.now()
   */
  markStable(openedAt: number): void {
    const { minUptimeMs = 5000 } = this.options;
    if (performance.now() - openedAt >= minUptimeMs) this.attempt = 0;
  }

  /** Ends it for good, in whatever state it is: no timer, no socket, `closed` once, and nothing afterwards. */
  close(): void {
    if (this.state.name === 'closed') return;
    const { socket, timer } = this.state;
    clearTimeout(timer);
    this.enter({ name: 'closed' });
    socket?.close(1000);
  }

  /** Nothing was heard for idleTimeoutMs. The connection counts as lost at once, with code 1006: no goodbye would be answered. */
  onSilence(): void {
    if (this.state.name === 'open') this.ended(1006);
  }

  /**
   * Called with the id of each chat message that arrives, live or replayed. Ids are opaque: equal or not, no more.
   *
   * @returns whether it is new; then it is remembered in `recent`, and as `lastId`, after which the server is asked to go on
   */
  resume(id: string): boolean {
    if (this.recent.has(id)) return false;
    this.recent.add(id);
    this.lastId = id;
    return true;
  }
}
