/** The process of one contender. */
import { setImmediate as turn } from 'node:timers/promises';
import { handleRequests } from './ipc-handlers.ts';
import type { Running, Start, Together } from './contenders.ts';

let running: Running;
let before = process.cpuUsage();

handleRequests({
  async start({ file, ...together }: { file: string } & Together) {
    const { start } = (await import(`./contenders/${file}.ts`)) as { start: Start };
    running = await start(together);
    return { port: running.port, speech: running.speech };
  },
  /** Broadcasts a number of messages in each of a number of turns of the event loop. */
  async burst({ turns, perTurn }: { turns: number; perTurn: number }) {
    for (let i = 0; i < turns; i++) {
      for (let j = 0; j < perTurn; j++) running.broadcast();
      await turn();
    }
  },
  openRooms: (count: number) => running.openRooms?.(count),
  /** The CPU time since the last question, in microseconds. */
  cpu() {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    return user + system;
  },
  /** Bytes in use, buffers among them, after a garbage collection. */
  heap() {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  },
});
