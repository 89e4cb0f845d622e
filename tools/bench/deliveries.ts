import type { Contest } from './contest.ts';
import { against, count, deviation, fixed, median, times, type Table } from './figures.ts';
import type { Progress } from './progress.ts';

/** How much a server works before anything counts, in ms of CPU: by then the compiler has optimized what is called often. */
const WARM_UP_MS = 200;

export interface Setting {
  clients: number;
  /** messages in one turn of the event loop */
  perTurn: number;
  /** deliveries that are on their way at once: the network's buffers hold them, so no server ever waits for its clients */
  burst: number;
}

interface Amount {
  rounds: number;
  /** how many clients, from few to many */
  sizes: number[];
  /** how many messages per turn */
  perTurn: number[];
  /** about how much CPU time a server should spend in each round; that decides how many deliveries it makes */
  cpuMs: number;
  /** how many deliveries are on their way at once, and how often a round has them at most: clients need more time than a fast server */
  burst: number;
  bursts: number;
}

/** For each setting and contender, the µs of CPU per delivery in each round. */
type Figures = Map<Setting, number[][]>;

/** The server's CPU time per delivery, against the first contender's. */
export async function deliveries(contests: Contest[], amount: Amount, progress: Progress): Promise<Table> {
  progress.begin('CPU per delivery', steps(contests, amount));
  return comparison(labelsOf(contests), await eachSetting(contests, amount, progress));
}

/** The same for more and more clients, in µs, with one message per turn. */
export async function clients(
  contests: Contest[],
  amount: Omit<Amount, 'perTurn'>,
  progress: Progress,
): Promise<Table> {
  const all = { ...amount, perTurn: [1] };
  progress.begin('more and more clients', steps(contests, all));
  return growth(labelsOf(contests), amount.sizes, await eachSetting(contests, all, progress));
}

const labelsOf = (contests: Contest[]): string[] => contests.map(({ contender }) => contender.label);
const steps = (contests: Contest[], { sizes, perTurn, rounds }: Amount): number =>
  (sizes.length * perTurn.length * (rounds + 1) + 1) * contests.length;

async function eachSetting(
  contests: Contest[],
  { rounds, sizes, perTurn: all, cpuMs, burst, bursts: most }: Amount,
  progress: Progress,
): Promise<Figures> {
  const step = (): void => progress.step();
  const figures: Figures = new Map();
  let connected = 0;
  for (const setting of sizes.flatMap((clients) => all.map((perTurn) => ({ clients, perTurn, burst })))) {
    for (const contest of contests) await contest.connect(setting.clients - connected);
    connected = setting.clients;
    if (figures.size === 0) await burstsFor(WARM_UP_MS, 4 * most, contests, setting, step);
    const bursts = await burstsFor(cpuMs, most, contests, setting, step); // the same number from now on
    figures.set(setting, await measure(contests, setting, { rounds, bursts }, step));
  }
  return figures;
}

/** How many bursts each server needs to spend that much CPU time, at most `most`. */
export async function burstsFor(
  cpuMs: number,
  most: number,
  contests: Contest[],
  setting: Setting,
  step: () => void,
): Promise<number[]> {
  const bursts: number[] = [];
  for (const contest of contests) {
    let [count, spent] = [0, 0];
    for (; spent < cpuMs * 1000 && count < most; count++)
      spent += (await burst(contest, setting, 1)) * deliveriesOf(setting);
    bursts.push(count);
    step();
  }
  return bursts;
}

/** Each contender in turn, again and again: whatever else this machine does affects all of them alike. */
export async function measure(
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

const turnsOf = ({ clients, perTurn, burst }: Setting): number => Math.max(1, Math.floor(burst / clients / perTurn));
const deliveriesOf = (setting: Setting): number => turnsOf(setting) * setting.perTurn * setting.clients;

const of = (figures: Figures, clients: number, perTurn: number): number[][] =>
  [...figures].find(([one]) => one.clients === clients && one.perTurn === perTurn)![1];

function comparison(labels: string[], figures: Figures): Table {
  const columns = [...figures]
    .toSorted(([a], [b]) => a.perTurn - b.perTurn)
    .map(([{ clients, perTurn }, one]) => ({ title: `${perTurn}/turn, ${count(clients)}`, figures: one }));
  return {
    id: 'deliveries',
    title: `Server CPU per delivery, relative to ${labels[0]}, by messages per turn and clients`,
    columns: columns.map(({ title }) => title),
    rows: labels.map((label, i) => ({
      label,
      cells: columns.map((column) => times(median(against(column.figures[i], column.figures[0])))),
    })),
    noise: deviation(
      columns.flatMap((column) => column.figures.slice(1).map((one) => against(one, column.figures[0]))),
    ),
    notes: ['0.50x: half the work.'],
  };
}

function growth(labels: string[], sizes: number[], figures: Figures): Table {
  const rounds = sizes.map((clients) => of(figures, clients, 1));
  const grown = labels.map((_, i) => against(rounds.at(-1)![i], rounds[0][i]));
  return {
    id: 'clients',
    title: 'Server CPU per delivery in µs, for more and more clients, at 1 message per turn',
    columns: [...sizes.map((clients, i) => (i === 0 ? `${count(clients)} clients` : count(clients))), 'growth'],
    rows: labels.map((label, i) => ({
      label,
      cells: [...rounds.map((all) => fixed(median(all[i]), 2)), times(median(against(grown[i], grown[0])))],
    })),
    notes: [`growth: from ${sizes[0]} to ${count(sizes.at(-1)!)} clients, against the growth of ${labels[0]}`],
  };
}
