import { RealtimeClient } from '#day2/client.ts';
import type { Closed, State } from '#day2/given/base-client.ts';
import { bareSend, STATES } from './bare-send.ts';
import { bonus } from './bonus.ts';

const SERVER = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`;
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

const client = new RealtimeClient(SERVER, {
  onState: showState,
  onTraffic: (direction, data) => {
    row(direction, typeof data === 'string' ? data : 'binary', size(data));
    if (direction === 'received') sayWhoListens(data);
    if (typeof data !== 'string') showBytes(data);
  },
  onProblem: ({ message }) => {
    find('problems').textContent = `${++problems} reported`;
    row('problem', `Problem: ${message}`);
  },
});
const extra = bonus(client);
for (const type of ['welcome', 'echo']) {
  client.on(type, ({ text }) => row('system', `The handler for "${type}" was called: ${textOf(text)}`));
}
connect();

find('connect').addEventListener('click', connect);
find('send').addEventListener('submit', (event) => {
  event.preventDefault();
  const sent = client.send({ type: 'echo', text: find<HTMLInputElement>('text').value });
  if (!sent) row('system', 'send() returned false: the message was not sent.');
});
find('time').addEventListener('click', () => ask('time'));
find('silence').addEventListener('click', () => ask('silence'));
find('close').addEventListener('submit', (event) => {
  event.preventDefault();
  const code = find<HTMLInputElement>('code').value.trim();
  try {
    if (code === '') client.close();
    else client.close(Number(code), 'from the page');
    if (client.socket?.readyState === WebSocket.OPEN)
      row('system', `close(${code}) returned, and the socket is still OPEN.`);
  } catch (error) {
    row('system', `close(${code}) threw ${error}`);
  }
});
for (const how of MISBEHAVE) {
  addButton('misbehave', how, () => {
    if (!client.send({ type: 'misbehave', how }))
      row('system', 'send() returned false: the server knows nothing of it.');
  });
}
find('queue').addEventListener('click', () => row('system', extra.queue(find<HTMLInputElement>('text').value)));
find('flood').addEventListener('click', () => row('system', extra.flood()));
for (const state of STATES) {
  addButton('bare-send', state, async () => row('system', await bareSend(SERVER, state)));
}

function addButton(place: string, words: string, pressed: () => void): void {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = words;
  button.addEventListener('click', pressed);
  find(place).append(button);
}

function connect(): void {
  client.connect().then(
    () => row('system', `connect() resolved, readyState ${client.socket?.readyState}.`),
    (error: Error) => row('system', `connect() rejected: ${error.message}. The browser's console may say why.`),
  );
}

function ask(type: string): void {
  const asked = client.request({ type }, 3_000);
  showWaiting();
  asked
    .then(
      (reply) => row('system', `request() resolved: ${textOf(reply)}`),
      (error: Error) => row('system', `request() rejected: ${error.message}`),
    )
    .finally(showWaiting);
}

function showState(state: State, closed?: Closed): void {
  find('state').dataset.state = state;
  find('state').textContent = state.toUpperCase();
  const { socket } = client;
  find('ready-state').textContent = socket ? `${socket.readyState} (${STATES[socket.readyState]})` : 'no socket';
  if (closed)
    find('last-close').textContent =
      `${closed.code}${closed.reason && `, ${closed.reason}`}, ${closed.wasClean ? 'clean' : 'not clean'}`;
  if (closed) row('system', `The connection is closed, with code ${closed.code}.`);
  const flushed = state === 'open' ? extra.flush() : undefined;
  if (flushed) row('system', flushed);
}

function showBytes(data: unknown): void {
  extra.bytes(data).then(
    (words) => row('system', words),
    (error: Error) => row('system', error.message),
  );
}

function showWaiting(): void {
  const { size } = client.waiting;
  find('waiting').textContent = `${size} ${size === 1 ? 'request' : 'requests'}`;
}

/** A value from a message, as a text: not everything that JSON can hold has one, and deep nesting overflows JSON.stringify. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value);
  } catch {
    return `a value of type ${typeof value} that can't be shown`;
  }
}

/** A message without a handler isn't a problem, but the log shows it, so that it doesn't seem to be lost. */
function sayWhoListens(data: unknown): void {
  try {
    const { type, requestId } = JSON.parse(String(data));
    if (typeof type !== 'string' || client.waiting.has(requestId) || client.handlers.get(type)?.size) return;
    row('system', `No handler for "${type}"; still readyState ${client.socket?.readyState}.`);
  } catch {} // not a message: the client reports it
}

/** Adds a line to the log, as text: nothing that came over the wire is ever treated as HTML. */
function row(kind: 'sent' | 'received' | 'system' | 'problem', text: string, bytes?: number): void {
  const line = document.createElement('p');
  line.className = kind;
  const part = (name: string, content: string): void => {
    const span = document.createElement('span');
    span.className = name;
    // JSON has no spaces, so let a line break after a comma.
    span.append(...content.split(/(?<=,)/).flatMap((piece) => [piece, document.createElement('wbr')]));
    line.append(span);
  };
  if (kind === 'sent' || kind === 'received') part('who', kind === 'sent' ? '↑ sent' : '↓ received');
  part('text', text);
  if (bytes !== undefined) part('size', `${bytes} bytes`);
  find('log').append(line);
  find('log').scrollTop = find('log').scrollHeight;
}

/** How many bytes of payload the data has in its frame. */
function size(data: unknown): number {
  return typeof data === 'string' ? new TextEncoder().encode(data).length : (data as ArrayBuffer).byteLength;
}

function find<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}
