import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { root as ROOT } from '#tools/run/catalogue.js';
import { CourseCopy, last } from '#tools/tests/helpers/course-copy.ts';

let course: CourseCopy;
beforeAll(() => {
  course = new CourseCopy();
});
afterAll(() => course.drop());

/** Without line breaks. */
const flat = (output: string): string => output.replace(/\s+/g, ' ');
/** The line of one exercise in the checklist. */
const line = (output: string, id: string): string | undefined =>
  output.split('\n').find((one) => one.includes(` ${id} `));

describe('npm test day1', { timeout: 60_000 }, () => {
  beforeEach(() => course.lay('starters'));

  test('the starter is red, names 1.1, and shows no stack', async () => {
    const { code, output } = await course.run('test', 'day1');
    expect(code).toBe(1);
    expect(output).toContain('0 done, 7 to do. Next: 1.1');
    expect(output).toMatch(/Where\s+day1-protocol\/handshake\.ts:\d+\n\s+Replace the line throw new Todo\('1\.1', …\)/);
    expect(output).not.toMatch(/^\s+at /m);
    expect(output).not.toContain('\u001B');
    expect(last(output)).toBe('0 passed, 7 failed');
  });

  test('with the solutions copied over the starter it is green', async () => {
    await course.lay('solutions');
    const { code, output } = await course.run('test', 'day1');
    expect(last(output)).toBe('7 passed, 0 failed');
    expect(code).toBe(0);
  });

  test('a syntax error is reported with file and line, and the other files keep their results', async () => {
    await course.lay('solutions');
    course.edit('day1-protocol/echo.ts', 'socket.send(isBinary', 'socket.send((isBinary');
    const { code, output } = await course.run('test', 'day1');
    expect(code).toBe(1);
    expect(
      flat(output).match(/Syntax error in day1-protocol\/echo\.ts:\d+: .*?\. Its exercises were not checked\./g),
    ).toHaveLength(1);
    for (const id of ['1.1', '1.2', '1.3', '1.4', '1.7']) expect(line(output, id)).toContain('✓');
    for (const id of ['1.5', '1.6']) expect(line(output, id)).toMatch(/\? .*not checked/);
    expect(output).toContain('5 done, 2 not checked. Next: fix that file');
    expect(output).not.toContain('Hint');
    expect(last(output)).toBe('5 passed, 2 failed');
  });

  test('a lost export is named', async () => {
    await course.lay('solutions');
    course.edit('day1-protocol/handshake.ts', 'export function acceptKey', 'function acceptKey');
    const { output } = await course.run('test', 'day1');
    expect(output).toContain('No export named acceptKey');
    expect(output).not.toMatch(/Hint|Why it matters/);
    expect(last(output)).toBe('6 passed, 1 failed');
  });

  test('a file that throws while it loads', async () => {
    await course.lay('solutions');
    course.edit(
      'day1-protocol/handshake.ts',
      'export function acceptKey',
      'throw new Error("too early");\nexport function acceptKey',
    );
    const { output } = await course.run('test', 'day1');
    expect(output).toContain('The code threw Error: too early');
    expect(output).toMatch(/Where\s+day1-protocol\/handshake\.ts:\d+/);
    expect(last(output)).toBe('6 passed, 1 failed');
  });

  test('an endless loop ends the run, and names the exercise', async () => {
    await course.lay('solutions');
    course.edit('day1-protocol/frames.ts', 'return payload.map', 'for (;;);\n  return payload.map');
    const { code, output } = await course.run('test', 'day1');
    expect(code).toBe(1);
    expect(output).toMatch(/Not right yet: 1\.3 unmask[^]*Where\s+day1-protocol\/frames\.ts:\d+/);
    expect(flat(output)).toContain("Your code didn't return within 4 seconds");
    expect(output).not.toMatch(/Hint|Why it matters/);
    expect(last(output)).toBe('6 passed, 1 failed');
  });

  test('a breakpoint is not an endless loop: with a debugger, a right answer stays right', async () => {
    await course.lay('solutions');
    // To the runner, a thread at a breakpoint looks like this: silent for longer than the runner waits.
    const pause = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, globalThis.paused ? 0 : 6000);';
    course.edit(
      'day1-protocol/handshake.ts',
      "return createHash('sha1')",
      `${pause}\n  Object.assign(globalThis, { paused: true });\n  return createHash('sha1')`.replace(
        'globalThis.paused',
        '(globalThis as never as { paused?: true }).paused',
      ),
    );
    expect((await course.run('test', '1.1')).output).toContain("didn't return within 4 seconds");
    const debugged = await course.runIn({ node: ['--inspect=127.0.0.1:0'] }, 'test', '1.1');
    expect(debugged.output).toContain('1 passed, 0 failed');
    expect(debugged.code).toBe(0);
  });

  test('a handler that never answers ends, and says what it waited for', async () => {
    await course.lay('solutions');
    course.edit('day1-protocol/echo.ts', 'socket.send(isBinary', 'if (data.length < 0) socket.send(isBinary');
    const { output } = await course.run('test', '1.5');
    expect(flat(output)).toContain('The check waited for an answer to "fence 1"');
    expect(flat(output)).toContain('The connection is open.');
    expect(last(output)).toBe('0 passed, 1 failed');
  });

  test('a crash counts for the exercise that caused it', async () => {
    await course.lay('solutions');
    course.edit(
      'day1-protocol/echo.ts',
      'socket.send(isBinary',
      'if (isBinary) throw new Error("oh no");\n  socket.send(isBinary',
    );
    const { output } = await course.run('test', 'day1');
    expect(line(output, '1.5')).toContain('✗');
    expect(output).toContain('The server would be down now');
    expect(output).toContain('Error: oh no');
    expect(output).toMatch(/Where\s+day1-protocol\/echo\.ts:\d+/);
    expect(last(output)).toBe('6 passed, 1 failed');
  });

  test('an unhandled rejection is a crash, too', async () => {
    await course.lay('solutions');
    course.edit(
      'day1-protocol/echo.ts',
      'socket.send(isBinary',
      'if (isBinary) void Promise.reject(new Error("nobody waits"));\n  socket.send(isBinary',
    );
    const { output } = await course.run('test', 'day1');
    expect(line(output, '1.5')).toContain('✗');
    expect(output).toContain('Error: nobody waits');
  });

  test("what the learner's code prints is shown while its exercise is not right, five lines of it, after the panel", async () => {
    await course.lay('solutions');
    course.edit(
      'day1-protocol/handshake.ts',
      "return createHash('sha1')",
      "console.log('\\x1b[31mthe key is\\x1b[0m', key + '\\n2\\n3\\n4\\n5\\n6');\n  return createHash('sha1')",
    );
    expect((await course.run('test', '1.1')).output).not.toContain('the key is');
    expect((await course.run('test', '1.1', 'verbose')).output).toContain('| the key is');
    course.edit('day1-protocol/handshake.ts', "createHash('sha1')", "createHash('sha256')");
    const { output } = await course.run('test', '1.1');
    expect(output).toMatch(/Read again[^]*\| the key is dGhl[^]*\| 5\n +and \d+ more lines: npm test 1\.1 verbose\n/);
    expect(output).not.toContain('\u001B');
  });

  test('a day that is done says where to go', async () => {
    await course.lay('solutions');
    const { output } = await course.run('test', 'day1');
    for (const words of ['Day 1 is done', 'npm start day1', 'npm test day1 bonus', 'day2-client/README.md'])
      expect(output).toContain(words);
    expect((await course.run('test', '1.2')).output).toContain('npm test 1.3');
  });

  test('a file that calls process.exit', async () => {
    await course.lay('solutions');
    course.edit('day1-protocol/heartbeat.ts', 'export function', 'process.exit(0);\nexport function');
    const { code, output } = await course.run('test', 'day1');
    expect(flat(output)).toContain('The code called process.exit(0): that would end the server');
    expect(last(output)).toBe('6 passed, 1 failed');
    expect(code).toBe(1);
  });

  test('the other exercises keep their results when a thread dies silently', async () => {
    await course.lay('solutions');
    course.edit(
      'day1-protocol/frames.ts',
      'return payload.map',
      '(process as never as { reallyExit(): void }).reallyExit();\n  return payload.map',
    );
    const { output } = await course.run('test', 'day1');
    expect(line(output, '1.3')).toContain('✗');
    expect(output).toContain('Your code ended the whole process');
    expect(last(output)).toBe('6 passed, 1 failed');
  });

  test('a file that never finishes loading', async () => {
    await course.lay('solutions');
    course.edit('day1-protocol/handshake.ts', 'export function', 'await new Promise(() => {});\nexport function');
    const { output } = await course.run('test', 'day1');
    expect(output).toContain('The file never finishes loading');
    expect(last(output)).toBe('6 passed, 1 failed');
  });

  test('a check that waits for ever has failed, even if the others of its exercise pass', async () => {
    await course.lay('solutions');
    const suite = course.read('day1-protocol/tests/1.3-unmask.test.ts');
    course.edit(
      'day1-protocol/tests/1.3-unmask.test.ts',
      "exercise('1.3 unmask', (check) => {",
      "exercise('1.3 unmask', (check) => {\n  check('never', () => new Promise(() => {}));",
    );
    const { output } = await course.run('test', 'day1');
    course.write('day1-protocol/tests/1.3-unmask.test.ts', suite);
    expect(output).toContain('This check never ended');
    expect(last(output)).toBe('6 passed, 1 failed');
  });

  test('a crash after everything is done', async () => {
    await course.lay('solutions');
    course.edit(
      'day1-protocol/heartbeat.ts',
      'import type',
      "import { setTimeout as later } from 'node:timers';\nlater(() => Promise.reject(new Error('at the very end')), 400).ref();\nimport type",
    );
    const suite = course.read('day1-protocol/tests/1.7-start-heartbeat.test.ts');
    course.write(
      'day1-protocol/tests/1.7-start-heartbeat.test.ts',
      `${suite}\nimport { afterAll } from 'vitest';\nafterAll(() => new Promise((resolve) => setTimeout(resolve, 800)));\n`,
    );
    const { code, output } = await course.run('test', 'day1');
    course.write('day1-protocol/tests/1.7-start-heartbeat.test.ts', suite);
    expect(output).toContain('at the very end');
    expect(last(output)).toBe('7 passed, 1 failed');
    expect(code).toBe(1);
  });

  test('a file that is gone', async () => {
    await course.lay('solutions');
    course.remove('day1-protocol/handshake.ts');
    const { output } = await course.run('test', 'day1');
    expect(flat(output)).toContain(
      'handshake.ts is missing. Was it deleted, moved or renamed? npm run reset day1 brings the starter back.',
    );
    expect(last(output)).toBe('6 passed, 1 failed');
    expect((await course.run('diff', '1.1')).output).toContain(
      'day1-protocol/handshake.ts is gone: npm run reset day1',
    );
    expect((await course.run('solve', '1.1')).output).toContain('day1-protocol/handshake.ts is gone');
  });

  test('an import with a typing mistake in its name', async () => {
    await course.lay('solutions');
    course.edit('day1-protocol/frames.ts', '#day1/given/rfc6455.ts', '#day1/rfc6545.ts');
    const { output } = await course.run('test', '1.3');
    expect(flat(output)).toContain(
      "frames.ts imports '#day1/rfc6545.ts', which does not exist. Did you mean #day1/given/rfc6455.ts?",
    );
    expect(output).not.toContain('npm run reset');
  });

  test('an import whose folder was forgotten', async () => {
    await course.lay('solutions');
    course.edit('day1-protocol/frames.ts', '#day1/given/rfc6455.ts', '#day1/rfc6455.ts');
    expect(flat((await course.run('test', '1.3')).output)).toContain('Did you mean #day1/given/rfc6455.ts?');
  });

  test('a given file that is gone is named, also if only the suite imports it', async () => {
    await course.lay('solutions');
    course.rename('day1-protocol/given/rfc6455.ts', 'day1-protocol/given/elsewhere.ts');
    const { code, output } = await course.run('test', '1.4');
    course.rename('day1-protocol/given/elsewhere.ts', 'day1-protocol/given/rfc6455.ts');
    expect(flat(output)).toContain('imports day1-protocol/given/rfc6455.ts, which is missing');
    expect(output).toContain('git checkout day1-protocol/given/rfc6455.ts');
    expect(code).toBe(1);
  });

  test('a type error does not stop it', async () => {
    await course.lay('solutions');
    course.edit('day1-protocol/frames.ts', 'import {', 'export const odd: number = "text";\nimport {');
    expect(last((await course.run('test', 'day1')).output)).toBe('7 passed, 0 failed');
  });

  test('an empty file', async () => {
    await course.lay('solutions');
    course.write('day1-protocol/heartbeat.ts', '');
    const { output } = await course.run('test', 'day1');
    expect(output).toContain('No export named startHeartbeat: the file exports nothing.');
    expect(last(output)).toBe('6 passed, 1 failed');
  });

  test('a bonus that needs the core waits for it', async () => {
    const { output } = await course.run('test', 'day1', 'bonus');
    expect(line(output, '1.d')).toContain('waits for 1.1');
    const alone = await course.run('test', '1.d');
    expect(flat(alone.output)).toContain('it needs 1.1, which is not done. Do that first: npm test 1.1');
    expect(alone.output).toContain('0 done, 1 to do. Next: 1.1');
    await course.lay('solutions');
    expect(last((await course.run('test', 'day1', 'bonus')).output)).toBe('4 passed, 0 failed');
    expect(last((await course.run('test', '1.d', '1.1', '1.b')).output)).toBe('3 passed, 0 failed');
  });
});

