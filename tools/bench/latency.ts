import { Child } from './child.ts';
import type { Contender, Running } from './contenders.ts';
import type { Progress } from './progress.ts';
import { median, table, withRatio } from './table.ts';

/** Messages one after the other, before the next contender has its turn. */
const COUNT = 100;

/** From a client of one node to a client of another, through Redis. @param redis its address */
export async function latency(contenders: Contender[], redis: string, { rounds }: { rounds: number }, progress: Progress): Promise<string> {
  const load = new Child('load.ts');
  const all = contenders.map((contender) => ({ contender, servers: [new Child('server.ts'), new Child('server.ts')], times: [] as number[] }));
  progress.begin('latency between two nodes', (rounds + 1) * all.length);
  try {
    const pairs = await Promise.all(
      all.map(async (one) => ({ ...one, nodes: await Promise.all(one.servers.map((server) => server.ask<Running>('start', { file: one.contender.file, redis }))) })),
    );
    for (const { nodes } of pairs) for (const node of nodes) await load.ask('connect', { ...node, count: 1 });
    for (let round = 0; round <= rounds; round++) {
      for (const { nodes, times } of pairs) {
        const [from, to] = nodes;
        const some = await load.ask<number[]>('latencies', { from: from.port, to: to.port, say: from.speech.say, count: COUNT });
        if (round > 0) times.push(...some); // the first is to warm up
        progress.step();
      }
    }
  } finally {
    await Promise.all([load, ...all.flatMap(({ servers }) => servers)].map((child) => child.stop()));
  }
  const slow = (times: number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)];
  const [base] = all;
  const rows = all.map(({ contender, times }) => [contender.label, withRatio(median(times), median(base.times), 2), withRatio(slow(times), slow(base.times), 2)]);
  return `From a client of one node to a client of another, in ms, ${base.times.length.toLocaleString('en')} messages one after the other
${table([['', 'median', '1 in 100 is slower than'], ...rows])}`;
}
