/** The TypeScript in the lessons and in the README compiles, and blocks that can run print what their comments say. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readDays, root } from '#tools/run/catalogue.js';

const days = await readDays();
const texts = ['README.md', ...days.map(({ folder }) => `${folder}/README.md`)];
const blocks = texts.flatMap((path) =>
  [...readFileSync(join(root, path), 'utf8').matchAll(/^```ts\n([^]*?)^```/gm)].map(([, code], i) => ({
    name: `${path}, block ${i + 1}`,
    code,
  })),
);

// Inside of the repository, so that `#day1/…` and packages are found.
mkdirSync(join(root, '.course'), { recursive: true });
const folder = mkdtempSync(join(root, '.course/lessons-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const fileOf = (i: number): string => join(folder, `block${i}.ts`);
blocks.forEach(({ code }, i) => writeFileSync(fileOf(i), `${code}\nexport {};\n`));

test('there are blocks', () => expect(blocks.length).toBeGreaterThan(0));

test('every TypeScript block compiles', { timeout: 120_000 }, () => {
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts'] }));
  const tsc = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], {
    encoding: 'utf8',
  });
  const named = tsc.stdout.replace(/\S*block(\d+)\.ts/g, (_, i: string) => blocks[Number(i)].name);
  expect(named).toBe('');
});

// A block with a WebSocket needs a server; it is for reading.
const runnable = blocks
  .map((block, i) => ({ ...block, i }))
  .filter(({ code }) => code.includes('console.log') && !code.includes('WebSocket'));
test.for(runnable)('$name prints what it says', { timeout: 30_000 }, ({ code, i }) => {
  const run = spawnSync(process.execPath, ['--import', 'tsx', '--conditions=solution', fileOf(i)], {
    encoding: 'utf8',
    cwd: root,
  });
  expect(run.stderr).toBe('');
  const said = [...code.matchAll(/\/\/ (.*)$/gm)].map(([, comment]) => comment);
  for (const line of run.stdout.trim().split('\n')) expect(said).toContain(line);
});
