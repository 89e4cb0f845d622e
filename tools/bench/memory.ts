import { Child } from './child.ts';
import type { Contender, Running } from './contenders.ts';
import type { Progress } from './progress.ts';
import { median, table, withRatio } from './table.ts';

/** Files that a process has open besides its connections, generously. */
const OTHERS = 200;

interface Bytes {
  rss: number;
  heap: number;
}

/** What an idle connection, in a room, costs its server in memory. @param wanted so many, unless the system allows fewer */
export async function memory(contenders: Contender[], { wanted, rounds }: { wanted: number; rounds: number }, progress: Progress): Promise<string> {
  const count = Math.min(wanted, openFiles() - OTHERS);
  const figures = new Map<Contender, Bytes[]>(contenders.map((contender) => [contender, []]));
  progress.begin('memory a connection', rounds * contenders.length);
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      figures.get(contender)!.push(await measure(contender, count));
      progress.step();
    }
  }
  const of = (contender: Contender, kind: keyof Bytes): number => median(figures.get(contender)!.map((bytes) => bytes[kind])) / 1024;
  const cell = (contender: Contender, kind: keyof Bytes): string => withRatio(of(contender, kind), of(contenders[0], kind), 1);
  const rows = contenders.map((contender) => [contender.label, cell(contender, 'heap'), cell(contender, 'rss')]);
  const fewer = count < wanted ? ` (not ${wanted.toLocaleString('en')}: the system allows no more open files)` : '';
  return `Memory of the server an idle connection, in KiB, with ${count.toLocaleString('en')} of them${fewer}; the system's own buffers come besides
${table([['', 'heap and buffers', 'whole process'], ...rows])}`;
}

async function measure({ file }: Contender, count: number): Promise<Bytes> {
  const [server, load] = [new Child('server.ts'), new Child('load.ts')];
  try {
    const { port, speech } = await server.ask<Running>('start', { file });
    await load.ask('connect', { port, speech, count: 10 }); // what the first connections load is not theirs
    const before = await server.ask<Bytes>('memory');
    await load.ask('connect', { port, speech, count: count + 10 });
    const after = await server.ask<Bytes>('memory');
    return { rss: (after.rss - before.rss) / count, heap: (after.heap - before.heap) / count };
  } finally {
    await Promise.all([server.stop(), load.stop()]);
  }
}

/** How many a process may have; Windows has no such limit. */
function openFiles(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft: number | string } } };
  return Number(userLimits?.open_files?.soft) || Infinity; // it may be the word "unlimited"
}