test('a plain npx vitest: one line per exercise that is not written, no stack', { timeout: 60_000 }, async () => {
  await course.lay('starters');
  const vitest = join(course.folder, 'node_modules/vitest/vitest.mjs');
  const run = () =>
    spawnSync(process.execPath, [vitest, 'run', 'day1', 'day2'], { cwd: course.folder, encoding: 'utf8' });
  const starters = run();
  const output = stripVTControlCharacters(starters.stdout + starters.stderr);
  expect(output.match(/1\.\d.*tests \| \d+ skipped/g)).toHaveLength(7);
  expect(output).not.toMatch(/FAIL|stderr|❯/);
  expect(output.split('\n').length).toBeLessThan(35);
  expect(starters.status).toBe(0);
  course.edit('day1-protocol/handshake.ts', "throw new Todo('1.1', 'acceptKey');", "return '';");
  expect(run().status).toBe(1);
});

describe('words', () => {
  test.each([
    ['test', 'day9', '"day9" is not a day, an exercise or a known word.'],
    ['test', '1.9', '"1.9" is not a day, an exercise or a known word.'],
    ['test', 'wacth', '"wacth" is not a day, an exercise or a known word.'],
    ['hint', '1.1 9', 'Exercise 1.1 has 3 hints'],
    ['hint', '1.1 0', 'Exercise 1.1 has 3 hints'],
    ['hint', 'day1', 'Say which exercise'],
    ['hint', '', 'Say which exercise'],
    ['test', 'watch', 'Say which day: npm test day1 watch'],
    ['tset', 'day1', 'Unknown command "tset". These exist:'],
    ['../run/words', '', 'Unknown command "../run/words"'],
    ['start', 'day1 port 99999', 'port takes a number from 0 to 65535'],
    ['start', 'day1 port abc', 'but got "abc"'],
    ['start', 'day1 prot 9000', 'Unknown word "prot"'],
    ['solve', '', 'Say which exercise'],
    ['reset', '', 'Say what to reset'],
    ['diff', '', 'Say which day'],
    ['start', '', 'Say which day'],
    ['start', 'day9', '"day9" is not a day, an exercise or a known word.'],
  ])('%s %s: a sentence, exit 1, no stack', async (command, words, says) => {
    const { code, output } = await course.run(command, ...words.split(' ').filter(Boolean));
    expect(output).toContain(says);
    expect(output).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
  });

  test('3 ways to name an exercise or a day', async () => {
    await course.lay('starters');
    for (const word of ['1', 'day1', 'DAY1'])
      expect(last((await course.run('test', word)).output)).toBe('0 passed, 7 failed');
    expect(last((await course.run('test', '1.2', '1.4')).output)).toBe('0 passed, 2 failed');
  });
});

