import { NAMES, startClients, TRANSPORTS, type Transport } from './clients.ts';
import { figure } from './format.ts';
import type { State } from './page.ts';
import { Tally } from './tally.ts';

const element = (id: string) => document.getElementById(id) as HTMLElement;
const badge = element('state');
const finish = new AbortController();
let latest: State | undefined;
let tallies: Record<Transport, Tally> | undefined;
const ENOUGH = 5; // events of each client, before they are compared
let skew = Infinity; // how many ms this machine's clock is ahead of the server's

const rows = TRANSPORTS.map((name) => {
  const row = element('rows').appendChild(document.createElement('tr'));
  const head = row.appendChild(document.createElement('th'));
  head.scope = 'row';
  head.append(NAMES[name]);
  const detail = head.appendChild(document.createElement('small'));
  return { name, detail, cells: [addCell(row), addCell(row), addCell(row)] };
});

const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/state`);
socket.onmessage = ({ data }) => {
  const state = JSON.parse(data) as State;
  compareClocks(state.now);
  if (!latest) getReady(state);
  latest = state;
  if (tallies) show(state, tallies);
};
socket.onclose = () => {
  finish.abort();
  badge.dataset.state = 'closed';
  badge.textContent = 'the server has stopped';
  setInterval(comeBack, 2000);
};

/** From now on, a click starts the race: before it, the class can be asked. */
function getReady({ poll, rate, bytes }: State): void {
  badge.dataset.state = 'waiting';
  badge.textContent = 'ready';
  element('settings').textContent =
    `${rate} events per second, ${bytes} bytes each. Polling asks every ${poll / 1000} s.`;
  const button = element('start') as HTMLButtonElement;
  button.disabled = false;
  button.onclick = () => {
    tallies ??= start(latest!);
    element('question').hidden = true;
    element('verdict').hidden = false;
  };
}

/** Starts the four clients; each of them gets every event after the newest one. */
function start({ last, poll }: State): Record<Transport, Tally> {
  const all = Object.fromEntries(TRANSPORTS.map((name) => [name, new Tally(last)])) as Record<Transport, Tally>;
  const lane = (name: Transport) => ({
    origin: location.origin,
    after: last,
    arrived: (event: { id: number; at: number }) => all[name].add(event, Date.now() - skew),
    failed: () => failed(name),
    signal: finish.signal,
  });
  startClients(lane, { fetch: (url, init) => fetch(url, init), EventSource, WebSocket }, poll);
  badge.dataset.state = 'open';
  badge.textContent = 'live';
  return all;
}

function show({ counts }: State, all: Record<Transport, Tally>): void {
  const figures = rows.map(({ name }) => {
    const { bytes, requests, events } = counts[name];
    return [bytes / events, requests / events, all[name].mean];
  });
  // Somebody without an event isn't slow, and one event says little.
  const isReady = rows.every(({ name }) => all[name].events >= ENOUGH && counts[name].events >= ENOUGH);
  element('verdict').textContent = isReady ? verdict(figures) : `Waiting until each client has ${ENOUGH} events …`;
  const units = ['B', '', 'ms'];
  rows.forEach(({ name, detail, cells }, index) => {
    const opening = counts[name].opening / counts[name].requests;
    detail.textContent = `${all[name].events} events${opening ? `, ${figure(opening, 'B')} to open` : ''}`;
    cells.forEach(({ number, bar }, column) => {
      const value = figures[index][column];
      const most = Math.max(...figures.map((row) => row[column]));
      number.textContent = isReady ? figure(value, units[column]) : '…';
      bar.hidden = !isReady;
      if (isReady) bar.style.setProperty('--share', `${(100 * value) / most}%`);
    });
  });
}

/** Which is the slowest, which takes the most bytes, and what WebSocket needs. @param figures bytes, requests and latency of each row */
function verdict(figures: number[][]): string {
  const worst = (column: number): number =>
    figures.reduce((most, row, index) => (row[column] > figures[most][column] ? index : most), 0);
  const [largest, slowest] = [worst(0), worst(2)];
  const [bytes, , latency] = figures[TRANSPORTS.indexOf('websocket')];
  return [
    `Slowest: ${NAMES[TRANSPORTS[slowest]]}, ${figure(figures[slowest][2], 'ms')}.`,
    `Most bytes: ${NAMES[TRANSPORTS[largest]]}, ${figure(figures[largest][0], 'B')} per event.`,
    `WebSocket: ${figure(latency, 'ms')} and ${figure(bytes, 'B')}.`,
  ].join(' ');
}

function addCell(row: HTMLElement): { number: HTMLElement; bar: HTMLElement } {
  const cell = row.appendChild(document.createElement('td'));
  const number = cell.appendChild(document.createElement('b'));
  const bar = cell.appendChild(document.createElement('span'));
  bar.className = 'bar';
  bar.append(document.createElement('span'));
  bar.hidden = true;
  return { number, bar };
}

/** On one machine there is one clock. Otherwise the fastest message shows the difference, plus its own travel time. */
function compareClocks(sent: number): void {
  const oneMachine = ['localhost', '127.0.0.1'].includes(location.hostname);
  skew = oneMachine ? 0 : Math.min(skew, Date.now() - sent);
}

function failed(name: Transport): void {
  if (socket.readyState !== WebSocket.OPEN) return; // the server is gone, and the page says so already
  badge.dataset.state = 'closed';
  badge.textContent = `${NAMES[name]} failed`;
}

/** Reloads the page once the server answers again. */
function comeBack(): void {
  fetch('/').then(
    () => location.reload(),
    () => {},
  );
}
