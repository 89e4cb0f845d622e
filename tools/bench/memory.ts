import type { Contest } from './contest.ts';
import { table, times } from './figures.ts';
import { atMost } from './open-files.ts';
import type { Progress } from './progress.ts';

/** Connections that are there before: what the first ones load is not theirs. */
const FIRST = 1000;

/** What an idle connection, in a room, costs its server in heap. The process as a whole is no measure: it grows in leaps, by far more than is in use. @param wanted so many, unless the system allows fewer */
export async function memory(contests: Contest[], { wanted }: { wanted: number }, progress: Progress): Promise<string> {
  const most = atMost(FIRST + wanted);
  const first = Math.min(FIRST, most >> 1);
  const count = most - first;
  const figures: number[] = [];
  progress.begin('memory a connection', contests.length);
  for (const contest of contests) {
    figures.push(await measure(contest, first, count));
    progress.step();
  }
  const rows = contests.map(({ contender }, i) => [contender.label, (figures[i] / 1024).toFixed(1), times(figures[i] / figures[0])]);
  const fewer = count < wanted ? ` (${wanted.toLocaleString('en')} were too many open files)` : '';
  return `Heap of the server an idle connection, with ${count.toLocaleString('en')} of them${fewer}; the system's buffers come besides
${table([['', 'KiB', `against ${contests[0].contender.label}`], ...rows])}`;
}

async function measure({ server, load, connect }: Contest, first: number, count: number): Promise<number> {
  await connect(first);
  const before = await server.ask<number>('heap');
  await connect(first + count);
  const after = await server.ask<number>('heap');
  await Promise.all([server.stop(), load.stop()]); // its memory is the next one's
  return (after - before) / count;
}