describe('hint, solve, reset, diff', () => {
  beforeEach(() => course.lay('starters'));

  test('hints are graded', async () => {
    const { output } = await course.run('hint', '1.1', '2');
    expect(output).toContain('Hint 1 of 3');
    expect(output).toContain('Hint 2 of 3');
    expect(output).not.toContain('Hint 3 of 3');
  });

  test('solve puts one exercise in place, and keeps the rest and a backup', async () => {
    course.edit('day1-protocol/frames.ts', "throw new Todo('1.3', 'unmask');", 'return payload; // mine');
    const { output } = await course.run('solve', '1.2');
    expect(course.read('day1-protocol/frames.ts')).toContain('return payload; // mine');
    expect(last((await course.run('test', '1.2')).output)).toBe('1 passed, 0 failed');
    const [folder] = /\.course\/backup\/\S+/.exec(output) ?? [];
    expect(course.read(`${folder}/day1-protocol/frames.ts`)).toContain("throw new Todo('1.2', 'readLength');");
  });

  test('reset brings one exercise back, also after the work was committed', async () => {
    const starter = course.read('day1-protocol/frames.ts');
    await course.run('solve', '1.2', '1.3');
    course.commit('my work');
    await course.run('reset', '1.2');
    expect(course.read('day1-protocol/frames.ts')).toContain("throw new Todo('1.2', 'readLength');");
    expect(course.read('day1-protocol/frames.ts')).not.toContain("throw new Todo('1.3', 'unmask');");
    await course.run('reset', 'day1');
    expect(course.read('day1-protocol/frames.ts')).toBe(starter);
  });

  test('a half-edited file: solve says what to do, reset of the day helps, and nothing is lost', async () => {
    course.edit('day1-protocol/frames.ts', 'export function unmask(', 'export function unmask((');
    const broken = course.read('day1-protocol/frames.ts');
    const { code, output } = await course.run('solve', '1.3');
    expect(code).toBe(1);
    expect(output).toMatch(/Syntax error in day1-protocol\/frames\.ts:\d+: .*/);
    expect(output).not.toMatch(/^\s+at /m);
    expect(course.read('day1-protocol/frames.ts')).toBe(broken);
    const reset = await course.run('reset', 'day1');
    const [folder] = /\.course\/backup\/\S+/.exec(reset.output) ?? [];
    expect(course.read(`${folder}/day1-protocol/frames.ts`)).toBe(broken);
  });

  test('solve and reset bring back the imports that an editor has removed', async () => {
    const unused = /^import .*#day1\/given\/rfc6455\.ts.*\n|^import .*node:crypto.*\n|^import .*todo\.ts.*\n/gm;
    for (const file of ['handshake.ts', 'frames.ts'])
      course.write(`day1-protocol/${file}`, course.read(`day1-protocol/${file}`).replace(unused, ''));
    await course.run('solve', '1.1', '1.4');
    expect(last((await course.run('test', '1.1', '1.4')).output)).toBe('2 passed, 0 failed');
    const { output } = await course.run('reset', '1.1');
    expect(output).toContain('that function in day1-protocol/handshake.ts is as it was at the start');
    expect((await course.run('test', '1.1')).output).toContain('0 done, 1 to do');
  });

  test('one exercise and a whole day: nothing else changes', async () => {
    await course.lay('solutions');
    course.edit('day1-protocol/frames.ts', 'return payload.map', '/* mine */ return payload.map');
    await course.run('reset', '1.1', '1.2');
    expect(course.read('day1-protocol/frames.ts')).toContain('/* mine */');
    await course.run('reset', 'day1', 'bonus');
    expect(course.read('day1-protocol/frames.ts')).toContain('/* mine */');
    expect(course.read('day1-protocol/bonus/broadcast.ts')).toContain("todo('1.a'");
  });

  test('two exercises of one file: the backup has the file before both changes', async () => {
    course.edit('day1-protocol/frames.ts', "throw new Todo('1.3', 'unmask');", 'return payload; // mine');
    const before = course.read('day1-protocol/frames.ts');
    const { output } = await course.run('solve', 'day1');
    const folders = new Set(output.match(/\.course\/backup\/\S+/g));
    expect(folders.size).toBe(1);
    expect(course.read(`${[...folders][0]}/day1-protocol/frames.ts`)).toBe(before);
    expect(last((await course.run('test', 'day1')).output)).toBe('7 passed, 0 failed');
  });

  test('a download without history, on a machine without git: reset and solve work, diff explains itself', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'zip-'));
    onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
    cpSync(course.folder, cwd, {
      recursive: true,
      filter: (path) => !/[\\/](node_modules|\.git|\.course)$/.test(path),
    });
    symlinkSync(join(ROOT, 'node_modules'), join(cwd, 'node_modules'), 'junction');
    const env = { PATH: '', Path: '' };
    const read = () => readFileSync(join(cwd, 'day1-protocol/handshake.ts'), 'utf8');
    const starter = read();
    expect((await course.runIn({ cwd, env }, 'solve', '1.1')).code).toBe(0);
    expect(read()).toContain("createHash('sha1')");
    expect((await course.runIn({ cwd, env }, 'reset', '1.1')).code).toBe(0);
    expect((await course.runIn({ cwd, env }, 'test', '1.1')).output).toContain('0 done, 1 to do');
    expect((await course.runIn({ cwd, env }, 'reset', 'day1')).code).toBe(0);
    expect(read()).toBe(starter);
    const diff = await course.runIn({ cwd, env }, 'diff', '1.1');
    expect(diff.output).toContain('git was not found');
    expect(diff.output).toContain('Compare day1-protocol/handshake.ts with solutions/day1-protocol/handshake.ts');
    expect(diff.code).toBe(1);
  });

  test('files with CRLF, as an editor on Windows may write them', async () => {
    await course.lay('solutions');
    const crlf = (path: string) => course.write(path, course.read(path).replaceAll('\n', '\r\n'));
    const files = ['handshake.ts', 'frames.ts', 'echo.ts', 'heartbeat.ts'].map((file) => `day1-protocol/${file}`);
    files.forEach(crlf);
    expect(last((await course.run('test', 'day1')).output)).toBe('7 passed, 0 failed');
    await course.lay('starters');
    files.forEach(crlf);
    const { output } = await course.run('test', '1.1');
    expect(output).toMatch(/Where\s+day1-protocol\/handshake\.ts:\d+\n\s+Replace the line throw new Todo\('1\.1', …\)/);
    expect((await course.run('reset', 'day1')).output).toContain('Nothing to do');
    await course.run('solve', '1.1');
    expect(course.read('day1-protocol/handshake.ts').replaceAll('\r\n', '')).not.toContain('\n');
    expect(last((await course.run('test', '1.1')).output)).toBe('1 passed, 0 failed');
  });

  test("git does not trust the folder, because it is another user's: all three work", async () => {
    const env = { GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' };
    for (const words of [
      ['solve', '1.1'],
      ['diff', '1.1'],
      ['reset', '1.1'],
      ['diff', '1.1'],
    ]) {
      const { code, output } = await course.runIn({ env }, ...words);
      expect(code, output).toBe(0);
    }
  });

  test('diff shows what is left to write', async () => {
    const { output } = await course.run('diff', '1.1');
    expect(output).toContain("-  throw new Todo('1.1', 'acceptKey');");
    expect(output).toContain("+  return createHash('sha1')");
  });
});

