/** A broker as a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { guard } from '#tools/brokers/guarded.ts';

export interface BrokerProcess<T> {
  child: ChildProcess;
  /** what `isReady` made of the broker's words; undefined if it ended first */
  ready: T | undefined;
  /** the end of what it has printed */
  printed: string;
  /** Ends it, even if it is frozen, and resolves when it has ended. */
  stop: () => Promise<void>;
}

/**
 * Starts a program that ends with this process, however that ends, and waits until it says that it is ready. What it
 * prints counts, because another program may answer at the port.
 *
 * @param isReady called with what it has printed so far; the first result that isn't undefined is `ready`
 */
export async function startBroker<T>(
  command: string,
  args: string[],
  isReady: (printed: string) => T | undefined,
): Promise<BrokerProcess<T>> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<undefined>((resolve) => {
    child.on('error', () => resolve(undefined)); // it could not be started
    child.on('close', () => resolve(undefined));
  });
  guard(child);
  let printed = '';
  const said = new Promise<T>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed = (printed + text).slice(-10_000);
        const ready = isReady(printed);
        if (ready !== undefined) resolve(ready);
      });
    }
  });
  const ready = await Promise.race([said, ended]);
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL'); // it has nothing to save, and a frozen process ignores other signals
    await ended;
  };
  return { child, ready, printed, stop };
}
