import { colour } from '#tools/serve/colour.ts';
import { listen, pageHandler } from '#tools/serve.ts';
import type { Options } from './options.ts';
import { raceServer, type Counts } from './server.ts';
import { Source, startEmitting } from './source.ts';

/** What the page gets twice per second, over a WebSocket of its own at `/state`. */
export interface State {
  /** the id of the newest event: the page's clients start after it */
  last: number;
  /** when this was sent, in ms of the source's clock */
  now: number;
  rate: number;
  bytes: number;
  poll: number;
  counts: Counts;
}

const EVERY = 500; // ms

/** Serves the page whose browser runs the four clients, until Ctrl+C. */
export async function racePage({ rate, bytes, poll, port, lan }: Options): Promise<void> {
  console.log(
    colour.bold('The race: the same events in four ways, in your browser. Open the page, and click to start it'),
  );
  const source = new Source(bytes, Date.now);
  const race = raceServer(source, {
    request: pageHandler(import.meta.url, '.'),
    socket: (socket) => {
      const tell = () => {
        const state: State = { last: source.last, now: Date.now(), rate, bytes, poll, counts: race.counts() };
        socket.send(JSON.stringify(state));
      };
      const timer = setInterval(tell, EVERY);
      socket.on('close', () => clearInterval(timer));
      socket.on('error', () => {}); // 'close' follows
      tell();
    },
  });
  const stop = startEmitting(source, rate);
  await listen(race.server, { name: 'The race', flags: { port, lan }, stop });
}