describe('typecheck', { timeout: 60_000 }, () => {
  test('an error of both passes is reported once, and a missing solution is an error', async () => {
    await course.lay('starters');
    course.edit('tools/todo.ts', 'const said', "export const odd: number = 'text';\nconst said");
    const solution = course.read('solutions/day1-protocol/bonus/broadcast.ts');
    course.remove('solutions/day1-protocol/bonus/broadcast.ts');
    const { code, output } = await course.run('typecheck');
    course.write('solutions/day1-protocol/bonus/broadcast.ts', solution);
    course.edit('tools/todo.ts', "export const odd: number = 'text';\n", '');
    expect(output.match(/tools\/todo\.ts/g)).toHaveLength(1);
    expect(output).toContain('solutions/day1-protocol/bonus/broadcast.ts is missing');
    expect(code).toBe(1);
  });

  test('a given file that the condition solution does not find', async () => {
    await course.lay('starters');
    course.rename('day1-protocol/given/rfc6455.ts', 'day1-protocol/rfc6455.ts');
    const frames = course.read('solutions/day1-protocol/frames.ts');
    course.edit('solutions/day1-protocol/frames.ts', '#day1/given/rfc6455.ts', '#day1/rfc6455.ts');
    const { code, output } = await course.run('typecheck');
    course.write('solutions/day1-protocol/frames.ts', frames);
    course.rename('day1-protocol/rfc6455.ts', 'day1-protocol/given/rfc6455.ts');
    expect(output).toContain('move it to day1-protocol/given/rfc6455.ts');
    expect(code).toBe(1);
  });
});

