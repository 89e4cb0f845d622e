import type { ServerMessage } from '#day3/server-messages.ts';
import { freshToken, type Issued } from '#day4/bonus/fresh-token.ts';
import { followNetwork } from '#day4/bonus/network.ts';
import { Outbox } from '#day4/bonus/outbox.ts';
import { ReconnectingClient } from '#day4/reconnecting-client.ts';

const BADGES = { idle: 'closed', connecting: 'connecting', open: 'open', down: 'closed', waiting: 'waiting', 'gave up': 'closed', closed: 'closed' };
const name = `Guest ${1 + Math.floor(Math.random() * 999)}`;
const log = find('log');
const text = find<HTMLInputElement>('text');
const outbox = new Outbox(20);
const client = new ReconnectingClient({
  url: freshToken(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`, issue),
  room: 'lobby',
  outbox,
});

let wasOpen = false;
client.on('state', (state) => {
  if (wasOpen && 'code' in state) note(`The connection is gone, with code ${state.code}.`);
  wasOpen = state.name === 'open';
  show();
});
client.on('message', received);
client.on('error', (error) => note(`Attempt ${client.attempt + 1} failed: ${error instanceof Error ? error.message : error}`));
followNetwork(client, window);
setInterval(show, 100); // the countdown; the client itself has one timer
client.start();

find('say').addEventListener('submit', (event) => {
  event.preventDefault();
  if (text.value.trim() === '') return;
  const became = client.send(text.value);
  find('problem').hidden = became !== 'dropped';
  find('problem').textContent = 'Not sent, and not kept: there is no room in the outbox, or no outbox yet.';
  if (became !== 'dropped') text.value = '';
  show();
});
find('retry').addEventListener('click', () => client.retryNow());
find('close').addEventListener('click', () => client.close());

/** Exchanges the renewal for a token: the same user, through all attempts. */
async function issue(renewal?: string): Promise<Issued> {
  const response = await fetch('/token', { method: 'POST', body: JSON.stringify({ name, renewal }), signal: AbortSignal.timeout(8000) });
  if (!response.ok) throw new Error(`no token, status ${response.status}`);
  return response.json();
}

function received(message: ServerMessage): void {
  if (message.type === 'chat') row(message.name === name ? 'sent' : 'received', { who: message.name, text: message.text, size: message.id });
  if (message.type === 'joined') note(`${message.name} has joined.`);
  if (message.type === 'left') note(`${message.name} has left.`);
  if (message.type === 'gap') note('Some messages may be missing here: the server does not remember that far back.');
  if (message.type === 'error') note(`The server says: ${message.message}`);
  show();
}

function show(): void {
  const { state } = client;
  const badge = find('state');
  badge.dataset.state = BADGES[state.name];
  const words = state.name === 'open' && !state.joined ? 'open, joining' : state.name;
  if (badge.textContent !== words) badge.textContent = words;
  find('name').textContent = name;
  find('state-name').textContent = words;
  find('attempt').textContent = `${client.attempt}`;
  find('next').textContent = state.name === 'waiting' ? `${(Math.max(0, state.until - performance.now()) / 1000).toFixed(1)} s of ${(state.delayMs / 1000).toFixed(1)} s` : '–';
  find('last-id').textContent = client.lastId ?? 'none yet';
  find('outbox').textContent = outbox.waiting.length === 0 ? 'nothing' : `${outbox.waiting.length}: ${outbox.waiting.map((message) => message.text).join(', ').slice(0, 80)}`;
  find<HTMLButtonElement>('retry').disabled = !['waiting', 'gave up', 'down'].includes(state.name);
  find<HTMLButtonElement>('close').disabled = state.name === 'closed';
}

function note(words: string): void {
  row('system', { text: words });
}

function row(className: string, parts: Record<string, string>): void {
  const item = document.createElement('p');
  item.className = className;
  for (const [part, content] of Object.entries(parts)) {
    const span = document.createElement('span');
    span.className = part;
    span.textContent = content;
    item.append(span, ' ');
  }
  log.append(item);
  log.scrollTop = log.scrollHeight;
}

function find<E extends HTMLElement>(id: string): E {
  return document.getElementById(id) as E;
}
