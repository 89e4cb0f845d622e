/** `npm run bench` measures something and leaves nothing behind. The figures themselves are not judged. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { show } from '#tools/bench/figures.ts';
import { picture } from '#tools/bench/picture.ts';
import type { Result } from '#tools/bench/results.ts';
import { installedRedis } from '#tools/brokers/redis.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const windows = process.platform === 'win32';

interface Running {
  child: ChildProcess;
  stdout: () => string;
  stderr: () => string;
  /** resolves with its exit code, when it and everything else that writes to the same place has ended */
  end: Promise<number | null>;
}

function start(words: string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, ['tools/course.cjs', 'bench', ...words], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => (printed[stream] += text));
  const end = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill();
    await end;
  });
  return { child, stdout: () => printed.stdout, stderr: () => printed.stderr, end };
}

/** The figures in a table's rows, after the label. */
const figures = (output: string): number[] =>
  [
    ...output.matchAll(/^ {2}(?:plain ws|day 3's chat|day 5's node|batched \(5\.d\)|Socket\.IO [\d.]+) +(.*)$/gm),
  ].flatMap(([, cells]) =>
    cells
      .split(/[\s()]+/)
      .filter((cell) => /\d/.test(cell))
      .map((cell) => Number(cell.replace(/x$/, ''))),
  );

test(
  'bench quick ends with tables whose figures are positive and finite, and writes them to files',
  { timeout: 300_000 },
  async () => {
    const running = start(['quick']);
    expect({ code: await running.end, stderr: running.stderr() }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^(.* …\n)+$/),
    });
    const output = running.stdout();
    expect(output).toMatch(
      new RegExp(
        `^What [^\\n]*\\nNode ${process.versions.node}, \\d+ cores, ${installedRedis() ? `Redis ${installedRedis()}` : 'no Redis'}, `,
      ),
    );
    // Two tables of CPU time, one of memory; with Redis, also the hop between two nodes.
    for (const title of [
      'Server CPU per delivery',
      'Server CPU per delivery in µs',
      "Server's heap",
      ...(installedRedis() ? ['From a client'] : []),
    ])
      expect(output).toContain(`\n\n${title}`);
    expect(figures(output).length).toBeGreaterThanOrEqual(3 * (4 + 3 + 2));
    for (const figure of figures(output)) {
      expect(figure).toBeGreaterThan(0);
      expect(figure).toBeLessThan(Infinity);
    }
    const lines = output.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(40);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(90);
    expect(lines.at(-1)).toBe('As JSON and as a picture: .course/bench.json, .course/bench.svg');
    const { tables } = JSON.parse(readFileSync(`${ROOT}.course/bench.json`, 'utf8')) as Result;
    for (const table of tables) expect(output).toContain(`\n\n${show(table)}\n`);
    expect(readFileSync(`${ROOT}.course/bench.svg`, 'utf8')).toBe(picture(tables));
    // What performance.md shows of the same tables has the same rows. (Socket.IO has its version in its name.)
    const kept = JSON.parse(readFileSync(`${ROOT}day5-scaling/demo/bench.json`, 'utf8')) as Result;
    for (const { id, rows } of kept.tables) {
      const labels = tables.find((one) => one.id === id)?.rows.map(({ label }) => label) ?? [];
      const ours = labels.filter((label) => !label.startsWith('Socket.IO'));
      expect(
        rows.map(({ label }) => label),
        id,
      ).toEqual(expect.arrayContaining(ours));
    }
  },
);

test.skipIf(windows)(
  'without a redis-server it says so; an interrupt ends it and its processes, without a word',
  { timeout: 60_000 },
  async () => {
    const running = start(['quick'], { PATH: '' });
    while (!running.stderr().includes('CPU per delivery') && running.child.exitCode === null)
      await Promise.race([once(running.child.stderr!, 'data'), running.end]); // by then its processes are running
    running.child.kill('SIGINT');
    expect(await running.end).toBe(130);
    expect(running.stdout()).toContain(
      '\nNo redis-server is installed, so the hop between two nodes is left out. See npm run doctor\n',
    );
    expect(running.stderr()).not.toMatch(/Error|^ +at /m);
  },
);

test("bench mine says so if the learner's batched writer is not written", { timeout: 60_000 }, async () => {
  const running = start(['mine']);
  expect(await running.end).toBe(1);
  expect(running.stderr()).toContain('Bonus exercise 5.d, BatchedWriter.write, is not written yet.\n');
  expect(running.stderr()).not.toMatch(/^ +at /m);
});

test.each([
  [['foo'], 'foo'],
  [['quick', 'now'], 'now'],
  [['day5'], 'day5'],
])('%j: says what there is, exit 1, no trace', async (words, unknown) => {
  const running = start(words);
  expect(await running.end).toBe(1);
  expect(running.stdout()).toBe('');
  expect(running.stderr()).toBe(
    `"${unknown}" is not a word that this command knows here. There are:
  npm run bench         everything, in a few minutes
  npm run bench quick   less of it, in half a minute
  npm run bench mine    your bonus 5.d
  npm run bench redis   one Redis beside a Redis Cluster of three
  npm run bench loop    how long npm test day1 takes, and what npm install brings
  npm run bench keep    for contributors: everything, and performance.md shows it from now on
`,
  );
});
