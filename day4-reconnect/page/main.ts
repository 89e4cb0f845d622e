import { LIMITS } from '#day3/given/limits.ts';
import { freshToken } from '#day4/bonus/fresh-token.ts';
import { followNetwork } from '#day4/bonus/network.ts';
import { Outbox } from '#day4/bonus/outbox.ts';
import { ReconnectingClient } from '#day4/reconnecting-client.ts';
import { startPage } from './app.ts';
import { showCountdown, Timeline } from './countdown.ts';
import { showDelays } from './delays.ts';
import { fact, find } from './facts.ts';
import { me, rename } from './me.ts';
import { People } from './people.ts';

const people = new People();
const timeline = new Timeline();
let heardAt = 0;

const client = startPage({ ReconnectingClient, Outbox, freshToken, followNetwork });
timeline.add(client.state);
client.on('state', (state) => {
  timeline.add(state);
  if (state.name === 'open' && !state.joined) heardAt = performance.now();
  if (state.name !== 'open') people.forget();
  show();
});
client.on('message', (message) => {
  heardAt = performance.now();
  people.hear(message);
  if (message.type === 'renamed' && message.userId === people.me) rename(message.name);
});
setInterval(show, 100);
showDelays();

find('draw').addEventListener('click', showDelays);
find('plan').addEventListener('click', () => {
  const { socket } = client.state;
  client.scheduleRetry(1006);
  if (client.state.socket !== socket) socket?.close(); // nobody listens to it any more
});

const name = find<HTMLInputElement>('new-name');
name.maxLength = LIMITS.name;
name.value = me.name;
find('rename').addEventListener('submit', (event) => {
  event.preventDefault();
  const wanted = name.value.trim();
  const { state } = client;
  // Without a connection, the name goes into the next token.
  if (state.name === 'open' && state.joined) state.socket.send(JSON.stringify({ type: 'setName', name: wanted }));
  else rename(wanted);
});

function show(): void {
  const { state } = client;
  // The client asks only when a connection has ended. The page asks all the time, so that one sees when it has lasted.
  if (state.name === 'open') client.markStable(state.openedAt);
  fact('attempt', `${client.attempt}`);
  const silenceMs = performance.now() - heardAt;
  fact('silence', state.name === 'open' ? `${Math.floor(silenceMs / 1000)} s` : '–');
  find<HTMLButtonElement>('plan').disabled = ['idle', 'gave up', 'closed'].includes(state.name);
  showCountdown(state, silenceMs);
  timeline.show();
}
