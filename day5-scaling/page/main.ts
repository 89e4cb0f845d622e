import type { ServerMessage } from '#day3/given/server-messages.ts';
import type { Health } from '#day5/given/internals/health.ts';
import { freshToken } from '#solutions/day4-reconnect/bonus/fresh-token.ts';
import { followNetwork } from '#solutions/day4-reconnect/bonus/network.ts';
import { Outbox } from '#solutions/day4-reconnect/bonus/outbox.ts';
import { ReconnectingClient } from '#solutions/day4-reconnect/reconnecting-client.ts';
import { fact, find, startPage } from '../../day4-reconnect/page/app.ts';

// Who is here, by userId; two people may have one name.
const people = new Map<string, string>();
let me = '';
let asked = 0;

const gap = 'Some messages may be missing here: this server could not hear what was said on the others.';
const client = startPage({ ReconnectingClient, Outbox, freshToken, followNetwork }, { gap });
client.on('message', (message) => {
  count(message);
  // No polling: a node says when something changes, with a fresh `init` or an error.
  if (message.type === 'init' || message.type === 'error') void askHealth();
});
client.on('state', ({ name }) => {
  if (name === 'open') return;
  asked++; // an answer that is still to come is about the connection before
  people.clear();
  showPeople();
  showHealth({ node: '–' });
});

function count(message: ServerMessage): void {
  if (message.type === 'init') {
    me = message.userId;
    people.clear();
    for (const { userId, name } of message.onlineUsers) people.set(userId, name);
  }
  if (message.type === 'joined' || message.type === 'renamed') people.set(message.userId, message.name);
  if (message.type === 'left') people.delete(message.userId);
  showPeople();
}

/** Asks this page's own server; behind a balancer another node than the connection's may answer. */
async function askHealth(): Promise<void> {
  const mine = ++asked;
  const response = await fetch('/healthz', { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
  const health: Partial<Health> = (await response?.json().catch(() => undefined)) ?? {}; // 503 has a body, too
  if (mine !== asked) return;
  showHealth(health);
}

function showHealth({ node = 'no answer', bus, reason = '' }: Partial<Health>): void {
  fact('node', node);
  fact('bus', bus ? `bus ${bus}` : 'bus ?');
  find('bus').dataset.state = bus === 'up' ? 'open' : bus === 'down' ? 'closed' : '';
  find('alone').hidden = bus !== 'down';
  fact('alone', bus === 'down' ? `Alone: you hear those on this node, and nobody else. ${reason}` : '');
}

function showPeople(): void {
  fact('count', `${people.size}`);
  find('people').replaceChildren(
    ...[...people].map(([userId, name]) => {
      const item = document.createElement('li');
      item.textContent = userId === me ? `${name} (you)` : name;
      return item;
    }),
  );
}
