/** The page's script without the client. Day 4 passes the learner's client, day 5 the one of the solution. */
import type { ServerMessage } from '#day3/given/server-messages.ts';
import type { Issue, Issued } from '#day4/bonus/fresh-token.ts';
import type { BaseClient } from '#day4/given/base-client.ts';
import type { Address, ClientOptions, Outgoing, Queue } from '#day4/given/types.ts';
import { fact, find } from './facts.ts';
import { Log } from './log.ts';
import { me, remember } from './me.ts';

export { fact, find };

/** The parts that the exercises of day 4 provide. */
export interface Parts {
  ReconnectingClient: new (options: ClientOptions) => BaseClient;
  Outbox: new (limit: number) => Queue & { readonly waiting: Outgoing[] };
  freshToken: (url: string, issue: Issue) => () => Promise<Address>;
  followNetwork: (client: BaseClient, network: EventTarget) => unknown;
}

const BADGES = {
  idle: 'closed',
  connecting: 'connecting',
  open: 'open',
  down: 'closed',
  waiting: 'waiting',
  'gave up': 'closed',
  closed: 'closed',
};
const GAP = 'Messages may be missing here: the history of the server does not go back that far.';

/**
 * Runs the chat on a page with the elements of index.html. A fact without an element is not shown.
 *
 * @param options.room the room to join
 * @param options.gap the text for a `gap` in the log
 * @returns the client, already started: add listeners before anything is awaited
 */
export function startPage(
  { ReconnectingClient, Outbox, freshToken, followNetwork }: Parts,
  { room = 'lobby', gap = GAP } = {},
): BaseClient {
  const log = new Log(find('log'));
  const text = find<HTMLInputElement>('text');
  const outbox = new Outbox(20);
  const url = freshToken(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`, issue);
  const client = new ReconnectingClient({ url, room, outbox });

  const names = new Map<string, string>();
  let wasOpen = false;
  client.on('state', (state) => {
    if (wasOpen && 'code' in state) log.note(`The connection was lost, with code ${state.code}.`);
    if (state.name === 'closed') log.closed();
    wasOpen = state.name === 'open';
    if (wasOpen) find('problem').hidden = true;
    show();
  });
  client.on('message', received);
  client.on('error', (error) =>
    log.note(`Attempt ${client.attempt} failed: ${error instanceof Error ? error.message : error}`, 'attempt'),
  );
  followNetwork(client, window);
  setInterval(show, 100); // for the countdown; the client itself has only one timer
  client.start();

  find('say').addEventListener('submit', (event) => {
    event.preventDefault();
    if (text.value.trim() === '') return;
    const became = client.send(text.value);
    find('problem').hidden = became !== 'dropped';
    const isOver = client.state.name === 'closed';
    find('problem').textContent = isOver
      ? 'Not sent: this client is closed for good. Reload the page to connect again.'
      : 'Not sent, and not kept: the outbox is full, or exercise 4.a is not written yet.';
    if (became !== 'dropped') text.value = '';
    for (const message of outbox.waiting) log.waits(message, me.name);
    show();
  });
  find('retry').addEventListener('click', () => client.retryNow());
  find('close').addEventListener('click', () => client.close());
  return client;

  function received(message: ServerMessage): void {
    if (message.type === 'init') log.joined(message.userId, message.last);
    else if (message.type === 'chat') log.chat(message);
    else if (message.type === 'gap') log.gap(gap);
    else log.live();
    if (message.type === 'init') for (const { userId, name } of message.onlineUsers) names.set(userId, name);
    if (message.type === 'joined') log.note(`${message.name} has joined.`);
    if (message.type === 'left') log.note(`${message.name} has left.`);
    if (message.type === 'renamed')
      log.note(`${names.get(message.userId) ?? 'Somebody'} is now called ${message.name}.`);
    if (message.type === 'joined' || message.type === 'renamed') names.set(message.userId, message.name);
    if (message.type === 'error') log.note(`The server says: ${message.message}`);
    show();
  }

  function show(): void {
    const { state } = client;
    const words = state.name === 'open' && !state.joined ? 'open, joining' : state.name;
    find('state').dataset.state = BADGES[state.name];
    fact('state', words);
    fact('name', me.name);
    fact(
      'next',
      state.name === 'waiting'
        ? `${(Math.max(0, state.until - performance.now()) / 1000).toFixed(1)} of ${(state.delayMs / 1000).toFixed(1)} s`
        : '–',
    );
    fact('last-id', client.lastId ?? 'none yet');
    fact('outbox', outbox.waiting.length === 0 ? 'nothing' : `${outbox.waiting.length} waiting`);
    find<HTMLButtonElement>('retry').disabled = !['waiting', 'gave up', 'down'].includes(state.name);
    find<HTMLButtonElement>('close').disabled = state.name === 'closed';
  }
}

/** Exchanges the renewal for a new token: the user stays the same through all attempts. */
async function issue(renewal?: string): Promise<Issued> {
  // A reload keeps who this is: the first call of a page has no renewal yet, and takes the one from before.
  const last = me.renewal;
  me.renewal = undefined;
  const body = JSON.stringify({ name: me.name, renewal: renewal ?? last });
  const response = await fetch('/token', { method: 'POST', body, signal: AbortSignal.timeout(8000) }).catch(() => {
    me.renewal = last;
    throw new Error('the server cannot be reached.');
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`the server gave no token. ${answer.message}`);
  remember(answer.renewal);
  return answer;
}
