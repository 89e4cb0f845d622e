import { median } from '#tools/bench/figures.ts';
import { openMeter, type Counts } from './meter.ts';
import type { Side } from './side.ts';
import { soon, type Stage } from './stage.ts';

/** How many messages are on their way at once, in the second half of a race. */
export const BURST = 100;
const TEXT = 'x'.repeat(100);

/** What a connection costs until it is complete: the median of five, because Socket.IO's upgrade is a race. */
export async function opening(side: Side, { ports, tokens }: Stage): Promise<Counts> {
  const all: Counts[] = [];
  for (let i = 0; i < 5; i++) {
    const meter = await openMeter(ports[0]);
    const hangUp = await soon(side.dial(meter.port, tokens.issue('Ann').token), `a connection of ${side.name}`);
    all.push({ ...meter.counts });
    hangUp();
    meter.stop();
  }
  const of = (key: keyof Counts): number => median(all.map((counts) => counts[key]));
  return { connections: of('connections'), requests: of('requests'), up: of('up'), down: of('down') };
}

/** The bytes of one chat message of `size` characters, to the server and back to its sender. */
export async function message(side: Side, { ports, tokens }: Stage, size: number): Promise<[up: number, down: number]> {
  const meter = await openMeter(ports[0]);
  const person = await enter(side, meter.port, tokens.issue('Ann').token);
  const before = { ...meter.counts };
  const heard = person.next();
  person.say('x'.repeat(size));
  await soon(heard, `a message of ${side.name}`);
  const { up, down } = meter.counts;
  person.close();
  meter.stop();
  return [up - before.up, down - before.down];
}

/** Two people on two nodes: one talks, and what the other one hears is counted. */
export interface Pair {
  /** ms until `count` messages were heard on the other node, with `together` of them on their way at once */
  run(count: number, together: number): Promise<number>;
  close(): void;
}

export async function openPair(side: Side, { ports, tokens }: Stage): Promise<Pair> {
  const ann = await enter(side, ports[0], tokens.issue('Ann').token);
  const bob = await enter(side, ports[1], tokens.issue('Bob').token);
  return {
    async run(count, together) {
      const start = performance.now();
      for (let left = count; left > 0; left -= together) {
        const heard = bob.next(Math.min(left, together));
        for (let i = 0; i < Math.min(left, together); i++) ann.say(TEXT);
        await soon(heard, `${together} messages of ${side.name}`);
      }
      return performance.now() - start;
    },
    close() {
      ann.close();
      bob.close();
    },
  };
}

/** How much longer one takes than the other, in alternating rounds. @returns one ratio per round */
export async function race(
  pairs: [base: Pair, other: Pair],
  count: number,
  rounds: number,
  together: number,
): Promise<number[]> {
  for (const pair of pairs) await pair.run(Math.min(count, 500), together); // the first messages run code that isn't compiled yet
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const [first, second] = round % 2 === 0 ? pairs : [pairs[1], pairs[0]];
    const [one, two] = [await first.run(count, together), await second.run(count, together)];
    ratios.push(first === pairs[0] ? two / one : one / two);
  }
  return ratios;
}

/** Joins the lobby. */
async function enter(side: Side, port: number, token: string) {
  let [wanted, done] = [0, (): void => {}];
  const next = (count = 1): Promise<void> => {
    wanted = count;
    return new Promise((resolve) => (done = resolve));
  };
  let isIn = (): void => {};
  const joined = new Promise<void>((resolve) => (isIn = resolve));
  const client = side.createClient({
    port,
    token,
    room: 'lobby',
    hear: ({ type }) => {
      if (type === 'init') isIn();
      if (type === 'chat' && --wanted === 0) done();
    },
  });
  await soon(joined, `init of ${side.name}`);
  return { ...client, next };
}
