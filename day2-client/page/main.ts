import { RealtimeClient } from '#day2/client.ts';
import type { Closed, State } from '#day2/given/base-client.ts';

const STATES = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'];
const MISBEHAVE = [
  'bad JSON',
  'no object',
  'binary',
  'type open',
  'type __proto__',
  'close 1011',
  'close 4001',
  'cut the line',
];
let problems = 0;

const client = new RealtimeClient(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`, {
  onState: showState,
  onTraffic: (direction, data) => {
    row(direction, typeof data === 'string' ? data : 'binary', size(data));
    if (direction === 'received') sayWhoListens(data);
  },
  onProblem: ({ message }) => {
    find('problems').textContent = `${++problems}, and still running`;
    row('problem', `Problem: ${message}`);
  },
});
client.on('welcome', ({ text }) => row('system', `A handler for "welcome" was called: ${text}`));
client.on('echo', ({ text }) => row('system', `A handler for "echo" was called: ${text}`));
connect();

find('connect').addEventListener('click', connect);
find('send').addEventListener('submit', (event) => {
  event.preventDefault();
  const sent = client.send({ type: 'echo', text: find<HTMLInputElement>('text').value });
  if (!sent) row('system', 'send() returned false: the message was not handed over.');
});
find('time').addEventListener('click', () => ask('time'));
find('silence').addEventListener('click', () => ask('silence'));
find('close').addEventListener('submit', (event) => {
  event.preventDefault();
  const code = Number(find<HTMLInputElement>('code').value);
  try {
    client.close(code, 'from the page');
  } catch (error) {
    row('system', `close(${code}) threw ${error}`);
  }
});
for (const how of MISBEHAVE) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = how;
  button.addEventListener('click', () => {
    if (!client.send({ type: 'misbehave', how })) row('system', 'send() returned false: the server was not told.');
  });
  find('misbehave').append(button);
}

function connect(): void {
  client.connect().then(
    () => row('system', `connect() resolved, readyState ${client.socket?.readyState}.`),
    (error: Error) => row('system', `connect() rejected: ${error.message}`),
  );
}

function ask(type: string): void {
  const asked = client.request({ type }, 3_000);
  showWaiting();
  asked
    .then(
      (reply) => row('system', `request() resolved: ${JSON.stringify(reply)}`),
      (error: Error) => row('system', `request() rejected: ${error.message}`),
    )
    .finally(showWaiting);
}

function showState(state: State, closed?: Closed): void {
  find('state').dataset.state = state;
  find('state').textContent = state.toUpperCase();
  find('ready-state').textContent = `${client.socket?.readyState} (${STATES[client.socket?.readyState ?? 3]})`;
  if (closed)
    find('last-close').textContent =
      `${closed.code}${closed.reason && `, ${closed.reason}`}, ${closed.wasClean ? 'clean' : 'not clean'}`;
  if (closed) row('system', `The connection is closed, with code ${closed.code}.`);
}

function showWaiting(): void {
  find('waiting').textContent = `${client.waiting.size} requests`;
}

/** A message for which there is no handler is no problem, and yet something to see. */
function sayWhoListens(data: unknown): void {
  try {
    const { type, requestId } = JSON.parse(String(data));
    if (typeof type !== 'string' || client.waiting.has(requestId) || client.handlers.get(type)?.size) return;
    row('system', `No handler for "${type}"; still readyState ${client.socket?.readyState}.`);
  } catch {} // no message: that is the client's to report
}

/** One line of the log. Text only: what came over the wire is never taken for HTML. */
function row(kind: 'sent' | 'received' | 'system' | 'problem', text: string, bytes?: number): void {
  const line = document.createElement('p');
  line.className = kind;
  const part = (name: string, content: string): void => {
    const span = document.createElement('span');
    span.className = name;
    // JSON has no spaces: a line may end behind a comma.
    span.append(...content.split(/(?<=,)/).flatMap((piece) => [piece, document.createElement('wbr')]));
    line.append(span);
  };
  if (kind === 'sent' || kind === 'received') part('who', kind === 'sent' ? '↑ sent' : '↓ received');
  part('text', text);
  if (bytes !== undefined) part('size', `${bytes} bytes`);
  find('log').append(line);
  find('log').scrollTop = find('log').scrollHeight;
}

/** In bytes, as the payload of its frame. */
function size(data: unknown): number {
  return typeof data === 'string' ? new TextEncoder().encode(data).length : (data as ArrayBuffer).byteLength;
}

function find<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}
