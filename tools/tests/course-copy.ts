/** A copy of the course in a temporary folder, to be edited and run as a learner would. */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Ran {
  code: number;
  /** standard output and error */
  output: string;
}

/** The last line of an output. */
export const last = (output: string): string | undefined => output.trimEnd().split('\n').at(-1);

export class CourseCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'course-'));

  constructor() {
    const files = this.#git(ROOT, 'ls-files', '-co', '--exclude-standard', '-z').split('\0').filter(Boolean);
    for (const file of files) {
      mkdirSync(dirname(join(this.folder, file)), { recursive: true });
      cpSync(join(ROOT, file), join(this.folder, file));
    }
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'), 'junction');
    this.#git(this.folder, 'init', '--quiet');
    this.commit('the course');
    // The copy's starters are its own: the work tree that it was made from may hold a learner's.
    for (const [path, blob] of Object.entries<string>(JSON.parse(this.read('tools/starters.json')))) {
      writeFileSync(join(this.folder, path), this.#git(ROOT, 'cat-file', 'blob', blob));
      this.#git(this.folder, 'hash-object', '-w', path);
    }
    this.commit('the starters');
  }

  #git(cwd: string, ...args: string[]): string {
    return execFileSync('git', ['-c', 'user.name=learner', '-c', 'user.email=learner@localhost', ...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  commit(message: string): void {
    this.#git(this.folder, 'add', '-A');
    this.#git(this.folder, 'commit', '--quiet', '--allow-empty', '-m', message);
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
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };
    return new Promise((resolve) => {
      execFile(process.execPath, ['tools/course.js', ...words], { cwd: this.folder, env }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
      });
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
