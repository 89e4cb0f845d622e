import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

interface Waiting {
  resolve(result: never): void;
  reject(error: Error): void;
}

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const one of alive) one.kill('SIGKILL'); // they have nothing to save. If even this doesn't run, they notice that we have ended.
});

/** A process on the reference solutions that answers questions. Each contender has its own, so memory and CPU time can be told apart. */
export class Child {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #closed: Promise<void>;
  #ended: Error | undefined;
  #printed = '';
  #ids = 0;

  /** @param file beside this one; it calls `answer` */
  constructor(file: string) {
    const execArgv = ['--import', 'tsx', '--conditions=solution', '--expose-gc'];
    this.#process = fork(fileURLToPath(new URL(file, import.meta.url)), {
      execArgv,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    alive.add(this.#process);
    this.#process.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (this.#printed = (this.#printed + text).slice(-2000)));
    this.#process.on('message', ({ id, result, error }: { id: number; result: never; error?: string }) => {
      const one = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) one?.resolve(result);
      else one?.reject(plain(error));
    });
    this.#process.on('error', (error) => this.#fail(error.message));
    this.#closed = new Promise((resolve) => {
      this.#process.on('close', (code, signal) => {
        alive.delete(this.#process);
        this.#fail(`it has ended (${signal ?? code}). ${this.#printed}`.trim());
        resolve();
      });
    });
  }

  /** Asks, and resolves with the answer. @throws Error with the child's message, or when it has ended */
  ask<T>(name: string, argument?: unknown): Promise<T> {
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      const id = ++this.#ids;
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ id, name, argument }, (error) => error && this.#fail(error.message));
    });
  }

  /** Ends it, and resolves when it has ended. */
  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#closed;
  }

  #fail(reason: string): void {
    this.#ended ??= plain(reason);
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}

/** An error that is reported in one line, without a stack: it happened in another process. */
const plain = (reason: string): Error =>
  Object.assign(new Error(`A process of the measurement could not go on: ${reason}`), { plain: true });
