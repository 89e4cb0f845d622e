import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Report } from './node.ts';

/** The state of a node on the dashboard. */
export type NodeState = 'starting' | 'ready' | 'not ready' | 'stopping' | 'gone';

/** What the terminal says when a node enters a state. */
export function wordsOf({ state, report }: { state: NodeState; report?: Pick<Report, 'sockets'> }): string {
  const isEmpty = !report?.sockets;
  if (state === 'ready')
    return isEmpty ? 'is ready, and empty: existing connections stay on the other nodes' : 'is ready';
  if (state === 'not ready') return 'is not ready: without the bus it serves only its own people';
  if (state === 'stopping')
    return isEmpty
      ? 'is stopping, with nobody connected to it'
      : 'is stopping: it says goodbye to its people with 1012';
  return `is ${state}`;
}

interface NodeProcessOptions {
  /** for node.ts, after the name: the address of Redis, and perhaps `stream` */
  args: string[];
  /** with which all nodes sign their tokens */
  secret: string;
  /** true: it runs on the learner's files */
  mine: boolean;
  /** called when `state` changes */
  changed: (node: NodeProcess) => void;
  /** called with each line that the node prints */
  print: (node: NodeProcess, line: string) => void;
}

/** A node in its own process. It can be started, stopped, killed, and started again. */
export class NodeProcess {
  readonly name: string;
  state: NodeState = 'gone';
  /** its last report; undefined if it is gone */
  report: Report | undefined;
  readonly #options: NodeProcessOptions;
  readonly #counts: { at: number; count: number }[] = [];
  #child: ChildProcess | undefined;

  constructor(name: string, options: NodeProcessOptions) {
    this.name = name;
    this.#options = options;
  }

  /** chat messages per second that it sent or received over the bus, in the last two seconds */
  get perSecond(): number {
    const [first, last] = [this.#counts[0], this.#counts.at(-1)];
    return first && last && last.at > first.at ? ((last.count - first.count) * 1000) / (last.at - first.at) : 0;
  }

  /** Resolves when it listens. @throws if it ends before that */
  async start(): Promise<void> {
    if (this.#child) return;
    this.#enter('starting');
    const { args, secret, mine, print } = this.#options;
    const child = fork(fileURLToPath(new URL('./node.ts', import.meta.url)), [this.name, ...args], {
      execArgv: ['--import', 'tsx', ...(mine ? [] : ['--conditions=solution'])],
      env: { ...process.env, TOKEN_SECRET: secret },
      // A pipe, not the terminal itself: a Node process that ends resets the terminal, and then each key would need Enter again.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [child.stdout!, child.stderr!])
      createInterface({ input: stream }).on('line', (line) => print(this, line));
    this.#child = child;
    child.on('message', (report) => this.#heard(report as Report));
    const ended = once(child, 'exit').then(() => this.#ended());
    await Promise.race([
      once(child, 'message'),
      ended.then(() => Promise.reject(new Error(`${this.name} has ended before it was listening.`))),
    ]);
  }

  /** Ends it at once, without any goodbye. */
  async kill(): Promise<void> {
    await this.#until((child) => child.kill('SIGKILL'));
  }

  /** Ends it as a deployment does. Resolves when it has ended. */
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
    this.#options.changed(this);
  }
}
