import type { State } from '#day4/given/types.ts';
import { Outbox } from '#solutions/day4-reconnect/bonus/outbox.ts';
import { ReconnectingClient } from '#solutions/day4-reconnect/reconnecting-client.ts';
import type { Wish } from '../protocol.ts';

/** What the page says about its connection, and which `data-state` has its colour and shape. */
const WORDS: Record<State['name'], [string, string]> = {
  idle: ['closed', 'not connected'],
  connecting: ['connecting', 'connecting'],
  open: ['open', 'connected'],
  down: ['closed', 'not connected'],
  waiting: ['waiting', 'not connected, tries again'],
  'gave up': ['closed', 'not connected'],
  closed: ['closed', 'not connected'],
};

export const find = <E extends HTMLElement = HTMLElement>(id: string): E => document.getElementById(id) as E;

/**
 * Connects the page with the board: shows the state of the connection and refusals, and comes back by itself.
 *
 * @param show called with each view that the board sends
 * @returns sends a wish, now or when the connection is back
 */
export function connect<View>(
  room: 'instructor' | 'voter',
  show: (view: View) => void,
): (wish: Wish<typeof room>) => void {
  const outbox = new Outbox();
  const client = new ReconnectingClient({
    url: async () => ({ url: `ws://${location.host}`, protocols: ['chat', `token.${await token(room)}`] }),
    room,
    outbox,
  });
  const [state, problem] = [find('state'), find('problem')];
  client.on('state', ({ name }) => ([state.dataset.state, state.textContent] = WORDS[name]));
  client.on('message', (message) => {
    if (message.type === 'error') {
      outbox.waiting.length = 0; // it would be refused again and again
      problem.textContent =
        message.code === 'not-here'
          ? "This page works on the instructor's own machine only, and under the name localhost."
          : message.message;
      problem.hidden = false;
    } else if (message.type === 'chat' && message.userId === 'board') {
      show(JSON.parse(message.text) as View);
    }
  });
  client.start();
  return (wish) => {
    problem.hidden = true;
    client.send(JSON.stringify(wish));
  };
}

/** This browser's token. The board signed it, so that each browser has one vote. A new one is needed after the board has forgotten everything. */
async function token(room: string): Promise<string> {
  const key = `class ${room}`;
  const kept = localStorage.getItem(key);
  if (kept && (await fetch('/token', { headers: { Authorization: `Bearer ${kept}` } })).ok) return kept;
  const answer = await fetch('/token', { method: 'POST', body: JSON.stringify({ name: room }) });
  const { token } = (await answer.json()) as { token: string };
  localStorage.setItem(key, token);
  return token;
}
