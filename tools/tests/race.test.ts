import { EventEmitter, once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startClients, TRANSPORTS, type Transport } from '../../day1-protocol/demo/race/clients.ts';
import { nodePlatform } from '../../day1-protocol/demo/race/node.ts';
import { optionsOf } from '../../day1-protocol/demo/race/options.ts';
import { raceServer, type Race } from '../../day1-protocol/demo/race/server.ts';
import { Source } from '../../day1-protocol/demo/race/source.ts';
import { table } from '../../day1-protocol/demo/race/table.ts';
import { Tally } from '../../day1-protocol/demo/race/tally.ts';

const BYTES = 100;
const IDS = Array.from({ length: 20 }, (_, index) => index + 1);

let source: Source;
let race: Race;
let port: number;
let finish: AbortController;
let closed: Promise<unknown>;

beforeEach(async () => {
  source = new Source(BYTES, () => performance.now());
  race = raceServer(source);
  finish = new AbortController();
  race.server.listen(0, '127.0.0.1');
  await once(race.server, 'listening');
  port = (race.server.address() as AddressInfo).port;
  closed = once(race.server, 'close');
});

afterEach(async () => {
  finish.abort();
  race.close();
  await closed;
});

/** The four clients, the ids that each has received, the polls, and a wait until all four have the same last id. */
function runClients(after = 0) {
  const origin = `http://127.0.0.1:${port}`;
  const got = Object.fromEntries(TRANSPORTS.map((name) => [name, [] as number[]])) as Record<Transport, number[]>;
  const polls: Promise<unknown>[] = [];
  const changes = new EventEmitter();
  const lane = (name: Transport) => ({
    origin,
    after,
    arrived: ({ id }: { id: number }) => {
      got[name].push(id);
      changes.emit('arrived');
    },
    failed: (reason: unknown) => changes.emit('error', reason),
    signal: finish.signal,
  });
  const platform = nodePlatform(origin);
  const fetch: typeof platform.fetch = (url, init) => {
    const answer = platform.fetch(url, init);
    if (url.includes('/polling?')) polls.push(answer);
    return answer;
  };
  startClients(lane, { ...platform, fetch }, 1);

  const everyoneHas = async (id: number) => {
    while (!TRANSPORTS.every((name) => got[name].at(-1) === id)) await once(changes, 'arrived');
  };
  return { got, everyoneHas, polls };
}

test('each transport delivers every event once and in order, and WebSocket takes the fewest bytes', async () => {
  const { got, everyoneHas, polls } = runClients();
  for (const id of IDS) {
    source.emit();
    await everyoneHas(id);
  }
  for (const name of TRANSPORTS) expect(got[name], name).toEqual(IDS);

  await Promise.all(polls); // each poll that was sent has been answered, and the next has not begun yet
  const counts = race.counts();
  for (const name of TRANSPORTS) {
    expect(counts[name].events, name).toBe(IDS.length);
    expect(counts[name].bytes, name).toBeGreaterThan(IDS.length * BYTES);
  }
  const { polling, websocket, 'long-polling': longPolling, 'server-sent-events': events } = counts;
  expect(polling.requests).toBe(polls.length);
  expect(longPolling.requests).toBeGreaterThanOrEqual(IDS.length);
  expect(events.requests).toBe(1);
  expect(websocket.requests).toBe(1);
  expect(websocket.bytes).toBe(IDS.length * (2 + BYTES));
  expect(websocket.opening).toBeGreaterThan(0);
  expect(events.opening).toBeGreaterThan(0);
  expect(websocket.bytes).toBeLessThan(events.bytes);
  expect(events.bytes).toBeLessThan(longPolling.bytes);
});

test('a burst loses nothing, even while long polling is between two requests', async () => {
  const { got, everyoneHas } = runClients();
  source.emit();
  await everyoneHas(1);
  for (let id = 2; id <= IDS.length; id++) source.emit();
  await everyoneHas(IDS.length);
  for (const name of TRANSPORTS) expect(got[name], name).toEqual(IDS);
});

