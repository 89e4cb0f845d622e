import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { emptyState, state, type State } from './classroom.ts';

/** The file that the board keeps its state in. Without a path, it keeps nothing. */
export class Store {
  readonly state: State;
  readonly #path: string | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #isGone = false;

  /** @throws Error with a sentence for a person, if the file is there and can't be used */
  constructor(path?: string) {
    this.#path = path;
    this.state = (path && readState(path)) || emptyState();
  }

  /**
   * Writes the state. Resolves when everything that was in it at the time of the call is in the file.
   *
   * A report is confirmed after that, so what the board has confirmed survives anything. While one write runs, all further calls share the
   * next one: a hundred reports at once need two writes.
   */
  save(): Promise<void> {
    if (!this.#running) return (this.#running = this.#write().finally(() => (this.#running = undefined)));
    const again = (): Promise<void> => {
      this.#next = undefined;
      return this.save();
    };
    return (this.#next ??= this.#running.then(again, again));
  }

  /** Deletes the file, and writes nothing more. */
  async forget(): Promise<void> {
    this.#isGone = true;
    await this.#running?.catch(() => {});
    if (this.#path) await removeState(this.#path);
  }

  async #write(): Promise<void> {
    if (!this.#path || this.#isGone) return;
    // Into another file first: if the power fails now, the old one is still whole. Only the owner may read it, because of the secret.
    const fresh = `${this.#path}.new`;
    await mkdir(dirname(this.#path), { recursive: true });
    await writeFile(fresh, JSON.stringify(this.state), { mode: 0o600 });
    await rename(fresh, this.#path);
  }
}

/** Deletes the file, and what a write that was cut off may have left beside it. */
export async function removeState(path: string): Promise<void> {
  await Promise.all([path, `${path}.new`].map((one) => rm(one, { force: true })));
}

/**
 * @returns what is in the file; undefined if it does not exist
 * @throws Error with a sentence for a person, if the file can't be used
 */
export function readState(path: string): State | undefined {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${path} can't be read: ${(error as Error).message}`);
  }
  try {
    return state.parse(JSON.parse(text));
  } catch {
    throw new Error(`${path} is damaged. To begin again without it: npm run class forget`);
  }
}
