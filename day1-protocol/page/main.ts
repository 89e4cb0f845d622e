import { find } from './inspector/dom.ts';
import { startInspector } from './inspector/inspector.ts';
import { count } from './inspector/words.ts';

const STATES = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'];
const address = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`;
const log = find('log');
const text = find<HTMLInputElement>('text');
const path = await startInspector(); // first, so that it sees the handshake
let socket = connect();

find('send').addEventListener('submit', (event) => {
  event.preventDefault();
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.send(text.value);
  record('sent', text.value);
  text.select();
});
find('send-binary').addEventListener('click', () => {
  const bytes = new Uint8Array([0x00, 0x7f, 0x80, 0xff]); // the last two are not valid UTF-8
  socket.send(bytes);
  record('sent', bytes);
});
for (const [id, count] of Object.entries({ 'send-long': 256, 'send-longer': 65_536 })) {
  find(id).addEventListener('click', () => {
    socket.send('x'.repeat(count));
    record('sent', 'x'.repeat(count));
  });
}
find('close').addEventListener('click', () => {
  socket.close(1000);
  log.focus(); // this button will be disabled, and would lose the focus
  show();
});
find('connect').addEventListener('click', () => {
  socket = connect();
  show();
  text.focus();
});
show();

function connect(): WebSocket {
  const socket = new WebSocket(address + path);
  socket.binaryType = 'arraybuffer'; // the default is a Blob, which has to be read asynchronously
  socket.addEventListener('open', () => note('The connection is open.'));
  socket.addEventListener('message', ({ data }) =>
    record('received', typeof data === 'string' ? data : new Uint8Array(data)),
  );
  // A page is never told why a connection failed: it could scan its visitor's network. The console is told.
  socket.addEventListener('error', () =>
    note('The connection failed. A page is not told why: look into the console (F12).'),
  );
  socket.addEventListener('close', ({ code, reason, wasClean }) => {
    note(`The connection is closed, with code ${code}${reason && `, ${reason}`}.`);
    find('close-code').textContent = `${code}`;
    find('was-clean').textContent = wasClean ? 'yes: both sides sent a close frame' : 'no: it was cut off';
  });
  return socket;
}

/** Makes badge, facts and buttons show the socket's state. */
function show(): void {
  const { readyState } = socket;
  const badge = find('state');
  badge.dataset.state = STATES[readyState].toLowerCase();
  badge.textContent = STATES[readyState];
  find('address').textContent = address;
  find('ready-state').textContent = `${readyState} (${STATES[readyState]})`;
  find('close-code').textContent = find('was-clean').textContent = 'not closed yet';
  for (const id of ['send-text', 'send-binary', 'send-long', 'send-longer', 'close'])
    find<HTMLButtonElement>(id).disabled = readyState !== WebSocket.OPEN;
  find<HTMLButtonElement>('connect').disabled = readyState !== WebSocket.CLOSED;
}

function record(direction: 'sent' | 'received', data: string | Uint8Array): void {
  const kind = typeof data === 'string' ? 'text' : 'binary';
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data; // an é has two, an emoji four
  const shown =
    typeof data === 'string'
      ? shortened(data)
      : Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const who = direction === 'sent' ? '↑ sent' : '↓ received';
  row(direction, {
    who,
    text: shown,
    size: `${count(bytes.length)}, ${kind}`,
  }).dataset.kind = kind;
}

const shortened = (text: string): string =>
  text.length > 100 ? `${text.slice(0, 40)} … ${(text.length - 40).toLocaleString('en-GB')} more characters` : text;

function note(words: string): void {
  row('system', { text: words });
  show();
}

function row(className: string, parts: Record<string, string>): HTMLElement {
  const item = document.createElement('p');
  item.className = className;
  for (const [part, content] of Object.entries(parts)) {
    const span = document.createElement('span');
    span.className = part;
    span.textContent = content; // never innerHTML: what a peer sends stays text
    item.append(span, ' ');
  }
  log.append(item);
  log.scrollTop = log.scrollHeight;
  return item;
}