test('a client that starts later gets the events after the id that it sends', async () => {
  for (let id = 1; id <= 5; id++) source.emit();
  const { got, everyoneHas } = runClients(3);
  await everyoneHas(5);
  for (const name of TRANSPORTS) expect(got[name], name).toEqual([4, 5]);
});

test('requests that share a socket are counted separately, to the byte', async () => {
  const socket = connect(port, '127.0.0.1');
  const ask = async (path: string, complete = isComplete) => {
    const request = `GET ${path} HTTP/1.1\r\nHost: race\r\n\r\n`;
    socket.write(request);
    let answer = '';
    while (!complete(answer)) answer += (await once(socket, 'data'))[0];
    return request.length + answer.length;
  };
  source.emit();
  const first = await ask('/polling?after=0');
  const elsewhere = await ask('/elsewhere');
  const long = await ask('/long-polling?after=0');
  const last = await ask('/polling?after=1');
  const opening = await ask('/server-sent-events?after=1', (answer) => answer.endsWith('\r\n\r\n'));
  const counts = race.counts();
  expect(counts.polling.bytes).toBe(first + last);
  expect(counts['long-polling'].bytes).toBe(long);
  expect(counts['server-sent-events']).toMatchObject({ opening, bytes: 0 });
  expect(elsewhere).toBeGreaterThan(0);
  socket.destroy();
});

/** Whether this is a whole answer: its headers, and as much body as they say. */
function isComplete(answer: string): boolean {
  const [head, body] = answer.split('\r\n\r\n');
  if (body === undefined) return false;
  if (/transfer-encoding: chunked/i.test(head)) return answer.endsWith('0\r\n\r\n');
  return body.length === Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
}

test('an event has the requested size', () => {
  for (const bytes of [64, 100, 10_000]) {
    expect(Buffer.byteLength(new Source(bytes, () => 1_700_000_000_000.25).emit().payload)).toBe(bytes);
  }
});

test('a tally notices what is missing, doubled or late', () => {
  const tallyOf = (...ids: number[]) => {
    const tally = new Tally(0);
    ids.forEach((id, index) => tally.add({ id, at: 10 * index }, 10 * index + id));
    return tally;
  };
  expect(tallyOf(1, 2, 3)).toMatchObject({ events: 3, mean: 2, longest: 3, inOrder: true });
  expect(tallyOf(1, 3).inOrder).toBe(false);
  expect(tallyOf(1, 1).inOrder).toBe(false);
  expect(tallyOf(1, 3, 2).inOrder).toBe(false);
});

test('the table fits a terminal of 80 columns, and has colour only if that is asked for', () => {
  const tallies = Object.fromEntries(TRANSPORTS.map((name) => [name, new Tally(0)])) as Record<Transport, Tally>;
  const plain = table(race.counts(), tallies, false);
  expect(Math.max(...plain.split('\n').map((line) => line.length))).toBeLessThan(80);
  expect(plain).not.toContain('\x1b');
  expect(table(race.counts(), tallies, true)).toContain('\x1b[');
});

test('options: defaults, values, and one line for a wrong one', () => {
  expect(optionsOf([], {})).toMatchObject({ rate: 5, seconds: 10, bytes: 100, poll: 1000, page: false });
  expect(optionsOf(['--rate', '0.5', '--page', '--port=0'], { PORT: '9000' })).toMatchObject({
    rate: 0.5,
    page: true,
    port: 0,
  });
  expect(optionsOf(['--page'], { PORT: '9000' }).port).toBe(9000);
  const bad = [
    ['--rate', 'x'],
    ['--rate'],
    ['--rate', '-5'],
    ['--rate='],
    ['--poll', '1.5'],
    ['--bytes', '1'],
    ['--fast'],
    ['word'],
    ['--port', '9000'],
    ['--page=yes'],
    ['-x'],
  ];
  for (const args of bad) expect(() => optionsOf(args, {}), args.join(' ')).toThrow(/^[^\n]*\.$/);
});