describe('staying', { timeout: 60_000 }, () => {
  beforeEach(() => course.lay('starters'));

  test('watch runs again after a save, even if that replaces the file, and after an endless loop', async () => {
    const watching = course.start('test', 'day1', 'watch');
    onTestFinished(watching.stop);
    expect(await watching.until('Watching:')).toContain('0 done, 7 to do');
    course.replace('day1-protocol/handshake.ts', course.read('solutions/day1-protocol/handshake.ts'));
    expect(await watching.until('Watching:')).toContain('1 done, 6 to do');
    course.replace(
      'day1-protocol/handshake.ts',
      course.read('solutions/day1-protocol/handshake.ts').replace('  return', '  for (;;);\n  return'),
    );
    expect(await watching.until('Watching:')).toContain("didn't return within 4 seconds");
    course.write('day1-protocol/handshake.ts', course.read('solutions/day1-protocol/handshake.ts'));
    expect(await watching.until('Watching:')).toContain('1 done, 6 to do');
  });

  test('watch survives a replaced folder, and goes from a single exercise to the next one', async () => {
    const watching = course.start('test', '1.1', 'watch');
    onTestFinished(watching.stop);
    expect(await watching.until('Watching:')).toContain('0 done, 1 to do');
    course.rename('day1-protocol', 'old-day1');
    cpSync(join(course.folder, 'old-day1'), join(course.folder, 'day1-protocol'), { recursive: true });
    course.remove('old-day1');
    expect(await watching.until('Watching:')).toContain('0 done, 1 to do');
    course.write('day1-protocol/handshake.ts', course.read('solutions/day1-protocol/handshake.ts'));
    expect(await watching.until('On to 1.2')).toContain('1.1 is right.');
    expect(await watching.until('Next: 1.2')).toContain('day1-protocol/frames.ts:');
  });

  test('start day1 solution port N: on that port, the finished one', async () => {
    const server = course.start('start', 'day1', 'solution', 'port', '0');
    onTestFinished(server.stop);
    const [url] = /http:\/\/localhost:\d+/.exec(await server.until('Stop it with')) ?? [];
    expect((await fetch(String(url).replace('localhost', '127.0.0.1'))).status).toBe(200);
  });

  test("start ends with the server's exit code: a port that is in use", async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, output } = await course.run('start', 'day1', 'port', String(port));
    expect(code).toBe(1);
    expect(output).toContain(`Choose another port: npm start day1 port ${port + 1}`);
    expect(output).not.toMatch(/^\s+at /m);
  });

  test('the doctor finds that this machine is ready', async () => {
    const fit = await course.run('doctor');
    expect(fit.output).toContain('Ready. Start here');
    expect(fit.code).toBe(0);
  });
});

