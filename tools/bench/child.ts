import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

interface Waiting {
  resolve(result: never): void;
  reject(error: Error): void;
}

/** A process of its own, on the reference solutions, that answers questions: so each has a processor and a memory to itself. */
export class Child {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #ended: Error | undefined;
  #ids = 0;

  /** @param file beside this one; it calls `answer` */
  constructor(file: string) {
    this.#process = fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv: ['--import', 'tsx', '--conditions=solution', '--expose-gc'] });
    this.#process.on('message', ({ id, result, error }: { id: number; result: never; error?: string }) => {
      const one = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) one?.resolve(result);
      else one?.reject(new Error(error));
    });
    this.#process.on('exit', (code, signal) => {
      this.#ended = new Error(`A process of the measurement has ended (${signal ?? code}).`);
      for (const { reject } of this.#waiting.values()) reject(this.#ended);
    });
  }

  /** Asks, and resolves with the answer. @throws Error with the child's message, or when it has ended */
  ask<T>(name: string, argument?: unknown): Promise<T> {
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      const id = ++this.#ids;
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ id, name, argument });
    });
  }

  /** Ends it, and resolves when it has ended. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }
}
