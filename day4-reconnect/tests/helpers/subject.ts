/** The client under test, on a fake line: the methods of one exercise are the learner's, the others come from the solution. */
import { fail, fakeClock, load, onCleanUp } from '#kit';
import { ReconnectingClient as Reference } from '#solutions/day4-reconnect/reconnecting-client.ts';
import { fakeLine } from './fake-line.ts';
import type { ClientOptions, State } from '#day4/given/types.ts';

const METHODS = ['scheduleRetry', 'markStable', 'ended', 'watchSilence', 'close', 'resume'] as const;

/** @param mine the learner's own methods; the others are lent by the solution, so that no exercise waits for another */
export async function begin(mine: readonly (typeof METHODS)[number][], options: Partial<ClientOptions> = {}) {
  const { ReconnectingClient } = await load(() => import('#day4/reconnecting-client.ts'), 'ReconnectingClient');
  const clock = fakeClock();
  const line = fakeLine();
  const client = new ReconnectingClient({
    url: () => ({ url: 'ws://127.0.0.1' }),
    room: 'lobby',
    WebSocket: line.WebSocket,
    delay: (attempt) => 1000 * 2 ** attempt,
    retryable: (code) => code !== 4001,
    ...options,
  });
  // On the object itself: a method may also be an arrow function in a field of the class.
  for (const name of METHODS) {
    if (!mine.includes(name)) Object.defineProperty(client, name, { value: Reference.prototype[name], writable: true });
    else if (typeof client[name] !== 'function')
      fail(`ReconnectingClient has no method ${name}. Was it renamed? It has ${methodsOf(client).join(', ')}.`);
  }
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
    /** Time passes, and everything that waited for it happens. */
    async pass(ms: number) {
      clock.advance(ms);
      await line.settle();
    },
    /** Connects, and enters the room. */
    async join() {
      client.start();
      await line.settle();
      line.last.open();
      line.last.welcome();
    },
  };
}

/** The learner's own methods, as methods or as fields. */
function methodsOf(client: object): string[] {
  const own = Object.entries(client).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  const inherited = Object.getOwnPropertyNames(Object.getPrototypeOf(client));
  return [...own, ...inherited].filter((name) => name !== 'constructor');
}