describe('what this machine does not have', { timeout: 60_000 }, () => {
  beforeEach(() => course.lay('starters'));

  test('a program: the exercise that needs it is skipped, and the others count', async () => {
    const env = { NATS_SERVER: join(course.folder, 'nowhere') };
    const one = await course.runIn({ env }, 'test', '5.c');
    expect(line(one.output, '5.c')).toMatch(
      /– .*skipped: it needs nats-server \(apt, brew or choco install nats-server\)$/,
    );
    expect([last(one.output), one.code]).toEqual(['0 passed, 0 failed', 0]);
    await course.run('solve', '5.a', '5.b', '5.d');
    const all = await course.runIn({ env }, 'test', 'day5', 'bonus');
    expect(line(all.output, '5.c')).toContain('skipped');
    expect([last(all.output), all.code]).toEqual(['3 passed, 0 failed', 0]);
  });

  test('a package of the extras', async () => {
    const back = course.packages((name) => name !== '@nats-io');
    const { code, output } = await course.run('test', '5.c');
    back();
    expect(line(output, '5.c')).toContain('skipped: it needs the package @nats-io/transport-node (npm run extras)');
    expect([last(output), code]).toEqual(['0 passed, 0 failed', 0]);
  });
});

describe('colour', () => {
  test('if the terminal supports it, and never with NO_COLOR', async () => {
    const colour = { FORCE_COLOR: '1', NO_COLOR: undefined };
    expect((await course.runIn({ env: colour }, 'test', '1.1')).output).toContain('\u001B[');
    expect((await course.runIn({ env: { ...colour, NO_COLOR: '1' } }, 'test', '1.1')).output).not.toContain('\u001B');
  });
});

