/** What the suites of day 4 share: a client on a fake line, of which one method is the learner's and the others are the reference's. */
import { fail, fakeClock, load, onCleanUp } from '#kit';
import { ReconnectingClient as Reference } from '#solutions/day4-reconnect/reconnecting-client.ts';
import { fakeLine } from './fake-line.ts';
import type { ClientOptions, State } from '#day4/given/types.ts';

const METHODS = ['scheduleRetry', 'markStable', 'close', 'onSilence', 'resume'] as const;

/** @param mine the methods that are the learner's own; the rest is lent, so that no exercise waits for another */
export async function begin(mine: readonly (typeof METHODS)[number][], options: Partial<ClientOptions> = {}) {
  const { ReconnectingClient } = await load(() => import('#day4/reconnecting-client.ts'), 'ReconnectingClient');
  const there = Object.getOwnPropertyNames(ReconnectingClient.prototype).filter((name) => name !== 'constructor');
  for (const name of mine)
    if (!there.includes(name)) fail(`The class has no method ${name}; it has ${there.join(', ')}. Was it renamed?`);
  class Subject extends ReconnectingClient {}
  for (const name of METHODS) {
    if (!mine.includes(name))
      Object.defineProperty(Subject.prototype, name, { value: Reference.prototype[name], writable: true });
  }
  const clock = fakeClock();
  const line = fakeLine();
  const client = new Subject({
    url: () => ({ url: 'ws://127.0.0.1' }),
    room: 'lobby',
    WebSocket: line.WebSocket,
    delay: (attempt) => 1000 * 2 ** attempt,
    retryable: (code) => code !== 4001,
    ...options,
  });
  onCleanUp(() => Reference.prototype.close.call(client));
  const states: State['name'][] = [];
  const messages: { type: string; id?: string }[] = [];
  const errors: unknown[] = [];
  client.on('state', ({ name }) => states.push(name));
  client.on('message', (message) => messages.push(message));
  client.on('error', (error) => errors.push(error));
  return {
    client,
    clock,
    line,
    states,
    messages,
    errors,
    /** Time passes, and what waits for it goes on. */
    async pass(ms: number) {
      clock.advance(ms);
      await line.settle();
    },
    /** Connected, and in the room. */
    async join() {
      client.start();
      await line.settle();
      line.last.open();
      line.last.welcome();
    },
  };
}
