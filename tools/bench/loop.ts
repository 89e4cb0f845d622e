import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { against, count, fixed, median, show, times } from './figures.ts';
import { Progress } from './progress.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ROUNDS = 7;
/** What a learner's copy of the course doesn't need here. */
const LEFT_OUT = ['node_modules', '.git', '.course'];

/** Measures the learner's loop: how long `npm test day1` takes beside vitest alone, and what `npm install` brings. Nothing is judged. */
export async function loop(): Promise<void> {
  const progress = new Progress();
  progress.begin('npm test day1', (ROUNDS + 1) * 2);
  const copy = solvedCopy();
  const runs = [
    {
      label: 'vitest, one trivial file',
      args: [join('node_modules', 'vitest', 'vitest.mjs'), 'run', '--root', 'bare'],
    },
    { label: 'npm test day1, solved', args: [join('tools', 'course.cjs'), 'test', 'day1'] },
  ].map((one) => ({ ...one, all: [] as number[], first: [] as number[] }));
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      for (const run of runs) {
        const { all, first } = await timed(run.args, copy);
        progress.step();
        if (round === 0) continue; // the first round fills the caches
        run.all.push(all);
        run.first.push(first);
      }
    }
  } finally {
    progress.end();
    rmSync(copy, { recursive: true, force: true });
  }
  const { packages, bytes } = installed();
  const tables = [
    {
      id: 'loop',
      title: `The learner's loop, in seconds: medians of ${ROUNDS} rounds, in turn`,
      columns: ['whole run', `against vitest`, 'first output'],
      rows: runs.map(({ label, all, first }) => ({
        label,
        cells: [fixed(median(all), 2), times(median(against(all, runs[0].all))), fixed(median(first), 2)],
      })),
    },
    {
      id: 'install',
      title: 'What npm install brings on this system, without what only contributors need',
      columns: ['packages', 'megabytes'],
      rows: [{ label: 'node_modules', cells: [{ value: packages, text: count(packages) }, fixed(bytes / 1e6, 0)] }],
    },
  ];
  console.log(tables.map(show).join('\n\n'));
}

/** A copy of the course with day 1 solved, and a folder with one trivial test. @returns its path */
function solvedCopy(): string {
  const copy = mkdtempSync(join(tmpdir(), 'course-loop-'));
  for (const name of readdirSync(ROOT).filter((one) => !LEFT_OUT.includes(one)))
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  cpSync(join(ROOT, 'solutions', 'day1-protocol'), join(copy, 'day1-protocol'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');
  mkdirSync(join(copy, 'bare'));
  writeFileSync(join(copy, 'bare', 'vitest.config.js'), 'export default {};\n');
  writeFileSync(
    join(copy, 'bare', 'trivial.test.ts'),
    "import { expect, test } from 'vitest';\n\ntest('one', () => expect(1).toBe(1));\n",
  );
  return copy;
}

/** Runs a program of Node. @returns the seconds until its first output, and until its end. @throws Error if it fails */
async function timed(args: string[], cwd: string): Promise<{ first: number; all: number }> {
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, COURSE_BENCH: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let first: number | undefined;
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      first ??= seconds();
      printed += text;
    });
  const code = await new Promise((resolve) => child.on('close', resolve));
  const all = seconds();
  if (code !== 0) throw Object.assign(new Error(`node ${args.join(' ')} failed:\n${printed}`), { plain: true });
  return { first: first ?? all, all };
}

/** The packages of a learner's installation, by package-lock.json, as far as this system has them. */
function installed(): { packages: number; bytes: number } {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  const folders = Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== '' && !dev && existsSync(join(ROOT, path)))
    .map(([path]) => join(ROOT, path));
  return { packages: folders.length, bytes: folders.reduce((sum, folder) => sum + sizeOf(folder), 0) };
}

/** Bytes of all files in a folder, without those of the packages in it. */
function sizeOf(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules') bytes += sizeOf(path);
    else if (entry.isFile()) bytes += statSync(path).size;
  }
  return bytes;
}