test('a reader that stops after the first lines gets no stack', async () => {
  const child = spawn(process.execPath, ['tools/course.cjs', 'doctor'], { cwd: course.folder });
  child.stdout.destroy();
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  await once(child, 'close');
  expect(errors).toBe('');
});

describe('before anything can run', () => {
  test.each([
    ['18.20.8', false],
    ['20.18.3', false],
    ['20.19.0', true],
    ['21.7.3', false],
    ['22.11.0', false],
    ['22.12.0', true],
    ['23.11.1', false],
    ['24.0.0', true],
    ['26.10.0', true],
  ])('Node %s: %s', async (version, fits) => {
    const pretend = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`;
    const { code, output } = await course.runIn({ node: ['--import', pretend] }, 'hint');
    expect(output).toContain(fits ? 'Say which exercise' : `Node ${version} cannot run this course: it needs 20.19`);
    expect(output).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
  });

  test('without npm install: a sentence', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'bare-'));
    onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
    mkdirSync(join(cwd, 'tools/commands'), { recursive: true });
    for (const path of [
      'package.json',
      'tools/course.cjs',
      'tools/course.js',
      'tools/run/set-up.js',
      'tools/commands/test.js',
    ])
      cpSync(join(course.folder, path), join(cwd, path));
    const { code, output } = await course.runIn({ cwd }, 'test', 'day1');
    expect(output).toBe('The packages are not installed yet. In this folder, run: npm install\n');
    expect(code).toBe(1);
  });

  test('a package that is missing: no command shows a stack, and the doctor needs none', async () => {
    const back = course.packages((name) => name !== 'chalk' && name !== '.bin');
    onTestFinished(back);
    for (const words of [['test', 'day1'], ['start', 'day1'], ['hint', '1.1'], ['solve', '1.1'], ['doctor']]) {
      const { code, output } = await course.run(...words);
      expect(output).toContain('These packages are not installed: chalk.');
      expect(output).not.toMatch(/^\s+at /m);
      expect(code).toBe(1);
    }
  });

  test('packages from another system: no command shows a stack', async () => {
    const back = course.packages((name) => !['esbuild', '@esbuild', '.bin'].includes(name));
    onTestFinished(back);
    mkdirSync(join(course.folder, 'node_modules/@esbuild/aix-ppc64'), { recursive: true });
    mkdirSync(join(course.folder, 'node_modules/esbuild'));
    const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/esbuild/package.json'), 'utf8'));
    course.write('node_modules/esbuild/package.json', JSON.stringify({ name: 'esbuild', version, main: 'main.js' }));
    course.write('node_modules/esbuild/main.js', "throw new Error('You installed esbuild for another platform');");
    course.write('node_modules/@esbuild/aix-ppc64/package.json', '{}');
    for (const words of [['test', 'day1'], ['start', 'day1'], ['hint', '1.1'], ['doctor']]) {
      const { code, output } = await course.run(...words);
      expect(output).toContain('The packages were installed on another system: esbuild is there for aix-ppc64.');
      expect(output).toContain('Delete the folder node_modules, and run here: npm install');
      expect(output).not.toMatch(/^\s+at /m);
      expect(code).toBe(1);
    }
  });
});

describe('the folder of the course', { timeout: 60_000 }, () => {
  /** The copy under another name. */
  const named = (name: string): string => {
    const parent = mkdtempSync(join(tmpdir(), 'names-'));
    onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
    const cwd = join(parent, name);
    cpSync(course.folder, cwd, {
      recursive: true,
      filter: (path) => !/[\\/](node_modules|\.git|\.course)$/.test(path),
    });
    symlinkSync(join(ROOT, 'node_modules'), join(cwd, 'node_modules'), 'junction');
    return cwd;
  };
  beforeEach(() => course.lay('solutions'));

  test.each(['my%20course', '100%', "ünï-日本 [it's] {a,b} (x)"])('%s: works', async (name) => {
    const cwd = named(name);
    expect(last((await course.runIn({ cwd }, 'test', 'day1')).output)).toBe('7 passed, 0 failed');
    const server = course.startIn({ cwd }, 'start', 'day1', 'port', '0');
    onTestFinished(server.stop);
    const [port] = /(?<=localhost:)\d+/.exec(await server.until('Stop it with')) ?? [];
    expect(await (await fetch(`http://127.0.0.1:${port}/main.js`)).text()).toContain('new WebSocket');
    const { output } = await course.runIn({ cwd }, 'doctor');
    expect(output).toContain('Ready.');
  });

  const POSIX = process.platform === 'win32' ? [] : ['a?b', 'a*b', 'a\\b'];
  test.each(['a#b', ...POSIX])('%s: every command says that it cannot work', async (name) => {
    const cwd = named(name);
    for (const words of [['test', 'day1'], ['start', 'day1'], ['doctor'], ['hint', '1.1']]) {
      const { code, output } = await course.runIn({ cwd }, ...words);
      expect(output).toContain(`The path of this folder has a ${name[1]} in it, and the course can't run there`);
      expect(output).not.toMatch(/^\s+at /m);
      expect(code).toBe(1);
    }
  });

  /** Lets a function of Node's fs module fail with an error of the system. */
  const failing = (name: string, code: string): Record<string, string> => {
    const patch = `import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';
      fs.${name} = (path) => { throw Object.assign(new Error('${code}'), { code: '${code}', path: String(path), syscall: '${name}' }); };
      syncBuiltinESMExports();`;
    return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(patch)}` };
  };

  test('read-only: the tests run, and what writes says why it cannot', async () => {
    const env = failing('mkdirSync', 'EROFS');
    expect(last((await course.runIn({ env }, 'test', '1.1')).output)).toBe('1 passed, 0 failed');
    for (const words of [['solve', '1.1'], ['reset', '1.1'], ['reset', 'day1'], ['doctor']]) {
      const { code, output } = await course.runIn({ env }, ...words);
      expect(flat(output)).toMatch(/The system does not allow access to .*\.course.* \(EROFS\)\./);
      expect(output).not.toMatch(/^\s+at /m);
      expect(code).toBe(1);
    }
  });

  test('no folder for temporary files: a sentence that names the variable', async () => {
    const nowhere = join(course.folder, 'package.json');
    const env = { TMPDIR: nowhere, TEMP: nowhere, TMP: nowhere };
    expect(last((await course.runIn({ env }, 'test', '1.1')).output)).toBe('1 passed, 0 failed');
    for (const words of [['start', 'day1'], ['doctor'], ['redis', '0']]) {
      const { code, output } = await course.runIn({ env }, ...words);
      expect(output).toMatch(/The folder for temporary files can't be used .*\n.*Change the variable T/);
      expect(output).not.toMatch(/^\s+at /m);
      expect(code).toBe(1);
    }
  });

  test('no more watchers: watch does without', async () => {
    const watching = course.startIn({ env: failing('watch', 'ENOSPC') }, 'test', '1.1', 'watch');
    onTestFinished(watching.stop);
    expect(await watching.until('Watching:')).toContain('1 done, 0 to do');
    course.write('day1-protocol/handshake.ts', '');
    expect(await watching.until('Watching:')).toContain('No export named acceptKey');
  });
});

test('a proxy for everything: what is for this machine does not go there', { timeout: 60_000 }, async () => {
  cpSync(join(course.folder, 'solutions/day2-client'), join(course.folder, 'day2-client'), { recursive: true });
  const env = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: undefined, no_proxy: undefined };
  // Somewhere, and not at the end: Node 22 itself warns that this is experimental.
  expect((await course.runIn({ env }, 'test', '2.4', '2.5')).output).toMatch(/^2 passed, 0 failed$/m);
  await course.run('reset', 'all');
});
