import { setImmediate as turn } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { load, onCleanUp, serveTcp, within } from '#kit';
import { BoundedHistory } from '#day4/given/history.ts';
import type { ClientOptions, Socket, State } from '#day4/given/types.ts';
import { Outbox } from '#solutions/day4-reconnect/bonus/outbox.ts';
import { ReconnectingClient as ReferenceClient } from '#solutions/day4-reconnect/reconnecting-client.ts';
import { openApp } from '#tools/tests/helpers/day3/app.ts';
import { Chaos } from '../chaos/proxy.ts';

const METHODS = ['scheduleRetry', 'markStable', 'ended', 'watchSilence', 'close', 'resume'] as const;
export type Method = (typeof METHODS)[number];

/** A chat with a history, and a network in front of it that can be broken. */
export async function openStage() {
  const app = await openApp({ chat: { history: new BoundedHistory(1000) } });
  const chaos = new Chaos(app.port);
  const port = await serveTcp(chaos.server);
  onCleanUp(() => chaos.cut());

  /**
   * Somebody with your client, not started yet, and an outbox of the reference's.
   *
   * @param own the methods that are yours; the reference's take the place of the others
   */
  const person = async (name: string, own: readonly Method[] = METHODS, options: Partial<ClientOptions> = {}) => {
    let renewal: string | undefined;
    const address = () => {
      const issued = app.tokens.issue(name, renewal);
      renewal = issued.renewal;
      return { url: `ws://127.0.0.1:${port}`, protocols: ['chat', `token.${issued.token}`] };
    };
    return track(await openClient(own, { url: address, room: 'lobby', outbox: new Outbox(1000), ...options }), name);
  };
  return { ...app, chaos, person };
}

/** Your client, with the reference's methods for those that are not `own`. It is closed at the end of the trial. */
export async function openClient(own: readonly Method[], options: ClientOptions) {
  const { ReconnectingClient } = await load(() => import('#day4/reconnecting-client.ts'), 'ReconnectingClient');
  const client = new ReconnectingClient({ WebSocket: WebSocket as unknown as new (url: string) => Socket, ...options });
  for (const method of METHODS)
    if (!own.includes(method)) Object.assign(client, { [method]: ReferenceClient.prototype[method] });
  onCleanUp(() => {
    const { socket, timer } = client.state;
    client.state = { name: 'closed' }; // whatever its own `close` does, it must not come back
    clearTimeout(timer);
    (socket as WebSocket | undefined)?.terminate();
  });
  return client;
}

/** Records what a client goes through, and waits for it. */
function track(client: Awaited<ReturnType<typeof openClient>>, name: string) {
  const states: string[] = [];
  const heard: string[] = [];
  let wake = (): void => {};
  client.on('state', (state) => {
    states.push(state.name);
    wake();
  });
  client.on('message', (message) => {
    heard.push(message.type === 'chat' ? message.text : message.type);
    wake();
  });
  /** Waits until something holds. It is looked at when the client changes its state, and when a message comes. */
  const until = async (holds: () => boolean, what: string): Promise<void> => {
    while (!holds())
      await within(
        new Promise<void>((resolve) => (wake = resolve)),
        what,
        () => `${name}'s client is "${client.state.name}". Before: ${states.slice(-6).join(', ') || 'nothing'}.`,
      );
  };
  const isJoined = (): boolean => client.state.name === 'open' && client.state.joined;
  return {
    name,
    client,
    states,
    heard,
    isJoined,
    until,
    joined: (when: string) => until(isJoined, `${name} in the room, ${when}`),
    state: (wanted: State['name'], when: string) =>
      until(() => client.state.name === wanted, `the state "${wanted}", ${when}`),
  };
}
export type Person = ReturnType<typeof track>;

/** Lets the fake time pass, in small steps, until something holds. Sockets get their turn after each step. */
export async function pass(
  clock: { advance: (ms: number) => void },
  holds: () => boolean,
  what: string,
  people: Person[],
): Promise<void> {
  let isOver = false;
  const passing = (async () => {
    while (!holds() && !isOver) {
      clock.advance(20);
      await turn();
    }
  })();
  const now = () =>
    people
      .map(({ name, client, heard }) => `${name} is "${client.state.name}" and has heard ${heard.length}.`)
      .join(' ');
  await within(passing, what, now).finally(() => (isOver = true));
}
