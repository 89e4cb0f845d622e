import { todo } from '#tools/todo.ts';
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
    // TODO 4.3 Clear the timer of this.state; enter `gave up`, or set one timer and enter `waiting`. Ask for the delay first, then count this.attempt up.
    todo('4.3', 'scheduleRetry');
  }

  /**
   * Called when an open connection has ended: was it good? Then `this.attempt` starts at 0 again. Nothing else changes.
   *
   * @param openedAt when it was opened, by performance.now()
   */
  markStable(openedAt: number): void {
    const { minUptimeMs = 5000 } = this.options;
    // TODO 4.4 Only a connection that has lasted minUptimeMs resets this.attempt.
    todo('4.4', 'markStable');
  }

  /** Ends it for good, in whatever state it is: no timer, no socket, no state but `closed`, once, and nothing afterwards. */
  close(): void {
    // TODO 4.5 Clear the timer that this.state has, enter `closed`, close the socket that it had with code 1000. A second call does nothing.
    todo('4.5', 'close');
  }

  /**
   * Nothing was heard for idleTimeoutMs, or the network is gone. An open connection counts as lost at once, with code 1006: no
   * goodbye would be answered. In any other state nothing happens.
   */
  onSilence(): void {
    // TODO 4.6 Where the state is `open`, this.ended(1006) throws the socket away and plans the retry.
    todo('4.6', 'onSilence');
  }

  /**
   * Called with the id of each chat message that arrives, live or replayed. Ids are opaque: equal or not, no more.
   *
   * @returns whether it is new; then it is remembered in `recent`, and as `lastId`, after which the server is asked to go on
   */
  resume(id: string): boolean {
    // TODO 4.7 An id that `recent` has is no news, and leaves lastId alone.
    todo('4.7', 'resume');
    return true;
  }
}
