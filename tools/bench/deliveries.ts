import type { Contest } from './contest.ts';
import { against, median, deviation, table, times } from './figures.ts';
import type { Progress } from './progress.ts';

/** Deliveries that are on their way at once: the network's buffers hold them, so no server ever waits for its clients. */
const BURST = 10_000;
/** How much a server works before anything counts, in ms of CPU: by then the compiler has optimized what is called often. */
const WARM_UP_MS = 200;

interface Setting {
  clients: number;
  /** messages in one turn of the event loop */
  perTurn: number;
}

interface Amount {
  rounds: number;
  /** how many clients, from few to many; the first number is used with one message per turn only */
  sizes: number[];
  /** about how much CPU time a server should spend in each round; that decides how many deliveries it makes */
  cpuMs: number;
}

/** For each setting and contender, the µs of CPU per delivery in each round. */
type Figures = Map<Setting, number[][]>;

/** The server's CPU time per delivery. */
export async function deliveries(
  contests: Contest[],
  { rounds, sizes, cpuMs }: Amount,
  progress: Progress,
): Promise<string> {
  const settings = sizes.flatMap((clients, i) => (i === 0 ? [1] : [1, 16]).map((perTurn) => ({ clients, perTurn })));
  progress.begin('CPU per delivery', (settings.length * (rounds + 1) + 1) * contests.length);
  const step = (): void => progress.step();
  const figures: Figures = new Map();
  let connected = 0;
  for (const setting of settings) {
    for (const contest of contests) await contest.connect(setting.clients - connected);
    connected = setting.clients;
    if (figures.size === 0) await burstsFor(WARM_UP_MS, contests, setting, step);
    const bursts = await burstsFor(cpuMs, contests, setting, step); // the same number from now on
    figures.set(setting, await measure(contests, setting, { rounds, bursts }, step));
  }
  return report(
    contests.map(({ contender }) => contender.label),
    sizes,
    figures,
  );
}

/** How many bursts each server needs to spend that much CPU time. */
async function burstsFor(cpuMs: number, contests: Contest[], setting: Setting, step: () => void): Promise<number[]> {
  const bursts: number[] = [];
  for (const contest of contests) {
    let [count, spent] = [0, 0];
    for (; spent < cpuMs * 1000; count++) spent += (await burst(contest, setting, 1)) * deliveriesOf(setting);
    bursts.push(count);
    step();
  }
  return bursts;
}

/** Each contender in turn, again and again: whatever else this machine does affects all of them alike. */
async function measure(
  contests: Contest[],
  setting: Setting,
  { rounds, bursts }: { rounds: number; bursts: number[] },
  step: () => void,
): Promise<number[][]> {
  const figures: number[][] = contests.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, contest] of contests.entries()) {
      figures[i].push(await burst(contest, setting, bursts[i]));
      step();
    }
  }
  return figures;
}

/** Broadcasts, waits until all clients have received everything, and repeats that. @returns µs of CPU per delivery */
async function burst({ server, load, port }: Contest, setting: Setting, bursts: number): Promise<number> {
  const [turns, count] = [turnsOf(setting), deliveriesOf(setting)];
  await server.ask('cpu');
  for (let i = 0; i < bursts; i++)
    await Promise.all([server.ask('burst', { turns, perTurn: setting.perTurn }), load.ask('hear', { port, count })]);
  return (await server.ask<number>('cpu')) / (bursts * count);
}

const turnsOf = ({ clients, perTurn }: Setting): number => Math.max(1, Math.floor(BURST / clients / perTurn));
const deliveriesOf = (setting: Setting): number => turnsOf(setting) * setting.perTurn * setting.clients;

function report(labels: string[], sizes: number[], figures: Figures): string {
  const of = (clients: number, perTurn: number): number[][] =>
    [...figures].find(([one]) => one.clients === clients && one.perTurn === perTurn)![1];
  const columns = [1, 16].flatMap((perTurn) =>
    sizes.slice(1).map((clients) => ({ title: `${perTurn}/turn, ${people(clients)}`, figures: of(clients, perTurn) })),
  );
  const ratios = labels.map((label, i) => [
    label,
    ...columns.map((column) => times(median(against(column.figures[i], column.figures[0])))),
  ]);
  const growth = labels.map((label, i) => [label, ...sizes.map((clients) => median(of(clients, 1)[i]).toFixed(2))]);
  const noise = deviation(
    columns.flatMap((column) => column.figures.slice(1).map((one) => against(one, column.figures[0]))),
  );
  return `Server CPU per delivery, relative to ${labels[0]}, by messages per turn and clients
${table([['', ...columns.map(({ title }) => title)], ...ratios])}
  0.50x: half the work. A single round was off by ${(noise * 100).toFixed(1)} %, typically.

The same in µs for more and more clients, at 1 message per turn
${table([['', ...sizes.map((clients) => `${people(clients)} clients`)], ...growth])}`;
}

const people = (clients: number): string => clients.toLocaleString('en');
