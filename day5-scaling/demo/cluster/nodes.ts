import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Report } from './node.ts';

/** What the dashboard shows of a node. */
export type NodeState = 'starting' | 'ready' | 'not ready' | 'stopping' | 'gone';

/** What the terminal says of a node when it enters a state. */
export function wordsOf({ state, report }: { state: NodeState; report?: Pick<Report, 'sockets'> }): string {
  const isEmpty = !report?.sockets;
  if (state === 'ready')
    return isEmpty ? 'is ready, and waits for new connections: the others stay where they are' : 'is ready';
  if (state === 'not ready') return 'is not ready: without the bus it serves its own people';
  if (state === 'stopping')
    return isEmpty
      ? 'is stopping: nobody is connected to it'
      : 'is stopping: it closes its connections with 1012, one by one';
  return `is ${state}`;
}

/** A node as a process: started, stopped, killed, and started again. */
export class NodeProcess {
  readonly name: string;
  state: NodeState = 'gone';
  /** what it said last; nothing is known of one that is gone */
  report: Report | undefined;
  readonly #args: string[];
  readonly #secret: string;
  readonly #changed: (node: NodeProcess) => void;
  readonly #counts: { at: number; count: number }[] = [];
  #child: ChildProcess | undefined;

  /** @param args of node.ts: the name, the address of Redis, `stream` or nothing; @param changed called at each other `state` */
  constructor([name, ...rest]: string[], secret: string, changed: (node: NodeProcess) => void) {
    this.name = name;
    this.#args = [name, ...rest];
    this.#secret = secret;
    this.#changed = changed;
  }

  /** chat messages a second that it sent or heard on the bus, over the last two seconds */
  get perSecond(): number {
    const [first, last] = [this.#counts[0], this.#counts.at(-1)];
    return first && last && last.at > first.at ? ((last.count - first.count) * 1000) / (last.at - first.at) : 0;
  }

  /** Resolves when it listens. @throws where it ends before that */
  async start(): Promise<void> {
    if (this.#child) return;
    this.#enter('starting');
    const child = fork(fileURLToPath(new URL('./node.ts', import.meta.url)), this.#args, {
      execArgv: ['--import', 'tsx', '--conditions=solution'],
      env: { ...process.env, TOKEN_SECRET: this.#secret },
      // Not the terminal itself: a process of Node's that ends puts it back to how it was, and keys would need Enter again.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    child.stdout?.pipe(process.stdout, { end: false });
    child.stderr?.pipe(process.stderr, { end: false });
    this.#child = child;
    child.on('message', (report) => this.#heard(report as Report));
    const ended = once(child, 'exit').then(() => this.#ended());
    await Promise.race([
      once(child, 'message'),
      ended.then(() => Promise.reject(new Error(`${this.name} did not start.`))),
    ]);
  }

  /** Ends it at once: no goodbye, to nobody. */
  async kill(): Promise<void> {
    await this.#until((child) => child.kill('SIGKILL'));
  }

  /** Ends it as a deployment does; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#enter('stopping');
    await this.#until((child) => child.send('stop', () => {}));
  }

  async #until(act: (child: ChildProcess) => void): Promise<void> {
    if (!this.#child) return;
    const ended = once(this.#child, 'exit');
    act(this.#child);
    await ended;
  }

  #heard(report: Report): void {
    this.report = report;
    this.#counts.push({ at: performance.now(), count: report.sent + report.heard });
    if (this.#counts.length > 9) this.#counts.shift();
    if (this.state !== 'stopping') this.#enter(report.ready ? 'ready' : 'not ready');
  }

  #ended(): void {
    this.#child = this.report = undefined;
    this.#counts.length = 0;
    this.#enter('gone');
  }

  #enter(state: NodeState): void {
    if (state === this.state || (state === 'stopping' && !this.#child)) return;
    this.state = state;
    this.#changed(this);
  }
}
