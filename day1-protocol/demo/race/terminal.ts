import type { AddressInfo } from 'node:net';
import { colour } from '#tools/serve/colour.ts';
import { fail } from '#tools/serve.ts';
import { NAMES, startClients, TRANSPORTS, type Lane, type Transport } from './clients.ts';
import { figure } from './format.ts';
import { nodePlatform } from './node.ts';
import type { Options } from './options.ts';
import { raceServer, type Counts } from './server.ts';
import { Source, startEmitting } from './source.ts';
import { Screen, table } from './table.ts';
import { Tally } from './tally.ts';

type Tallies = Record<Transport, Tally>;

/** Runs the race in this process: the server, and the four clients, over TCP on 127.0.0.1. */
export async function raceInTerminal({ rate, seconds, bytes, poll }: Options): Promise<void> {
  const now = () => performance.now();
  const source = new Source(bytes, now);
  const race = raceServer(source);
  await new Promise<void>((resolve) => race.server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(race.server.address() as AddressInfo).port}`;

  const tallies = Object.fromEntries(TRANSPORTS.map((name) => [name, new Tally(0)])) as Tallies;
  const finish = new AbortController();
  const lane = (name: Transport): Lane => ({
    origin,
    after: 0,
    arrived: (event) => tallies[name].add(event, now()),
    failed: (reason) => fail(`${NAMES[name]} failed: ${reason}`),
    signal: finish.signal,
  });

  console.log(colour.bold('The race: the same events in four ways. What does one cost, and how long does it take?'));
  console.log(`${rate} events of ${bytes} bytes per second for ${seconds} s; polling asks every ${poll} ms.\n`);
  startClients(lane, nodePlatform(origin), poll);
  await pause(500); // let the connections open first: the race is about the events
  const stop = startEmitting(source, rate);

  const screen = new Screen();
  const draw = () => screen.draw(table(race.counts(), tallies, colour.level > 0));
  const drawing = process.stdout.isTTY ? setInterval(draw, 100) : undefined;
  await pause(seconds * 1000);
  stop();
  const complete = () => TRANSPORTS.every((name) => tallies[name].events >= source.last);
  for (let left = poll + 1000; left > 0 && !complete(); left -= 50) await pause(50); // the last poll hasn't happened yet
  clearInterval(drawing);
  draw();

  console.log(`\n${whoGotWhat(tallies, source.last)}\n\n${howToRead(race.counts(), tallies, bytes)}`);
  finish.abort();
  race.close();
}

function whoGotWhat(tallies: Tallies, events: number): string {
  const faulty = TRANSPORTS.filter((name) => tallies[name].events !== events || !tallies[name].inOrder);
  if (faulty.length === 0) return `Each of the four clients got all ${events} events, once and in order.`;
  return `Some events were lost, doubled or out of order: ${faulty.map((name) => NAMES[name]).join(', ')}.`;
}

function howToRead(counts: Counts, tallies: Tallies, bytes: number): string {
  const cost = (name: Transport) => figure(counts[name].bytes / counts[name].events, 'B');
  const wait = (name: Transport) => figure(tallies[name].mean, 'ms');
  return [
    `How to read it: an event of ${bytes} bytes took ${cost('long-polling')} by long polling, ${cost('polling')} by`,
    `polling, ${cost('server-sent-events')} by Server-Sent Events and ${cost('websocket')} by WebSocket; it waited ${wait('polling')} on`,
    `average for a poll, and ${wait('websocket')} on its way through the WebSocket.`,
    '',
    "Bytes are payload and headers in both directions, counted at the server's TCP",
    "sockets. The four clients run in Node, with a browser's headers. The bytes to",
    'open are needed once per connection. The bytes per event are without them.',
  ].join('\n');
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
