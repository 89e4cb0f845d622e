import { Child } from './child.ts';
import type { Contender, Running } from './contenders.ts';
import { against, count, fixed, median, quantile, times, type Table } from './figures.ts';
import type { Progress } from './progress.ts';

/** How many messages a contender sends, one after the other, before it is the next one's turn. */
const COUNT = 100;

/** From a client of one node to a client of another, through Redis. @param redis its address */
export async function latency(
  contenders: Contender[],
  redis: string,
  rounds: number,
  progress: Progress,
): Promise<Table> {
  progress.begin('latency between two nodes', (rounds + 1) * contenders.length);
  const load = new Child('load.ts');
  const all = contenders.map((contender) => ({
    contender,
    servers: [new Child('server.ts'), new Child('server.ts')],
    rounds: [] as number[][],
  }));
  try {
    const pairs = await Promise.all(
      all.map(async (one) => ({
        ...one,
        nodes: await Promise.all(
          one.servers.map((server) => server.ask<Running>('start', { file: one.contender.file, redis })),
        ),
      })),
    );
    for (const { nodes } of pairs) for (const node of nodes) await load.ask('connect', { ...node, count: 1 });
    for (let round = 0; round <= rounds; round++) {
      for (const pair of pairs) {
        const [from, to] = pair.nodes;
        const times = await load.ask<number[]>('latencies', {
          from: from.port,
          to: to.port,
          say: from.speech.say,
          count: COUNT,
        });
        if (round > 0) pair.rounds.push(times); // the first round only warms up
        progress.step();
      }
    }
  } finally {
    await Promise.all([load, ...all.flatMap(({ servers }) => servers)].map((child) => child.stop()));
  }
  const figures = (of: (times: number[]) => number): number[][] => all.map((one) => one.rounds.map(of));
  const [middle, slow] = [figures(median), figures((times) => quantile(times, 0.9))];
  const cells = (values: number[][], i: number) => [
    fixed(median(values[i]), 2),
    times(median(against(values[i], values[0]))),
  ];
  return {
    id: 'latency',
    title: 'From a client of one node to one of another, over Redis, in ms',
    columns: ['median', '', '9 in 10 within', ''],
    rows: contenders.map(({ label }, i) => ({ label, cells: [...cells(middle, i), ...cells(slow, i)] })),
    notes: [`${count(rounds * COUNT)} messages, one by one`],
  };
}
