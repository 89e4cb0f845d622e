/** What is different on Windows, as far as it can be checked on every system. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep, win32 } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { run as extras } from '#tools/commands/extras.js';
import { core, readDays, root, withDrive } from '#tools/run/catalogue.js';
import { putFunction, starterOf } from '#tools/run/files.js';
import { importsIn } from '#tools/run/imports.js';
import { placeIn, placeOf } from '#tools/run/place.js';
import { putInto } from '#tools/run/put.js';
import { explain } from '#tools/run/set-up.js';
import { readWords } from '#tools/run/words.js';

const days = await readDays();
const crlf = (text: string): string => text.replaceAll('\n', '\r\n');

describe('files with CRLF', () => {
  const starter = starterOf('day1-protocol/frames.ts');
  const solution = readFileSync(join(root, 'solutions/day1-protocol/frames.ts'), 'utf8');

  test('a solution that is put into one takes its line breaks, with the imports too', () => {
    const solved = putInto(starter, solution, 'readLength');
    expect(putInto(crlf(starter), solution, 'readLength')).toBe(crlf(solved));
    expect(putInto(crlf(starter), crlf(solution), 'readLength')).toBe(crlf(solved));
    expect(putInto(starter, crlf(solution), 'readLength')).toBe(solved);
    const withoutImports = starter.replace(/^import .*\n/gm, '');
    expect(putInto(crlf(withoutImports), solution, 'readLength')).toBe(
      crlf(putInto(withoutImports, solution, 'readLength')),
    );
  });

  test('every exercise is found in the same line', () => {
    for (const day of days)
      for (const one of core(day)) {
        const text = starterOf(`${day.folder}/${one.file}`);
        expect(placeOf(crlf(text), one)).toEqual(placeOf(text, one));
      }
  });

  test('imports are read as in a file with LF', () =>
    expect(importsIn('frames.ts', crlf(solution))).toEqual(importsIn('frames.ts', solution)));
});

describe('paths with a drive and backslashes', () => {
  test('a stack leads to the file of an exercise', () => {
    const stack = String.raw`Error: x
    at given (C:\Users\Ann Lee\course\day1-protocol\given\rfc6455.ts:3:5)
    at readLength (file:///C:/Users/Ann%20Lee/course/day1-protocol/frames.ts:24:9)`;
    expect(placeIn(stack, days[0])).toBe('day1-protocol/frames.ts:24');
    expect(placeIn(stack.replaceAll('/', '\\'), days[0])).toBe('day1-protocol/frames.ts:24');
  });

  test('a path that Tab has completed names the exercises of that file', async () => {
    for (const word of ['day1-protocol\\frames.ts', '.\\day1-protocol\\frames.ts', '.\\Day1-Protocol\\FRAMES.TS'])
      expect((await readWords([word])).exercises.map(({ id }) => id)).toEqual(['1.2', '1.3', '1.4']);
    expect((await readWords(['.\\day1-protocol\\'])).days.map(({ number }) => number)).toEqual([1]);
  });

  test('the drive has a capital letter, as everywhere in vitest', () => {
    expect(withDrive('c:\\course\\')).toBe('C:\\course\\');
    expect(withDrive('C:\\course\\')).toBe('C:\\course\\');
    expect(withDrive('/c:/course/')).toBe('/c:/course/');
  });

  test('a file of the course that is missing is named with slashes', () => {
    const folder = 'C:\\course\\';
    const error = new Error(`Cannot find module '${win32.join(folder, 'tools', 'run', 'x.js')}' imported from y`);
    expect(explain(Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' }), folder)).toContain(
      'A file of the course is missing: tools/run/x.js.',
    );
  });
});

describe('names of files', () => {
  // Not those that a learner may add.
  const folders = days.flatMap(({ folder }) => ['given', 'tests', 'demo', 'page'].map((room) => `${folder}/${room}`));
  const all = ['docs', 'solutions', 'tools', ...folders].flatMap((folder) => [
    folder,
    ...readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
      (name) => `${folder}/${name.split(sep).join('/')}`,
    ),
  ]);

  test('no two differ only in case', () => {
    expect(all.length).toBeGreaterThan(100);
    const seen = new Map<string, string>();
    for (const path of all) {
      const other = seen.get(path.toLowerCase());
      expect(other, `${other} and ${path} are one file on Windows and macOS`).toBeUndefined();
      seen.set(path.toLowerCase(), path);
    }
  });

  test('Windows takes them all: no special characters, no names of devices, not too long', () => {
    for (const path of all)
      for (const name of path.split('/')) {
        expect(name, path).toMatch(/^[^<>:"\\|?*\p{Cc}]*[^<>:"\\|?*\p{Cc}. ]$/u);
        expect(name, path).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
        expect(path.length, path).toBeLessThan(120); // of the 260 that Windows allows for all folders together
      }
  });

  test.skipIf(spawnSync('git', ['rev-parse'], { cwd: root }).status !== 0)('git checks every text out with LF', () => {
    const said = execFileSync('git', ['check-attr', 'eol', '--', 'README.md', 'day1-protocol/echo.ts'], { cwd: root });
    expect(String(said).trim().split('\n')).toEqual(['README.md: eol: lf', 'day1-protocol/echo.ts: eol: lf']);
  });
});

test('a file in another encoding than UTF-8 is left as it is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latin-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'latin-1.ts');
  const bytes = Buffer.from('// f\xfcr mich\nexport function f() {}\n', 'latin1');
  writeFileSync(file, bytes);
  const path = relative(root, file);
  expect(() => putFunction(path, 'export function f() {\n  return 1;\n}\n', 'f')).toThrow(
    'latin-1.ts is not saved as UTF-8. Save it as UTF-8 in your editor first.',
  );
  expect(readFileSync(file).equals(bytes)).toBe(true);
});

test('npm run extras runs npm with Node, because npm itself is a .cmd file; other package managers get a sentence', async () => {
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const path of ['C:\\pnpm\\pnpm.exe', '/usr/lib/node_modules/pnpm/bin/pnpm.cjs', '/usr/bin/yarn.js']) {
    vi.stubEnv('npm_execpath', path);
    await expect(extras()).rejects.toThrow('This command works with npm only.');
  }
  vi.stubEnv('npm_execpath', undefined);
  await expect(extras()).rejects.toThrow('Run it through npm: npm run extras');
});
