import { Child } from './child.ts';
import type { Contender, Running } from './contenders.ts';

/** A contender at work: its server in one process, all its clients in another. */
export interface Contest {
  contender: Contender;
  server: Child;
  load: Child;
  port: number;
  /** Connects this many more clients. */
  connect: (count: number) => Promise<void>;
}

/** Starts all of them, does the work, and ends all of them, even after an error. */
export async function withContests<T>(contenders: Contender[], work: (contests: Contest[]) => Promise<T>): Promise<T> {
  const all = contenders.map((contender) => ({
    contender,
    server: new Child('server.ts'),
    load: new Child('load.ts'),
  }));
  try {
    return await work(
      await Promise.all(
        all.map(async (one) => {
          const { port, speech } = await one.server.ask<Running>('start', { file: one.contender.file });
          return { ...one, port, connect: (count: number) => one.load.ask<void>('connect', { port, speech, count }) };
        }),
      ),
    );
  } finally {
    await Promise.all(all.map(end));
  }
}

/** Ends a contender's two processes. Its clients leave first. */
export async function end({ server, load }: Pick<Contest, 'server' | 'load'>): Promise<void> {
  await load.ask('leave').catch(() => {}); // if it has ended, there is nothing to leave
  await Promise.all([server.stop(), load.stop()]);
}
