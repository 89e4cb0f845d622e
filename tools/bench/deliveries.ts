import { Child } from './child.ts';
import type { Contender, Running } from './contenders.ts';
import type { Progress } from './progress.ts';
import { median, table, withRatio } from './table.ts';

const SIZES = [10, 100, 1000];
const PER_TURN = [1, 16];
/** Deliveries that are on their way at once, and messages of them for one client: what the network's buffers hold. */
const BURST = 10_000;
const BURST_PER_CLIENT = 320;

interface Measured {
  contender: Contender;
  server: Child;
  running: Running;
  /** µs of CPU a delivery, by `${size} ${perTurn}`, one for each round */
  figures: Map<string, number[]>;
}

/** CPU time of the server a delivery: each contender in turn, again and again, so that what else this machine does hits all of them. */
export async function deliveries(contenders: Contender[], { rounds, atLeast }: { rounds: number; atLeast: number }, progress: Progress): Promise<string> {
  const load = new Child('load.ts');
  const all = contenders.map((contender) => ({ contender, server: new Child('server.ts'), figures: new Map<string, number[]>() }));
  progress.begin('CPU a delivery', SIZES.length * PER_TURN.length * (rounds + 1) * all.length);
  try {
    const measured: Measured[] = await Promise.all(all.map(async (one) => ({ ...one, running: await one.server.ask<Running>('start', { file: one.contender.file }) })));
    for (const size of SIZES) {
      for (const { running } of measured) await load.ask('connect', { ...running, count: size });
      for (const perTurn of PER_TURN) {
        for (let round = 0; round <= rounds; round++) {
          for (const one of measured) {
            const figure = await measure(one, load, { size, perTurn, atLeast });
            const key = `${size} ${perTurn}`;
            if (round > 0) one.figures.set(key, [...(one.figures.get(key) ?? []), figure]); // the first is to warm up
            progress.step();
          }
        }
      }
    }
    return PER_TURN.map((perTurn) => report(measured, perTurn)).join('\n\n');
  } finally {
    await Promise.all([load, ...all.map(({ server }) => server)].map((child) => child.stop()));
  }
}

async function measure({ server, running }: Measured, load: Child, { size, perTurn, atLeast }: { size: number; perTurn: number; atLeast: number }): Promise<number> {
  const turns = Math.max(1, Math.floor(Math.min(BURST / size, BURST_PER_CLIENT) / perTurn));
  const count = turns * perTurn * size;
  await server.ask('cpu');
  let delivered = 0;
  while (delivered < atLeast) {
    await Promise.all([server.ask('burst', { turns, perTurn }), load.ask('hear', { port: running.port, count })]);
    delivered += count;
  }
  return (await server.ask<number>('cpu')) / delivered;
}

function report(measured: Measured[], perTurn: number): string {
  const of = (one: Measured, size: number): number => median(one.figures.get(`${size} ${perTurn}`)!);
  const rows = measured.map((one) => [one.contender.label, ...SIZES.map((size) => withRatio(of(one, size), of(measured[0], size), 2))]);
  const title = `CPU of the server a delivery, in µs, ${perTurn === 1 ? 'one message' : `${perTurn} messages`} a turn of the event loop (beside it: against plain ws)`;
  return `${title}\n${table([['', ...SIZES.map((size) => `${size.toLocaleString('en')} clients`)], ...rows])}`;
}
