/** A copy of the course in a temporary folder, to be edited and run as a learner would. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { starters } from '#tools/run/files.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** As if the output went into a file. */
const ENV = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };

export interface Ran {
  code: number;
  /** standard output and error */
  output: string;
}

export interface Staying {
  until: (words: string) => Promise<string>;
  stop: () => void;
}

/** The last line of an output. */
export const last = (output: string): string | undefined => output.trimEnd().split('\n').at(-1);

export class CourseCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'course-'));

  /** @param history false: only the files, as in a ZIP. No git is needed then, and what the learner has written is still there. */
  constructor({ history = true } = {}) {
    cpSync(ROOT, this.folder, {
      recursive: true,
      filter: (path) => !['node_modules', '.git', '.course'].includes(basename(path)),
    });
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'), 'junction');
    if (!history) return;
    this.#git(this.folder, 'init', '--quiet');
    writeFileSync(join(this.folder, '.git/info/exclude'), 'node_modules\n'); // .gitignore only matches a folder, and this is a link
    // The copy's starters are its own: the work tree that it was made from may hold a learner's.
    for (const [path, text] of Object.entries(starters())) this.write(path, text);
    this.commit('the course');
  }

  #git(cwd: string, ...args: string[]): string {
    return execFileSync('git', ['-c', 'user.name=learner', '-c', 'user.email=learner@localhost', ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  commit(message: string): void {
    this.#git(this.folder, 'add', '-A');
    this.#git(this.folder, 'commit', '--quiet', '--allow-empty', '-m', message);
  }

  /** The files that differ from the last commit, new ones too, in order. */
  changed(): string[] {
    return this.#git(this.folder, 'status', '--porcelain', '--untracked-files=all')
      .split('\n')
      .filter(Boolean)
      .map((line) => line.slice(3))
      .sort();
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.folder, path), text);
  }

  /** Replaces `from`, which must be there, in a file. */
  edit(path: string, from: string, to: string): void {
    const text = this.read(path);
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
    this.write(path, text.replace(from, to));
  }

  /** Puts day 1's starters, or its solutions, in the learner's place. */
  async lay(which: 'starters' | 'solutions'): Promise<void> {
    if (which === 'starters') return void (await this.run('reset', 'all'));
    cpSync(join(this.folder, 'solutions/day1-protocol'), join(this.folder, 'day1-protocol'), { recursive: true });
  }

  /** Runs a command of the course, such as `run('test', 'day1')`; resolves when it has ended. */
  run(...words: string[]): Promise<Ran> {
    return this.runIn({}, ...words);
  }

  /** The same in another environment. @param options `env` on top of this process's; `cwd`; `node`, flags for Node */
  runIn(
    {
      env = {},
      cwd = this.folder,
      node = [],
    }: { env?: Record<string, string | undefined>; cwd?: string; node?: string[] },
    ...words: string[]
  ): Promise<Ran> {
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [...node, 'tools/course.cjs', ...words],
        { cwd, env: { ...ENV, ...env } },
        (error, stdout, stderr) => {
          resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
        },
      );
    });
  }

  /** Starts a command that stays. `until` resolves with all that it has printed once that contains `words`, and forgets it. */
  start(...words: string[]): Staying {
    return this.startIn({}, ...words);
  }

  /** The same in another folder, or with more variables. */
  startIn(
    { cwd = this.folder, env = {} }: { cwd?: string; env?: Record<string, string> },
    ...words: string[]
  ): Staying {
    const child = spawn(process.execPath, ['tools/course.cjs', ...words], {
      cwd,
      env: { ...ENV, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    let wake = (): void => {};
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        wake();
      });
    }
    child.on('close', () => wake());
    const until = async (wanted: string): Promise<string> => {
      while (!printed.includes(wanted)) {
        if (child.exitCode !== null) throw new Error(`It ended, and never said "${wanted}":\n${printed}`);
        await new Promise<void>((resolve) => (wake = resolve));
      }
      const all = printed;
      printed = '';
      return all;
    };
    return { until, stop: () => void child.kill() };
  }

  /**
   * Gives the copy a folder of packages of its own, with only those whose name `isKept` accepts (of `@redis/client`, `@redis`).
   *
   * @returns puts the link to all packages back
   */
  packages(isKept: (name: string) => boolean): () => void {
    const packages = join(this.folder, 'node_modules');
    const real = realpathSync(packages);
    rmSync(packages);
    mkdirSync(packages);
    for (const entry of readdirSync(real, { withFileTypes: true }))
      if (entry.isDirectory() && isKept(entry.name))
        symlinkSync(join(real, entry.name), join(packages, entry.name), 'junction');
    return () => {
      rmSync(packages, { recursive: true });
      symlinkSync(real, packages, 'junction');
    };
  }

  /** Saves as many editors do: into another file, which then takes its place. */
  replace(path: string, text: string): void {
    this.write(`${path}.new`, text);
    renameSync(join(this.folder, `${path}.new`), join(this.folder, path));
  }

  rename(from: string, to: string): void {
    renameSync(join(this.folder, from), join(this.folder, to));
  }

  remove(path: string): void {
    rmSync(join(this.folder, path), { recursive: true });
  }

  /** Removes the copy. */
  drop(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
