import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CourseCopy, last } from '#tools/tests/course-copy.ts';

let course: CourseCopy;
beforeAll(() => {
  course = new CourseCopy();
});
afterAll(() => course.remove());

/** Without line breaks. */
const flat = (output: string): string => output.replace(/\s+/g, ' ');
/** The line of one exercise in the checklist. */
const line = (output: string, id: string): string | undefined => output.split('\n').find((one) => one.includes(` ${id} `));

describe('npm test day1', { timeout: 60_000 }, () => {
  beforeEach(() => course.lay('starters'));

  test('the starter is red, names 1.1, and shows no stack', async () => {
    const { code, output } = await course.run('test', 'day1');
    expect(code).toBe(1);
    expect(output).toContain('0 of 7 done, next: 1.1');
    expect(output).toContain('Nothing yet: this one is not written.');
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

  test('a syntax error is told with file and line, and the other files keep their results', async () => {
    await course.lay('solutions');
    course.edit('day1-protocol/echo.ts', 'socket.send(isBinary', 'socket.send((isBinary');
    const { code, output } = await course.run('test', 'day1');
    expect(code).toBe(1);
    expect(output).toContain('day1-protocol/echo.ts cannot be read');
    expect(output).toMatch(/line \d+/);
    for (const id of ['1.1', '1.2', '1.3', '1.4', '1.7']) expect(line(output, id)).toContain('✓');
    for (const id of ['1.5', '1.6']) expect(line(output, id)).toContain('✗');
  });

  test('a lost export is told by its name', async () => {
    await course.lay('solutions');
    course.edit('day1-protocol/handshake.ts', 'export function acceptKey', 'function acceptKey');
    const { output } = await course.run('test', 'day1');
    expect(output).toContain('No export named acceptKey');
    expect(last(output)).toBe('6 passed, 1 failed');
  });

  test('a file that throws while it loads', async () => {
    await course.lay('solutions');
    course.edit('day1-protocol/handshake.ts', 'export function acceptKey', 'throw new Error("too early");\nexport function acceptKey');
    const { output } = await course.run('test', 'day1');
    expect(output).toContain('The code threw Error: too early');
    expect(output).toMatch(/Where\s+day1-protocol\/handshake\.ts, line \d+/);
    expect(last(output)).toBe('6 passed, 1 failed');
  });

  test('an endless loop ends the run, and names the exercise', async () => {
    await course.lay('solutions');
    course.edit('day1-protocol/frames.ts', 'return payload.map', 'for (;;);\n  return payload.map');
    const { code, output } = await course.run('test', 'day1');
    expect(code).toBe(1);
    expect(output).toContain('1.3 unmask, in day1-protocol/frames.ts');
    expect(output).toContain('It never came back');
    expect(last(output)).toBe('6 passed, 1 failed');
  });

  test('a handler that never answers ends, and says what it waited for', async () => {
    await course.lay('solutions');
    course.edit('day1-protocol/echo.ts', 'socket.send(isBinary', 'if (data.length < 0) socket.send(isBinary');
    const { output } = await course.run('test', '1.5');
    expect(flat(output)).toContain('No sign of an answer to "fence 1"');
    expect(flat(output)).toContain('The connection is open.');
    expect(last(output)).toBe('0 passed, 1 failed');
  });

  test('a crash is charged to the exercise that caused it', async () => {
    await course.lay('solutions');
    course.edit('day1-protocol/echo.ts', 'socket.send(isBinary', 'if (isBinary) throw new Error("oh no");\n  socket.send(isBinary');
    const { output } = await course.run('test', 'day1');
    expect(line(output, '1.5')).toContain('✗');
    expect(output).toContain('The server would be down now');
    expect(output).toContain('Error: oh no');
    expect(output).toMatch(/Where\s+day1-protocol\/echo\.ts, line \d+/);
    expect(last(output)).toBe('6 passed, 1 failed');
  });

  test('an unhandled rejection is a crash, too', async () => {
    await course.lay('solutions');
    course.edit('day1-protocol/echo.ts', 'socket.send(isBinary', 'if (isBinary) void Promise.reject(new Error("nobody waits"));\n  socket.send(isBinary');
    const { output } = await course.run('test', 'day1');
    expect(line(output, '1.5')).toContain('✗');
    expect(output).toContain('Error: nobody waits');
  });

  test("what the learner's code prints is shown", async () => {
    await course.lay('solutions');
    course.edit('day1-protocol/handshake.ts', "return createHash('sha1')", "console.log('the key is', key);\n  return createHash('sha1')");
    const { output } = await course.run('test', '1.1');
    expect(output).toContain('| the key is dGhlIHNhbXBsZSBub25jZQ==');
    expect(last(output)).toBe('1 passed, 0 failed');
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
    await course.lay('solutions');
    expect(last((await course.run('test', 'day1', 'bonus')).output)).toBe('4 passed, 0 failed');
  });
});

describe('words', () => {
  test.each([
    ['test', 'day9', '"day9" is not something that is there.'],
    ['test', '1.9', '"1.9" is not something that is there.'],
    ['test', 'wacth', '"wacth" is not something that is there.'],
    ['hint', '1.1 9', 'Exercise 1.1 has 3 hints'],
    ['hint', '', 'Say which exercise'],
    ['solve', '', 'Say which exercise'],
    ['reset', '', 'Say what to reset'],
    ['diff', '', 'Say which day'],
    ['start', '', 'Say which day'],
    ['start', 'day9', '"day9" is not something that is there.'],
  ])('%s %s: a sentence, exit 1, no stack', async (command, words, says) => {
    const { code, output } = await course.run(command, ...words.split(' ').filter(Boolean));
    expect(output).toContain(says);
    expect(output).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
  });

  test('3 ways to name an exercise or a day', async () => {
    await course.lay('starters');
    for (const word of ['1', 'day1', 'DAY1']) expect(last((await course.run('test', word)).output)).toBe('0 passed, 7 failed');
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
    course.edit('day1-protocol/frames.ts', "throw new Todo('1.3', 'unmask');", "return payload; // mine");
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
    expect(output).toMatch(/day1-protocol\/frames\.ts cannot be read: .*line \d+/);
    expect(output).not.toMatch(/^\s+at /m);
    expect(course.read('day1-protocol/frames.ts')).toBe(broken);
    const reset = await course.run('reset', 'day1');
    const [folder] = /\.course\/backup\/\S+/.exec(reset.output) ?? [];
    expect(course.read(`${folder}/day1-protocol/frames.ts`)).toBe(broken);
  });

  test('diff shows what is left to write', async () => {
    const { output } = await course.run('diff', '1.1');
    expect(output).toContain("-  throw new Todo('1.1', 'acceptKey');");
    expect(output).toContain("+  return createHash('sha1')");
  });
});
