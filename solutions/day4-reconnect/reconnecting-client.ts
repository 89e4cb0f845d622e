import { backoffDelay, shouldRetry } from './backoff.ts';
import { Connection } from '#day4/given/base-client.ts';

/** A chat connection that comes back by itself, and loses nothing that the server still remembers. */
export class ReconnectingClient extends Connection {
  retryable(code: number): boolean {
    return (this.options.retryable ?? shouldRetry)(code);
  }

  /**
   * Plans the next attempt, and counts it at once: state `waiting`, with one timer that calls `connect()`. The delay is drawn once.
   * Where `maxAttempts` are planned already, and with 0 that is from the start: `gave up`, and no timer.
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
   * Called when an open connection has ended: was it good? Then `this.attempt` starts at 0 again. Nothing else changes.
   *
   * @param openedAt when it was opened, by performance.now()
   */
  markStable(openedAt: number): void {
    const { minUptimeMs = 5000 } = this.options;
    if (performance.now() - openedAt >= minUptimeMs) this.attempt = 0;
  }

  /** Ends it for good, in whatever state it is: no timer, no socket, no state but `closed`, once, and nothing afterwards. */
  close(): void {
    if (this.state.name === 'closed') return;
    const { socket, timer } = this.state;
    clearTimeout(timer);
    this.enter({ name: 'closed' });
    socket?.close(1000);
  }

  /**
   * Nothing was heard for idleTimeoutMs, or the network is gone. An open connection counts as lost at once, with code 1006: no
   * goodbye would be answered. In any other state nothing happens.
   */
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
