import { COMPRESSED, NODE } from './contenders.ts';
import { end, withContests, type Contest } from './contest.ts';
import { count, fixed, times, type Table } from './figures.ts';
import type { Progress } from './progress.ts';

/** How many connections come before the measurement: what the first ones load must not count for the others. */
const FIRST = 300;
/** How many connections compress their messages. */
const COMPRESSING = 300;

/**
 * How much heap an idle connection in a room costs its server. The size of the whole process says little: it grows in leaps, by far
 * more than is in use.
 *
 * @param idle how many connections are added
 */
export async function memory(contests: Contest[], idle: number, progress: Progress): Promise<Table> {
  const figures: number[] = [];
  progress.begin('memory per connection', contests.length);
  for (const { server, load, connect } of contests) {
    const before = await server.ask<number>('heap');
    await connect(idle);
    figures.push(((await server.ask<number>('heap')) - before) / idle);
    await end({ server, load }); // so that the next contender has all of the memory
    progress.step();
  }
  return {
    id: 'memory',
    title: `Server's heap per idle connection, with ${count(idle)} of them, without the system's buffers`,
    columns: ['KiB', `against ${contests[0].contender.label}`],
    rows: contests.map(({ contender }, i) => ({
      label: contender.label,
      cells: [fixed(figures[i] / 1024, 1), times(figures[i] / figures[0])],
    })),
  };
}

/**
 * What many connections cost one process, and what compression costs.
 *
 * @param wanted how many connections
 * @param most how many the system allows
 */
export async function moreMemory(wanted: number, most: number, progress: Progress): Promise<Table> {
  const many = Math.min(wanted, most);
  progress.begin('many connections, and compression', 3);
  const perConnection = await withContests([NODE], async ([{ server, connect }]) => {
    await connect(FIRST);
    const before = await server.ask<number>('heap');
    await connect(many - FIRST);
    return ((await server.ask<number>('heap')) - before) / (many - FIRST);
  });
  progress.step();
  const [idle, after] = await withContests([COMPRESSED], async ([{ server, load, port, connect }]) => {
    await connect(10);
    const before = await server.ask<number>('heap');
    await connect(COMPRESSING);
    const connected = await server.ask<number>('heap');
    progress.step();
    await load.ask('say', { port, last: COMPRESSING });
    await load.ask('hear', { port, count: COMPRESSING });
    return [connected - before, (await server.ask<number>('heap')) - before].map((bytes) => bytes / COMPRESSING);
  });
  progress.step();
  return {
    id: 'more-memory',
    title: 'The same with many connections, and with compression (permessage-deflate)',
    columns: ['KiB'],
    rows: [
      { label: `${NODE.label}, ${count(many)} connections`, cells: [fixed(perConnection / 1024, 1)] },
      { label: 'plain ws that compresses, idle', cells: [fixed(idle / 1024, 1)] },
      { label: 'plain ws that compresses, after one message each way', cells: [fixed(after / 1024, 1)] },
    ],
    notes: many < wanted ? [`${count(wanted)} connections were wanted; the system allows ${count(many)}.`] : [],
  };
}
