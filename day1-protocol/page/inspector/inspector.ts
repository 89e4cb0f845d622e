/** The frame inspector: it shows the bytes of this page's connections, as the server reports them. */
import type { Report } from '#day1/given/inspector/reports.ts';
import { Connection, PEERS } from './connection.ts';
import { find, make } from './dom.ts';
import { explore } from './explorer.ts';
import { startKnobs } from './knobs.ts';
import { WireList } from './wire-list.ts';

/** Nobody can guess it. Anyone who knows it can watch this page's connections. */
const ID = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('');
const PATIENCE_MS = 3000;

const list = new WireList(find('wire'));
const connections = new Map<number, Connection>();

/**
 * Starts it. Resolves when the server watches, so that the next handshake is seen, or when it is clear that it won't.
 *
 * @returns the path for the page's WebSocket: with it, the server knows whose bytes these are
 */
export async function startInspector(): Promise<string> {
  for (const id of ['wire', 'preview']) explore(find(id), explain);
  startKnobs(ID, status);
  setInterval(showConnections, 1000);
  const source = new EventSource(`/inspector/reports?watch=${ID}`);
  await new Promise<void>((resolve) => {
    source.addEventListener('open', () => resolve());
    source.addEventListener('error', () => resolve());
    setTimeout(resolve, PATIENCE_MS);
    source.addEventListener('message', ({ data }) => take(JSON.parse(data), source));
    source.addEventListener('error', () => lost());
  });
  return `/?watch=${ID}`;
}

function take(report: Report, source: EventSource): void {
  if (report.type === 'hello') return greet(report.heartbeat);
  if (report.type === 'elsewhere') {
    source.close();
    return status('Too many tabs of this page are open: this one sees no more bytes. Close some, and reload.', true);
  }
  if (report.type === 'opened') {
    connections.set(report.connection, new Connection(report.connection, report.peer, list));
    return showConnections();
  }
  const connection = connections.get(report.connection);
  if (report.type === 'bytes')
    connection?.bytes(
      report.from,
      Uint8Array.from(atob(report.base64), (letter) => letter.charCodeAt(0)),
    );
  if (report.type === 'acceptKey') connection?.acceptKey(report);
  if (report.type === 'closed') connection?.close(report.cut);
  showConnections();
}

function greet(heartbeat: number | undefined): void {
  if (connections.size > 0) status('The server is back. Reload this page.');
  connections.clear(); // a new stream watches new connections only, and counts them from 1
  showConnections();
  find('sweep').textContent = heartbeat
    ? `It stays silent, also when it is pinged. A heartbeat (exercise 1.7) finds it after one to two intervals of ${heartbeat} s.`
    : 'It stays silent, also when it is pinged. This server has no heartbeat.';
}

function lost(): void {
  status(
    'The server is gone. Its terminal says why. Is it an "error" event? See exercise 1.6. Start the server again.',
    true,
  );
  for (const connection of connections.values()) connection.closed ??= performance.now();
}

/** One line about each connection that is open, and about the last one that was closed. */
function showConnections(): void {
  const all = [...connections].filter(([, { closed }]) => closed === undefined || performance.now() - closed < 10_000);
  const lines = all.map(([number, { peer, opened, closed }]) => {
    const seconds = Math.floor(((closed ?? performance.now()) - opened) / 1000);
    return make(
      'li',
      '',
      make('b', 'tag', `#${number}`),
      ` ${PEERS[peer]}: ${closed ? 'closed after' : 'open for'} ${seconds} s`,
    );
  });
  find('connections').replaceChildren(...lines);
}

function explain(field: HTMLElement): void {
  for (const one of document.querySelectorAll('.field.current')) one.classList.remove('current');
  field.classList.add('current');
  find('explanation').textContent = field.dataset.says ?? '';
}

function status(words: string, isBad = false): void {
  const box = find('inspector-status');
  box.textContent = words;
  box.hidden = words === '';
  box.classList.toggle('danger', isBad);
}
