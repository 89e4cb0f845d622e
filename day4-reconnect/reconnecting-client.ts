/*
 * What you have
 *
 *   this.state             what the client is doing. `this.state.name` is 'idle', 'connecting', 'open', 'down', 'waiting', 'gave up' or
 *                          'closed'; `this.state.timer` and `this.state.socket` are its timer and its socket, or undefined. The state
 *                          'open' also has `openedAt`, the time when it opened, by performance.now()
 *   this.enter(state)      changes the state and tells the listeners. It does not stop the old timer or the old socket
 *                            { name: 'waiting', attempt, delayMs, until, timer }   `attempt` as it was passed to delay(),
 *                                                                                  `until` is performance.now() + delayMs
 *                            { name: 'down', code }, { name: 'gave up', code }, { name: 'closed' }
 *   this.connect()         starts an attempt to connect; enters `connecting`
 *   this.discard(socket)   drops a socket without waiting for the other side; does nothing if it is undefined
 *   this.ask()             asks the server for `init` again, which every live server answers
 *   this.markStable(openedAt), this.scheduleRetry(code), this.ended(code)   your own methods, below. While one exercise is checked, the
 *                                                                          others are lent by the solution
 *   this.retryable(code): boolean     whether a close code is worth a retry; read given/close-codes.ts
 *   this.attempt: number   retries planned since the last good connection; 0 at the start
 *   this.options           what the client was given: delay, maxAttempts, minUptimeMs, idleTimeoutMs …
 *   this.lastId: string | undefined   the id that the next join sends as `after`: the server replays what came later
 *   this.recent.has(id): boolean      whether this id is one of the last 1,000 that were added
 *   this.recent.add(id)               adds an id; the oldest one is forgotten
 *
 *   performance.now()                 ms on a clock that nobody can set back; Date.now() is the time of day
 *   setTimeout, clearTimeout          the global ones; clearTimeout(undefined) does nothing
 */
import { todo } from '#tools/todo.ts';
import { backoffDelay } from './backoff.ts';
import { BaseClient } from '#day4/given/base-client.ts';

/** A chat client that connects again by itself. It misses nothing that the server still remembers. */
export class ReconnectingClient extends BaseClient {
  /** Plans a retry: asks `delay(this.attempt)` once, adds 1 to this.attempt, and enters `waiting` with one timer, which calls `connect()`
   * after that many ms. If this.attempt has already reached maxAttempts (with maxAttempts 0, at once), it enters `gave up` instead. Any other
   * timer is stopped. @param code the close code of the connection that was lost */
  scheduleRetry(code: number): void {
    const { maxAttempts = Infinity, delay = backoffDelay } = this.options;
    // TODO 4.2  1. Stop the timer that the current state may have.
    //           2. If no attempt is left, enter `gave up`, and that is all.
    //           3. Otherwise get the delay, count the attempt, start the timer, and enter `waiting`.
    todo('4.2', 'scheduleRetry');
  }

  /** Called when a connection that opened at `openedAt` has ended. If it lasted minUptimeMs or longer, sets this.attempt to 0. */
  markStable(openedAt: number): void {
    const { minUptimeMs = 5000 } = this.options;
    // TODO 4.3 Work out how long the connection lasted (`openedAt` is by performance.now()), and decide.
    todo('4.3', 'markStable');
  }

  /** Called when a connection or an attempt is over. Does nothing unless the client is connecting or open. Stops the timer, discards the
   * socket, and calls markStable if the connection had opened. If `retryable` says so, enters `down` and then calls scheduleRetry(code), but
   * not if a listener has changed the state meanwhile, with close() or retryNow(). Otherwise enters `gave up`. @param code why it ended */
  ended(code: number): void {
    // TODO 4.4  1. Is there anything to end?
    //           2. Stop the timer, and let markStable decide.
    //           3. Discard the socket, and enter `down` or `gave up`, in either order.
    //           4. Plan the retry, if the client is still `down`.
    todo('4.4', 'ended');
  }

  /** Called when the connection has opened, and at each message: measures the silence from now on. After half of idleTimeoutMs, calls ask()
   * once. If the other half is silent too, calls ended(1006), which discards the socket: don't close it here. There is at most one timer, in
   * this.state.timer, so that the other methods can stop it. Does nothing unless the client is open. */
  watchSilence(): void {
    const { idleTimeoutMs = 30_000 } = this.options;
    // TODO 4.5  Stop the timer that runs. Start one for the first half; when that is over, start one for the second half, and ask.
    todo('4.5', 'watchSilence');
  }

  /** Ends the client for good, in any state. Stops the timer, enters `closed`, and closes the socket with 1000. A second call does nothing. */
  close(): void {
    // TODO 4.6  1. If the client is closed already, there is nothing to do.
    //           2. Stop the timer, enter `closed`, and close the socket that there was.
    todo('4.6', 'close');
  }

  /** Called with the id of each chat message that arrives. If `recent` has it, it is a duplicate and changes nothing. A new one is added to
   * `recent` and becomes `lastId`. Ids are opaque: never order them or take them apart. @returns whether the id is new */
  resume(id: string): boolean {
    // TODO 4.7  1. Recognise a duplicate.
    //           2. Remember a new id in both places.
    todo('4.7', 'resume');
    return true; // a placeholder, so that the rest works meanwhile: remove it, too
  }
}
