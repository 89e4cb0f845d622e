/** The page's script without the client. Day 4 passes the learner's client, day 5 the one of the solution. */
import type { ServerMessage } from '#day3/given/server-messages.ts';
import type { Issue, Issued } from '#day4/bonus/fresh-token.ts';
import type { BaseClient } from '#day4/given/base-client.ts';
import type { Address, ClientOptions, Outgoing, Queue } from '#day4/given/types.ts';

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
  const name = `Guest ${1 + Math.floor(Math.random() * 999)}`;
  const text = find<HTMLInputElement>('text');
  const outbox = new Outbox(20);
  const url = freshToken(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`, (renewal) =>
    issue(name, renewal),
  );
  const client = new ReconnectingClient({ url, room, outbox });

  let wasOpen = false;
  client.on('state', (state) => {
    if (wasOpen && 'code' in state) note(`The connection was lost, with code ${state.code}.`);
    wasOpen = state.name === 'open';
    if (wasOpen) find('problem').hidden = true;
    show();
  });
  client.on('message', received);
  client.on('error', (error) =>
    note(`Attempt ${client.attempt} failed: ${error instanceof Error ? error.message : error}`),
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
    show();
  });
  find('retry').addEventListener('click', () => client.retryNow());
  find('close').addEventListener('click', () => client.close());
  return client;

  function received(message: ServerMessage): void {
    if (message.type === 'chat')
      row(message.name === name ? 'sent' : 'received', { who: message.name, text: message.text, size: message.id });
    if (message.type === 'joined') note(`${message.name} has joined.`);
    if (message.type === 'left') note(`${message.name} has left.`);
    if (message.type === 'gap' && find('log').lastElementChild?.textContent?.trim() !== gap) note(gap); // once is enough
    if (message.type === 'error') note(`The server says: ${message.message}`);
    show();
  }

  function show(): void {
    const { state } = client;
    const words = state.name === 'open' && !state.joined ? 'open, joining' : state.name;
    find('state').dataset.state = BADGES[state.name];
    fact('state', words);
    fact('name', name);
    fact('state-name', words);
    fact('attempt', `${client.attempt}`);
    fact(
      'next',
      state.name === 'waiting'
        ? `${(Math.max(0, state.until - performance.now()) / 1000).toFixed(1)} of ${(state.delayMs / 1000).toFixed(1)} s`
        : '–',
    );
    fact('last-id', client.lastId ?? 'none yet');
    fact(
      'outbox',
      outbox.waiting.length === 0
        ? 'nothing'
        : `${outbox.waiting.length}: ${outbox.waiting
            .map((message) => message.text)
            .join(', ')
            .slice(0, 80)}`,
    );
    find<HTMLButtonElement>('retry').disabled = !['waiting', 'gave up', 'down'].includes(state.name);
    find<HTMLButtonElement>('close').disabled = state.name === 'closed';
  }
}

/** Exchanges the renewal for a new token: the user stays the same through all attempts. */
async function issue(name: string, renewal?: string): Promise<Issued> {
  const response = await fetch('/token', {
    method: 'POST',
    body: JSON.stringify({ name, renewal }),
    signal: AbortSignal.timeout(8000),
  });
  if (!response.ok) throw new Error(`no token, status ${response.status}`);
  return response.json();
}

/** Texts and names come from strangers. As textContent they stay text, and are never taken for HTML. */
function row(className: string, parts: Record<string, string>): void {
  const item = document.createElement('p');
  item.className = className;
  for (const [part, content] of Object.entries(parts)) {
    const span = document.createElement('span');
    span.className = part;
    span.textContent = content;
    item.append(span, ' ');
  }
  const log = find('log');
  log.append(item);
  log.scrollTop = log.scrollHeight;
}

const note = (words: string): void => row('system', { text: words });

/** Writes a fact only if it has changed: a screen reader reads out each write. */
export function fact(id: string, words: string): void {
  const element = document.getElementById(id);
  if (element && element.textContent !== words) element.textContent = words;
}

export function find<E extends HTMLElement>(id: string): E {
  return document.getElementById(id) as E;
}
