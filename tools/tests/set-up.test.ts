/** What the commands say if something is wrong with the machine or the folder. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { EXTRAS, extras, gitOf, port } from '#tools/commands/doctor.js';
import { root } from '#tools/run/catalogue.js';
import {
  exemptLoopback,
  explain,
  folderProblem,
  packagesProblem,
  thoroughProblem,
  versionProblem,
} from '#tools/run/set-up.js';
import { freePorts, listening } from '#tools/serve/ports.ts';

const hasGit = spawnSync('git', ['--version']).status === 0;
const DEPENDENCIES = { vite: '8.0.0', esbuild: '0.28.0' };

/** A temporary folder that goes away with the test. */
function folder(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'set-up-')));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The folder of a course that needs two packages. */
function course(path = folder()): string {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'package.json'), JSON.stringify({ dependencies: DEPENDENCIES }));
  return path;
}

/** Installs packages, by their names, or by a name and a version: `vite 7.0.0`. */
function install(into: string, ...packages: string[]): void {
  for (const one of packages) {
    const [name, version = DEPENDENCIES[name as keyof typeof DEPENDENCIES]] = one.split(' ');
    const place = join(into, 'node_modules', name);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), JSON.stringify({ name, version }));
  }
}

describe('the name of the folder', () => {
  test.each(['#', '?', '*', '\\'])('%s: the course cannot run there', (sign) => {
    expect(folderProblem(`/home/ann/a${sign}b/course/`, '/')).toContain(
      `Move the course to a folder without ${sign} in`,
    );
  });

  test.each(['my course', 'my%20course', '100%', 'übung', "it's", '[x]', '{a,b}', '~', '日本'])(
    '%s is fine',
    (name) => {
      expect(folderProblem(`/home/ann/${name}/course/`, '/')).toBeUndefined();
    },
  );

  test('on Windows a backslash only separates folders', () => {
    expect(folderProblem('C:\\Users\\Ann\\course\\', '\\')).toBeUndefined();
    expect(folderProblem('C:\\Users\\C# course\\', '\\')).toContain('a folder without #');
  });
});

describe('the packages', () => {
  const system = { platform: 'linux', arch: 'x64' };
  const fails = async () => 'Exec format error';

  test('none is installed, or one is missing', async () => {
    const path = course();
    expect(await packagesProblem(path)).toBe('The packages are not installed yet. In this folder, run: npm install');
    install(path, 'vite');
    expect(await packagesProblem(path)).toMatch(/^These packages are not installed: esbuild\. .*run: npm install$/);
  });

  test('in the folder of a workspace that the course is a member of', async () => {
    const parent = folder();
    const path = course(join(parent, 'course'));
    install(parent, 'vite', 'esbuild', '@esbuild/linux-x64');
    expect(await packagesProblem(path, { system, load: fails })).toBeUndefined();
  });

  test.each([
    ['another system', '@esbuild/darwin-arm64', 'esbuild is there for darwin-arm64. This system is linux-x64.\nDelete'],
    [
      'another processor',
      '@esbuild/linux-arm64',
      'esbuild is there for linux-arm64. This system is linux-x64.\nDelete',
    ],
    ['no program at all', 'other', 'esbuild was installed without its program. This system is linux-x64.\nDelete'],
  ])('from %s', async (_what, one, says) => {
    const path = course();
    install(path, 'vite', 'esbuild', one);
    expect(await packagesProblem(path, { system, load: fails })).toContain(says);
    expect(await packagesProblem(path, { system, load: async () => undefined })).toBeUndefined();
  });

  test('rolldown from another system, in the folder of vite', async () => {
    const path = course();
    install(path, 'vite', 'esbuild', '@esbuild/linux-x64');
    install(join(path, 'node_modules/vite'), 'rolldown', '@rolldown/binding-win32-x64-msvc', '@rolldown/pluginutils');
    expect(await packagesProblem(path, { system, load: fails })).toContain('rolldown is there for win32-x64-msvc.');
    install(join(path, 'node_modules/vite'), '@rolldown/binding-linux-x64-gnu');
    expect(await packagesProblem(path, { system, load: fails })).toBeUndefined();
  });

  test('an arm processor is not an arm64 one', async () => {
    const path = course();
    install(path, 'vite', 'esbuild', '@esbuild/linux-arm64');
    const arm = { platform: 'linux', arch: 'arm' };
    expect(await packagesProblem(path, { system: arm, load: fails })).toContain('esbuild is there for linux-arm64.');
  });

  test('a version that is not the one that the course needs', () => {
    const path = course();
    install(path, 'vite 7.0.0', 'esbuild');
    expect(versionProblem(path)).toBe(
      'vite is installed as version 7.0.0, but the course needs 8.0.0. In this folder, run: npm install',
    );
  });

  test('those of this course can be loaded', async () => expect(await thoroughProblem(root)).toBeUndefined());
});

