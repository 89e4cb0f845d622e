import type { Contest } from './contest.ts';
import { table, times } from './figures.ts';
import type { Progress } from './progress.ts';

/**
 * How much heap an idle connection in a room costs its server. The size of the whole process says little: it grows in leaps, by far
 * more than is in use. Some clients are connected before: what the first ones load must not count for the others.
 *
 * @param count how many connections are added
 */
export async function memory(contests: Contest[], count: number, progress: Progress): Promise<string> {
  const figures: number[] = [];
  progress.begin('memory a connection', contests.length);
  for (const { server, load, connect } of contests) {
    const before = await server.ask<number>('heap');
    await connect(count);
    figures.push(((await server.ask<number>('heap')) - before) / count);
    await Promise.all([server.stop(), load.stop()]); // so that the next contender has all of the memory
    progress.step();
  }
  const rows = contests.map(({ contender }, i) => [
    contender.label,
    (figures[i] / 1024).toFixed(1),
    times(figures[i] / figures[0]),
  ]);
  return `Server's heap per idle connection, with ${count.toLocaleString('en')} of them, without the system's buffers
${table([['', 'KiB', `against ${contests[0].contender.label}`], ...rows])}`;
}
