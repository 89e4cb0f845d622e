/*
 * What you have
 *
 *   this.state             what the client is doing. `this.state.name` is 'idle', 'connecting', 'open', 'down', 'waiting', 'gave up' or
 *                          'closed'; `this.state.timer` and `this.state.socket` are its timer and its socket, or undefined
 *   this.enter(state)      changes the state and tells the listeners. It does not stop the old timer or the old socket. For 4.3:
 *                            { name: 'waiting', attempt, delayMs, until, timer }   `attempt` as it was passed to delay(),
 *                                                                                  `until` is performance.now() + delayMs
 *                            { name: 'gave up', code }
 *   this.connect()         starts an attempt to connect; enters `connecting`
 *   this.ended(code)       ends the current connection: throws its socket and timer away, enters `down`, and calls scheduleRetry(code)
 *                          if that code is worth a retry
 *   this.attempt: number   retries planned since the last good connection; 0 at the start
 *   this.options           what the client was given: delay, maxAttempts, minUptimeMs …
 *   this.lastId: string | undefined   the id that the next join sends as `after`: the server replays what came later
 *   this.recent.has(id): boolean      whether this id is one of the last 1,000 that were added
 *   this.recent.add(id)               adds an id; the oldest one is forgotten
 *
 *   performance.now()                 ms on a clock that nobody can set back; Date.now() is the time of day
 *   setTimeout, clearTimeout          the global ones; clearTimeout(undefined) does nothing
 */
import { todo } from '#tools/todo.ts';
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
    // TODO 4.3
    //   1. Stop the timer that the current state may have.
    //   2. If no attempt is left, enter `gave up`, and that is all.
    //   3. Otherwise get the delay, count the attempt, start the timer, and enter `waiting`.
    todo('4.3', 'scheduleRetry');
  }

  /** Called when a connection that opened at `openedAt` has ended. If it lasted minUptimeMs or longer, sets this.attempt to 0. */
  markStable(openedAt: number): void {
    const { minUptimeMs = 5000 } = this.options;
    // TODO 4.4 Work out how long the connection lasted (`openedAt` is by performance.now()), and decide.
    todo('4.4', 'markStable');
  }

  /** Ends the client for good, in any state: no timer, `closed` once, the socket closed with code 1000. A second call does nothing. */
  close(): void {
    // TODO 4.5
    //   1. If the client is closed already, there is nothing to do.
    //   2. Stop the timer, enter `closed`, and then close the socket that there was.
    todo('4.5', 'close');
  }

  /**
   * Nothing was heard for idleTimeoutMs, or the network is gone. If the client is open, its connection ends now, with code 1006. Don't
   * close the socket here: `ended` does it, without the goodbye that a dead peer can't answer. In any other state nothing happens.
   */
  onSilence(): void {
    // TODO 4.6 If the client is open, end its connection now, without waiting for a close event.
    todo('4.6', 'onSilence');
  }

  /**
   * Called with the id of each chat message that arrives. If `recent` has it, it is a duplicate and changes nothing. A new one is added to
   * `recent` and becomes `lastId`. Ids are opaque: never order them or take them apart. @returns whether the id is new
   */
  resume(id: string): boolean {
    // TODO 4.7
    //   1. Recognise a duplicate.
    //   2. Remember a new id in both places.
    todo('4.7', 'resume');
    return true;
  }
}