describe('an error with its cause in the machine', () => {
  const error = (fields: object, message = 'it failed') => Object.assign(new Error(message), fields);

  test.each([
    [
      'a read-only folder',
      error({ code: 'EROFS', path: join(root, '.course/backup') }),
      /does not allow access to .*\.course/,
    ],
    ['another user’s folder', error({ code: 'EACCES', path: join(root, 'day1-protocol/echo.ts') }), /\(EACCES\)/],
    [
      'temporary files',
      error({ code: 'EACCES', path: join(tmpdir(), 'tsx-0') }),
      /^The folder for temporary files can't/,
    ],
    [
      'a full disk',
      error({ code: 'ENOSPC', path: '/x', syscall: 'write' }),
      /^The disk is full: \/x can't be written\.$/,
    ],
    ['no more watchers', error({ code: 'ENOSPC', path: '/x', syscall: 'watch' }), /no more watchers/],
    ['open files', error({ code: 'EMFILE' }), /^Too many files are open/],
    [
      'a package that is missing',
      error({ code: 'ERR_MODULE_NOT_FOUND' }, "Cannot find package 'x'"),
      /^A package is missing/,
    ],
    [
      'rolldown',
      error({}, 'Cannot find native binding. npm has a bug'),
      /missing or damaged: .*\nDelete the folder node_mod/,
    ],
    [
      'esbuild',
      error({}, 'You installed esbuild for another platform\nthan'),
      /another platform\nDelete the folder node_mod/,
    ],
    [
      'a file of the course',
      error({ code: 'ERR_MODULE_NOT_FOUND' }, `Cannot find module '${join(root, 'tools/run/x.js')}' imported from y`),
      /^A file of the course is missing: tools\/run\/x\.js\. .*git checkout tools\/run\/x\.js \(or/,
    ],
  ])('%s', (_what, thrown, says) => {
    expect(explain(thrown, root)).toMatch(says);
  });

  test('any other error is ours, and keeps its stack', () => {
    for (const thrown of [
      new TypeError('x is not a function'),
      error({ code: 'ENOENT', path: join(root, 'x') }),
      null,
      'x',
    ])
      expect(explain(thrown, root)).toBeUndefined();
  });
});

describe('a proxy', () => {
  test('never gets what is for this machine; the exceptions that are there stay', () => {
    const env: NodeJS.ProcessEnv = {};
    exemptLoopback(env);
    expect(env).toEqual({ NO_PROXY: 'localhost,127.0.0.1,::1,[::1]', no_proxy: 'localhost,127.0.0.1,::1,[::1]' });
    const other = { NO_PROXY: 'intranet, .corp,localhost' };
    exemptLoopback(other);
    expect(other.NO_PROXY).toBe('intranet,.corp,localhost,127.0.0.1,::1,[::1]');
  });

  test('`*` excepts everything already', () => {
    const env = { NO_PROXY: '*' };
    exemptLoopback(env);
    expect(env).toEqual({ NO_PROXY: '*' });
  });
});

describe('the doctor', () => {
  const listen = async (number: number, host: string): Promise<Server | undefined> => {
    const server = createServer();
    const isThere = await once(server.listen(number, host), 'listening').then(
      () => true,
      () => false,
    );
    onTestFinished(() => void server.close());
    return isThere ? server : undefined;
  };

  test('looks at both addresses that localhost leads to', async () => {
    const [number] = await freePorts(0);
    expect(await port(number)).toMatchObject({ sign: '✓' });
    if (await listen(number, '::1'))
      expect(await port(number)).toMatchObject({
        sign: '–',
        what: `Another program listens on [::1]:${number}, and localhost:${number} in a browser may lead to it`,
      });
    const other = createServer();
    onTestFinished(() => void other.close());
    expect((await port(await listening(other))).what).toMatch(/^Port \d+ is in use/);
  });

  test('knows every package that only npm run extras installs', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(Object.values(EXTRAS).flat().sort()).toEqual(Object.keys(devDependencies).sort());
  });

  test('says what needs npm run extras, and whether it is there', () => {
    const some = extras((name) => name !== 'protobufjs');
    expect(some.what).toMatch(/^Not everything of npm run extras is installed\. It needs the internet/);
    expect(some.todo).toContain('npx tsx day2-client/demo/formats.ts: protobufjs is missing\n');
    expect(some.todo).toContain('bonus 5.c: installed\n');
    expect(extras(() => true)).toMatchObject({ sign: '✓', what: 'The extras are installed. They are for:' });
  });

  test.skipIf(!hasGit)('git: a ZIP without history, also inside of another repository', () => {
    const outer = folder();
    expect(gitOf(outer).what).toContain('no history of git');
    execFileSync('git', ['init', '--quiet'], { cwd: outer });
    expect(gitOf(outer)).toMatchObject({ sign: '✓' });
    mkdirSync(join(outer, 'course'));
    expect(gitOf(join(outer, 'course')).what).toContain('no history of git');
  });

  test.skipIf(!hasGit)("git: another user's folder gets git's own cure", () => {
    const path = folder();
    execFileSync('git', ['init', '--quiet'], { cwd: path });
    vi.stubEnv('GIT_TEST_ASSUME_DIFFERENT_OWNER', '1'); // git has this for its own tests
    for (const file of ['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM']) vi.stubEnv(file, devNull); // they may trust every folder
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(gitOf(path).todo).toBe(`For git pull, run: git config --global --add safe.directory ${path}`);
  });

  test.skipIf(process.platform === 'win32')('git is not installed', () => {
    vi.stubEnv('PATH', '');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(gitOf(root).what).toBe('git was not found');
  });
});
