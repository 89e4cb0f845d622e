import type { ServerMessage } from '#day3/given/server-messages.ts';
import type { Health } from '#day5/given/internals/health.ts';
import { freshToken } from '#solutions/day4-reconnect/bonus/fresh-token.ts';
import { followNetwork } from '#solutions/day4-reconnect/bonus/network.ts';
import { Outbox } from '#solutions/day4-reconnect/bonus/outbox.ts';
import { ReconnectingClient } from '#solutions/day4-reconnect/reconnecting-client.ts';
import { paint } from '../../day3-chat/page/person-colour.ts';
import { fact, find, startPage } from '../../day4-reconnect/page/app.ts';

// Who is here, by userId, because two people may have the same name.
const people = new Map<string, { name: string; unreachable?: boolean }>();
let me = '';
let asked = 0;
/** whether the node of this connection can't reach the others; undefined while nobody knows */
let isAlone: boolean | undefined;

const gap = 'gap: Some messages may be missing here. This node could not hear the others, or has just started.';
const client = startPage({ ReconnectingClient, Outbox, freshToken, followNetwork }, { gap });
client.on('message', (message) => {
  count(message);
  const isInit = message.type === 'init';
  if (!isInit && !(message.type === 'error' && message.code === 'alone')) return;
  // During an outage an `init` marks the people who can't be reached. If it marks nobody, an `alone` follows.
  isAlone = !isInit || message.onlineUsers.some(({ unreachable }) => unreachable);
  void askHealth();
});
client.on('state', ({ name }) => {
  if (name === 'open') return;
  asked++; // an answer that is still on its way is about the old connection
  isAlone = undefined;
  people.clear();
  showPeople();
  showHealth({ node: '–' });
});

function count(message: ServerMessage): void {
  if (message.type === 'init') {
    me = message.userId;
    people.clear();
    for (const { userId, ...person } of message.onlineUsers) people.set(userId, person);
  }
  if (message.type === 'joined' || message.type === 'renamed') people.set(message.userId, message);
  if (message.type === 'left') people.delete(message.userId);
  showPeople();
}

/** Asks the server of this page for its name, and why its bus is down. */
async function askHealth(): Promise<void> {
  const mine = ++asked;
  showHealth({ node: '…' });
  const response = await fetch('/healthz', { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
  const health: Partial<Health> = (await response?.json().catch(() => undefined)) ?? {}; // a 503 has a body, too
  if (mine !== asked) return;
  // Behind a balancer, another node than that of the connection may have answered: then its reason says nothing about this one.
  const isAnother = health.bus !== undefined && (health.bus === 'down') !== isAlone;
  showHealth(isAnother ? { node: health.node } : health);
}

function showHealth({ node = 'no answer', reason = '' }: Partial<Health>): void {
  fact('node', node);
  const bus = isAlone === undefined ? '?' : isAlone ? 'down' : 'up';
  fact('bus', `bus ${bus}`);
  find('bus').dataset.state = { up: 'open', down: 'closed', '?': '' }[bus];
  find('alone').hidden = !isAlone;
  fact('alone', isAlone ? `This node is alone: you hear only the people on it. ${reason}` : '');
}

function showPeople(): void {
  fact('count', `${[...people.values()].filter(({ unreachable }) => !unreachable).length}`);
  find('people').replaceChildren(
    ...[...people].map(([userId, { name, unreachable }]) => {
      const item = document.createElement('li');
      item.textContent = userId === me ? `${name} (you)` : unreachable ? `${name} (can't be reached)` : name;
      if (unreachable) item.className = 'unreachable';
      else paint(item, userId);
      return item;
    }),
  );
}
