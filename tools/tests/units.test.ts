import { parseSync } from 'vite';
import { describe, expect, test } from 'vitest';
import { errorsIn } from '#tools/commands/typecheck.js';
import { parseEntries } from '#tools/run/entries.js';
import { readDays } from '#tools/run/catalogue.js';
import { Board, type Report } from '#tools/run/board.js';
import { lostImportsOf } from '#tools/run/imports.js';
import {
  anchor,
  checkCommands,
  checkRunSheet,
  checkTable,
  namedFiles,
  proseWords,
  whereIs,
} from '#tools/run/lessons.js';
import { differences, withoutBox } from '#tools/run/pairs.js';
import { isDebugged } from '#tools/run/debugged.js';
import { mutantsOf } from '#tools/run/mutants.js';
import { compare, survivorsIn } from '#tools/run/mutation.js';
import { placeOf } from '#tools/run/place.js';
import { putInto } from '#tools/run/put.js';
import { progress } from '#tools/run/progress.js';
import { cleanLines, toShow } from '#tools/run/prints.js';
import {
  asCode,
  checklist,
  closing,
  nextOf,
  otherFailures,
  panel,
  printed,
  unread,
  whereNext,
  wrap,
} from '#tools/run/report.js';
import { flagsThatNpmKept } from '#tools/commands/start.js';
import { restyle, STYLES } from '#tools/run/restyle.js';
import { applyEdit, findFunction, replaceFunction } from '#tools/run/source.js';
import { statuses } from '#tools/run/status.js';
import { whenChanged } from '#tools/run/watch.js';
import { readWords } from '#tools/run/words.js';

const exercise = (id: string, waitsFor?: string[]) => ({
  id,
  name: 'subject',
  file: 'file.ts',
  minutes: 1,
  lesson: 'here',
  why: 'Because.',
  hints: ['Look.', 'Look here.'],
  waitsFor,
});
const day = {
  number: 1,
  folder: 'day1-protocol',
  title: 'The protocol',
  exercises: [exercise('1.1'), exercise('1.2', ['1.1'])],
};
const fails = (kind: 'todo' | 'waits' | 'fail' | 'hang' | 'unread', of = '1.1', hint?: number) => ({
  name: 'a check',
  failure: { kind, message: 'Words.', exercise: of, stack: '', hint },
});
const passes = { name: 'another check' };

describe('replacing one function in a file', () => {
  const code =
    'const a = 1;\n/** doc */\nexport function one(x: number): number {\n  return x;\n}\nclass C {\n  #two(): void {}\n  three(): void {}\n}\nexport const four = (): void => {};\n';

  test.each(['one', 'C.three', 'three', 'C.#two', 'four'])('%s is found', (name) => {
    const place = findFunction(code, name);
    expect(code.slice(place?.start, place?.end)).toMatch(new RegExp(name.replace('C.', '')));
  });
  test('the rest stays as it is', () => {
    expect(replaceFunction(code, 'one', 'export const one = 1;')).toBe(
      code.replace(/export function one[^]*?\n}/, 'export const one = 1;'),
    );
  });
  test('a name that is missing or occurs twice throws', () => {
    expect(() => replaceFunction(code, 'five', '')).toThrow('no function or method five');
    expect(() => replaceFunction('class A { x() {} }\nclass B { x() {} }', 'x', '')).toThrow('more than one');
  });
  test('a syntax error throws, with the line', () => {
    expect(() => findFunction('const a = 1;\nfunction (', 'a')).toThrow(
      expect.objectContaining({ name: 'SyntaxError', line: 2 }),
    );
  });
});

describe('putting a solution in place', () => {
  const source =
    "import { a, type T } from 'a';\nimport * as b from 'b';\nimport type { C } from './c.ts';\nimport { d as e } from 'd';\n\nexport function one(x: T): C {\n  return a(b.x, e); // f\n}\n";

  test('with the imports that it needs, and no others', () => {
    const target = "import { e } from 'mine';\nimport { f } from 'f';\n\nexport function one() {}\n";
    expect(putInto(target, source, 'one')).toBe(
      "import { e } from 'mine';\nimport { f } from 'f';\nimport { a } from 'a';\nimport type { T } from 'a';\nimport * as b from 'b';\nimport type { C } from './c.ts';\n\nexport function one(x: T): C {\n  return a(b.x, e); // f\n}\n",
    );
  });
  test('into a file without imports: after its box', () => {
    const target = '/*\n * What you have\n */\n\n/** Does it. */\nexport function one() {}\n';
    const small = "import { a } from 'a';\nexport function one() {\n  a();\n}\n";
    expect(putInto(target, small, 'one')).toBe(
      "/*\n * What you have\n */\nimport { a } from 'a';\n\n/** Does it. */\nexport function one() {\n  a();\n}\n",
    );
    expect(putInto('export function one() {}\n', small, 'one')).toBe(
      "import { a } from 'a';\n\nexport function one() {\n  a();\n}\n",
    );
  });
  test('a file with `export { one }` keeps its style', () => {
    const target = "import { a } from 'a';\nfunction one() {}\nexport { one };\n";
    const small = "import { a } from 'a';\nexport function one() {\n  a();\n}\n";
    expect(putInto(target, small, 'one')).toBe(
      "import { a } from 'a';\nfunction one() {\n  a();\n}\nexport { one };\n",
    );
  });
});

describe('the state of an exercise', () => {
  const of = (...checks: object[]) =>
    statuses(
      day.exercises,
      new Map([
        ['1.1', checks as never],
        ['1.2', [passes]],
      ]),
    )[0].state;

  test('done, when every check passes', () => expect(of(passes, passes)).toBe('done'));
  test('no check at all is not done', () => expect(of()).toBe('fail'));
  test('not written outweighs a failure', () => expect(of(fails('fail'), fails('todo'))).toBe('todo'));
  test('a hang is a failure', () => expect(of(passes, fails('hang'))).toBe('fail'));
  test('a file that cannot be read outweighs all', () =>
    expect(of(fails('unread'), fails('waits', '1.3'))).toBe('unread'));
  test('another exercise that is not written makes it wait', () =>
    expect(of(fails('waits', '1.3'), passes)).toBe('waits'));
  test('its waitsFor comes before its own failures', () => {
    const [, second] = statuses(
      day.exercises,
      new Map([
        ['1.1', [fails('fail')]],
        ['1.2', [fails('fail', '1.2')]],
      ]),
    );
    expect(second).toMatchObject({ state: 'waits', waitsFor: '1.1' });
  });
});

describe('the report', () => {
  const [first, second] = statuses(
    day.exercises,
    new Map([
      ['1.1', [fails('fail')]],
      ['1.2', [passes]],
    ]),
  );

  test('counts, and names the next', () =>
    expect(closing([first, second])).toBe('1 done, 1 not right yet. Next: 1.1\n1 passed, 1 failed'));
  test('the panel has what happened, why, a hint, and where to read', () => {
    const text = panel(day, first, 80);
    for (const words of ['Words.', 'a check', 'Because.', 'Look.', 'day1-protocol/README.md#here'])
      expect(text).toContain(words);
  });
  test('a check may say which hint fits, or that none does', () => {
    const of = (hint?: number) =>
      panel(day, statuses(day.exercises, new Map([['1.1', [fails('fail', '1.1', hint)]]]))[0], 200);
    expect(of()).toMatch(/Hint +Look\.\n +Next hint: npm run hint 1\.1 2\n/);
    expect(of(2)).toMatch(/Hint +Look here\.\n +Read again/);
    expect(of(0)).toContain('Words.');
    expect(of(0)).not.toMatch(/Hint|Because/);
  });
  test('a file with a syntax error: not checked, reported once, and the next thing to fix', () => {
    const both = statuses(
      day.exercises,
      new Map([
        ['1.1', [fails('unread')]],
        ['1.2', [fails('unread', '1.2')]],
      ]),
    );
    expect(checklist(day, both).match(/\? 1\.\d .* not checked/g)).toHaveLength(2);
    expect(unread(both)).toEqual(['Words.']);
    expect(closing(both)).toBe('0 done, 2 not checked. Next: fix that file\n0 passed, 2 failed');
  });
  test('an exercise that waits says for which one, and what to do first', () => {
    const [, waiting] = statuses(
      day.exercises,
      new Map([
        ['1.1', [fails('todo')]],
        ['1.2', [fails('fail', '1.2')]],
      ]),
    );
    expect(panel(day, waiting, 200)).toContain('it needs 1.1, which is not done. Do that first: npm test 1.1');
    expect(closing([waiting])).toBe('0 done, 1 to do. Next: 1.1\n0 passed, 1 failed');
  });
  test('the panel is about the first that is not done; others that are wrong are named', () => {
    const of = (one: object, two: object) => {
      const all = statuses(
        [exercise('1.1'), exercise('1.2')],
        new Map([
          ['1.1', [one as never]],
          ['1.2', [two as never]],
        ]),
      );
      expect(nextOf(all)).toBe(all[0]);
      return otherFailures(all, all[0]);
    };
    expect(of(fails('todo'), fails('fail', '1.2'))).toBe('Not right yet: 1.2. To see why: npm test 1.2');
    expect(of(fails('fail'), fails('fail', '1.2'))).toBe('Also not right yet: 1.2. To see why: npm test 1.2');
    expect(of(fails('fail'), passes)).toBe('');
  });
  test('skipped because something is missing here: neither done nor failed', () => {
    const [skipped] = statuses(
      day.exercises,
      new Map([
        ['1.1', [{ name: 'a check', missing: 'it needs more' }]],
        ['1.2', [passes]],
      ]),
    );
    expect(skipped.state).toBe('missing');
    expect(checklist(day, [skipped])).toMatch(/– 1\.1 .*skipped: it needs more/);
    expect(closing([skipped, second])).toBe('1 done, 0 to do\n1 passed, 0 failed');
    expect(closing([skipped])).toMatch(/Nothing was checked\..*\n0 passed, 0 failed$/);
  });
  test('all done, but something else went wrong: not green', () =>
    expect(closing([second], false)).toMatch(/went wrong outside of the exercises.*\n1 passed, 1 failed$/));
  test('an exercise that is not written is open: what to build, where, and no hint', () => {
    const [open] = statuses(day.exercises, new Map([['1.1', [fails('todo'), fails('fail')]]]));
    const text = 'import x;\n\nexport function subject() {\n  // TODO 1.1 1. Look.\n  throw new Todo("1.1");\n}\n';
    const shown = panel(day, open, 200, text.replaceAll('"', "'"));
    expect(shown).toMatch(/Where +day1-protocol\/file\.ts:4\n +Replace the line throw new Todo\('1\.1', …\) with/);
    expect(shown).toMatch(/Build this +subject, as/);
    expect(shown).toContain('npm run hint 1.1');
    expect(shown).not.toMatch(/Look\.|Because|See it work|fail/);
    expect(closing([open])).toBe('0 done, 1 to do. Next: 1.1\n0 passed, 1 failed');
    const told = { ...open, exercise: { ...open.exercise, goal: 'Do the thing.', see: 'Reload the page.' } };
    expect(panel(day, told, 200)).toMatch(/Build this +Do the thing\.\n[^]*See it work +Reload the page\./);
  });
  test('how many checks fail, and a line that a terminal makes a link', () => {
    const failure = { ...fails('fail').failure, stack: 'at x (/home/me/day1-protocol/file.ts?variant=a:24:3)' };
    const of = (...checks: object[]) =>
      panel(day, statuses(day.exercises, new Map([['1.1', checks as never]]))[0], 200, 'export const subject = 1;');
    expect(of({ name: 'a check', failure }, passes, fails('fail'))).toMatch(
      /The check +a check\n +2 of 3 checks fail\. This is the first one\.\n +Where +day1-protocol\/file\.ts:24\n/,
    );
    expect(of(fails('fail'), passes)).toMatch(/1 of 2 checks fails\.\n +Where +day1-protocol\/file\.ts:1\n/);
    expect(of(fails('fail'))).not.toContain('first one');
  });
  test('the third hint is code, and keeps its lines', () => {
    const [, { exercise: one }] = statuses(day.exercises, new Map());
    const three = { ...one, id: '1.1', hints: ['Look.', 'Look here.', 'if (a) {\n  b();\n}'] };
    const [status] = statuses([three], new Map([['1.1', [fails('fail', '1.1', 3)]]]));
    expect(panel(day, status, 200)).toMatch(/\n? +if \(a\) \{\n +b\(\);\n +\}\n/);
    expect(asCode('if (a) {\n  b();\n}\n', 100)).toBe('    if (a) {\n      b();\n    }');
    expect(asCode('one two three four', 16)).toBe('    one two\n      three four');
  });
  test('a day that is done says where to go', () => {
    const two = { ...day, exercises: [...day.exercises, { ...day.exercises[0], id: '1.a' }] };
    const days = [two, { ...day, number: 2, folder: 'day2-client' }];
    const [one, other, extra] = two.exercises;
    const all = whereNext(two, [one, other], { days, commands: ['test'] });
    for (const words of ['Day 1 is done', 'npm start day1', 'npm test day1 bonus', 'day2-client/README.md'])
      expect(all).toContain(words);
    expect(all).not.toContain('exam');
    expect(whereNext(two, [one, other], { days, commands: ['exam'] })).toContain('npm run exam day1');
    expect(whereNext(two, [one], { days, commands: [] })).toMatch(/1\.1 is right\.\n\n +Go on with +npm test 1\.2$/);
    expect(whereNext(two, [other], { days, commands: [] })).toContain('npm test day1');
    const bonusDone = whereNext(two, [extra], { days: [two], commands: [] });
    expect(bonusDone).toContain('The bonus of day 1 is done');
    expect(bonusDone).not.toMatch(/bonus$|next day/m);
  });
  test('no line is wider than the terminal', () => {
    for (const line of wrap('one two three four five six', 10)) expect(line.length).toBeLessThanOrEqual(10);
  });
});

describe('the place of an exercise', () => {
  const of = (text: string) => placeOf(text, { ...day.exercises[0], id: '1.1' });

  test('its TODO, its mark, its function, or none', () => {
    expect(of("a\n// TODO 1.11\n// TODO 1.1 x\ntodo('1.1', 'x');")).toEqual({ line: 3, mark: "todo('1.1', …)" });
    expect(of("a\nif (b) todo('1.1', 'x');")).toEqual({ line: 2, mark: "todo('1.1', …)" });
    expect(of("\nreturn Promise.reject(new Todo('1.1', 'x'));")).toEqual({ line: 2, mark: "new Todo('1.1', …)" });
    expect(of('\n\nexport function subject() {}')).toEqual({ line: 3, mark: undefined });
    expect(of('export function (')).toEqual({ line: undefined, mark: undefined });
  });
});

describe('what the code printed', () => {
  const all = statuses(
    day.exercises,
    new Map([
      ['1.1', [passes]],
      ['1.2', [passes, fails('fail', '1.2')]],
    ]),
  );

  test('nothing from what passes; the failing check first; no line twice in a row', () => {
    const prints = [
      { line: 'passes', exercise: '1.1' },
      { line: 'outside' },
      { line: 'before', exercise: '1.2', check: 'another check' },
      { line: 'here', exercise: '1.2', check: 'a check' },
      { line: 'here', exercise: '1.2', check: 'a check' },
    ];
    expect(toShow(prints, all, all[1])).toEqual(['here', 'before', 'outside']);
    expect(toShow(prints, [all[0]])).toEqual([]);
  });
  test('what came outside of the checks says nothing about an exercise that is not written yet', () => {
    const [done, wrong] = all;
    const unwritten = { ...wrong, state: 'todo' as const };
    expect(toShow([{ line: 'outside' }], [done, unwritten], unwritten)).toEqual([]);
    expect(toShow([{ line: 'outside' }], [done, wrong], wrong)).toEqual(['outside']);
  });
  test('control characters go to a terminal only', () => {
    const text = '\u001b[31mred\u001b[0m\u0007\nnext\r\nlast\tone';
    expect(cleanLines(text, false)).toEqual(['red', 'next', 'last\tone']);
    expect(cleanLines(text, true)[0]).toContain('\u001b[31m');
  });
  test('at most five lines, and none of them too long', () => {
    expect(printed(['1', '2', '3', '4', '5', '6', '7'], 'npm test day1 verbose')).toBe(
      'Your code printed:\n  | 1\n  | 2\n  | 3\n  | 4\n  | 5\n  and 2 more lines: npm test day1 verbose',
    );
    expect(printed(['x'.repeat(10_000)], '').length).toBeLessThan(400);
    expect(printed([], '')).toBe('');
  });
});

describe('the board of watch', () => {
  type States = Report['states'];
  /** A board whose runs return these states, one after the other. `seen` is the screen, `runs` what was asked for. */
  const open = (words: string[], ...states: States[]) => {
    const seen: string[] = [];
    const runs: string[] = [];
    const means = {
      run: async (wanted: string[], focus?: string) => {
        runs.push([...wanted, focus ?? ''].join(' ').trim());
        const now = states.length > 1 ? (states.shift() as States) : states[0];
        const ids = Object.keys(now).filter((id) => now[id] !== 'done');
        return { text: 'the board', states: now, shown: ids.find((id) => id === focus) ?? ids[0], hint: 0 };
      },
      replace: (text: string) => void seen.splice(0, Infinity, text),
      append: (text: string) => void seen.push(text),
      diff: async (id: string) => `diff of ${id}`,
      quit: () => void seen.push('bye'),
    };
    return { board: new Board(words, [day], true, means), seen, runs };
  };
  const bothOpen: States = { '1.1': 'todo', '1.2': 'todo' };

  test('h shows one hint after the other, then the way to the solution', async () => {
    const { board, seen } = open(['day1'], bothOpen);
    await board.go();
    for (const key of 'hhh') await board.key(key);
    expect(seen.slice(1)).toEqual([
      '\nHint 1 of 2: Look.',
      '\nHint 2 of 2: Look here.',
      expect.stringContaining('npm run solve 1.1'),
    ]);
  });
  test('d shows the difference, n goes to the next exercise and round again, Enter runs again, q ends', async () => {
    const { board, seen, runs } = open(['day1'], bothOpen);
    await board.go();
    await board.key('d');
    expect(seen.at(-1)).toBe('\ndiff of 1.1');
    await board.key('n');
    await board.key('\r');
    await board.key('n');
    expect(runs).toEqual(['day1', 'day1 1.2', 'day1 1.2', 'day1 1.1']);
    await board.key('q');
    expect(seen.at(-1)).toBe('bye');
  });
  test('an exercise that becomes right is announced, and is no longer the chosen one', async () => {
    const { board, seen, runs } = open(['day1'], bothOpen, bothOpen, { '1.1': 'todo', '1.2': 'done' });
    await board.go();
    await board.key('n');
    await board.go();
    expect(seen[0]).toContain('1.2 is right.');
    await board.go();
    expect(runs.at(-1)).toBe('day1');
  });
  test('a single exercise that becomes right: on to the next one', async () => {
    const { board, seen, runs } = open(['1.1'], { '1.1': 'fail' }, { '1.1': 'done' }, { '1.2': 'todo' });
    await board.go();
    await board.go();
    expect(runs).toEqual(['1.1', '1.1', '1.2']);
    expect(seen[0]).toContain('the board');
    await board.key('n');
    expect(seen.at(-1)).toContain('Nothing else to do here.');
  });
  test('the old board stays until the new one is there', async () => {
    const { board, seen } = open(['day1'], bothOpen);
    await board.go();
    const again = board.go();
    expect(seen[0]).toContain('the board');
    expect(seen.at(-1)).toContain('Checking again');
    await again;
    expect(seen).toHaveLength(1);
  });
});

test('one save is several changes: reported once, when they are over', () => {
  const looks = ['a', 'a', 'b', '', 'c', 'c', 'c', 'a', 'a'];
  let told = 0;
  const tick = whenChanged(
    () => looks.shift() as string,
    () => told++,
  );
  const after = looks.slice().map(() => (tick(), told));
  expect(after).toEqual([0, 0, 0, 0, 1, 1, 1, 2]);
});

describe('a debugger', () => {
  test.each([
    [{ url: 'ws://127.0.0.1:9229/x', execArgv: [], options: '' }, true],
    [{ execArgv: ['--inspect-brk=0'], options: '' }, true],
    [{ execArgv: [], options: '--import tsx --inspect' }, true],
    [{ execArgv: ['--import', 'tsx'], options: '--max-old-space-size=99' }, false],
  ])('%j: %s', (process, is) => expect(isDebugged(process)).toBe(is));
});

describe('mutants', () => {
  /** The changed lines of each mutant of a function with this body. */
  const of = (body: string, head = 'export async function one(a: number, b = true)') =>
    mutantsOf(`const before = 1;\n${head} {\n${body}\n}\nconst after = 1;\n`, 'one').map(({ after }) =>
      after.join(' '),
    );

  test.each([
    ['if (a < 2) b();', ['if (a <= 2) b();', 'if (a > 2) b();', 'if (true) b();', 'if (false) b();', 'if (a < 2) ;']],
    ['if (a < 2) b();', ['if (a < 3) b();', 'if (a < 4) b();', 'if (a < 1) b();']],
    ['return a && b;', ['return a || b;', 'return a;', 'return b;', '']],
    ['return a ? 1 : b;', ['return (1);', 'return (b);']],
    ['await a();', ['(a());', 'await Promise.resolve(a()).catch(() => {});', '']],
    ["f(a, b, 'x');", ["f(b, a, 'x');", "f(a, 'x', b);", "f(a, b, '');"]],
    ['f(a);', ['queueMicrotask(() => f(a));', 'setTimeout(() => f(a));', '']],
    [
      'on(() => f(a));',
      ['on(() => undefined);', 'on(() => queueMicrotask(() => f(a)));', 'on(() => setTimeout(() => f(a)));'],
    ],
    ['try { f(); } catch (error) { g(error); }', ['try { f(); } catch (error) {}']],
    ['a?.b();', ['a.b();']],
    ['a ??= !b;', ['a = !b;', 'a ??= (b);']],
  ])('%s', (body, expected) => expect(of(body)).toEqual(expect.arrayContaining(expected)));
  test('defaults, but not types, texts of errors, or code outside', () => {
    const all = of(
      "throw new RangeError(`no ${a.slice(0, 80)}` + 'text');",
      "export function one(a: 'x' | 1, b = true): 7",
    );
    expect(all).toEqual(["export function one(a: 'x' | 1, b = false): 7 {", '']);
  });
  test('the order is kept if it makes no difference', () =>
    expect(of('Math.min(a, b);')).not.toContain('Math.min(b, a);'));
  test('each can be parsed, and no two are the same', () => {
    const all = of('for (const x of a) if (x) return -x;');
    expect(new Set(all).size).toBe(all.length);
  });

  const [exercise] = day.exercises;
  const list = '## 1.1 It makes no difference\n\n```diff\n-a < 1\n+a <= 1\n@@\n- b();\n```\n';
  test('those that may survive are listed with a reason', () => {
    expect(survivorsIn(list, 'survivors.md', day)).toEqual([
      { exercise, reason: 'It makes no difference', before: ['a < 1'], after: ['a <= 1'] },
      { exercise, reason: 'It makes no difference', before: ['b();'], after: [] },
    ]);
  });
  test('a survivor that is not listed, and an entry that is caught by now', () => {
    const survivors = [
      { exercise, before: ['a < 1'], after: ['a <= 1'] },
      { exercise, before: ['c();'], after: [] },
    ];
    const { known, strange, stale } = compare(survivors, survivorsIn(list, 'survivors.md', day));
    expect([known, strange]).toEqual([[survivors[0]], [survivors[1]]]);
    expect(stale).toMatchObject([{ before: ['b();'], after: [] }]);
  });
});

describe('styles', () => {
  const source = `import { x } from 'x';

/** Doubles. */
export async function one<T>(a: T, b = 1): Promise<T> {
  return a;
}

export class C extends B {
  override async two(a: number): Promise<void> {
    await this.x(a);
  }
  other(): void {}
}
`;
  const of = (style: string) => restyle(source, ['one', 'C.two'], style);

  test.each([
    ['arrow constants', ['export const one = async <T>(a: T, b = 1): Promise<T> => {', '  override async two(a']],
    [
      'function expressions',
      ['export const one = async function <T>(a: T,', '  override two = async function (a: number)'],
    ],
    ['separate exports', ['\nasync function one<T>(a: T,', '\nexport { one };\n', 'export class C']],
    ['class fields', ['export async function one', 'override two = async (a: number): Promise<void> => {']],
    [
      'helpers outside',
      ['{ return oneHelper.apply(this, arguments); }', '\nasync function twoHelper(a: number): Promise<void> {'],
    ],
  ])('%s', (style, pieces) => {
    for (const piece of pieces) expect(of(style)).toContain(piece);
    expect(parseSync('file.ts', of(style) ?? '').errors).toEqual([]);
  });
  test('what is not an exercise stays, and so does a file to which the style does not apply', () => {
    for (const style of Object.keys(STYLES)) expect(of(style)).toContain('  other(): void {}\n');
    expect(restyle('export function one() {}', ['one'], 'class fields')).toBe(undefined);
  });
});

describe('progress', () => {
  const of = (isTTY: boolean) => {
    let text = '';
    const { step, end } = progress(4, { out: { isTTY, write: (more: string) => Boolean((text += more)) } as never });
    for (const part of ['one', 'one', 'two']) step(part);
    end();
    return text;
  };

  test('in a pipe: one line per part', () => expect(of(false)).toBe('  … one\n  … two\n\n'));
  test('in a terminal: one line that grows, and goes away', () => {
    expect(of(true)).toContain('2 of 4: one');
    expect(of(true).endsWith('3 of 4: two\r\u001b[K')).toBe(true);
    expect(of(true)).not.toContain('\n');
  });
});

describe('a catalogue', () => {
  const read = (text: string, kind: 'mistakes' | 'alternatives' = 'mistakes') =>
    parseEntries(text, 'mistakes.md', day, kind);

  test('an entry has its exercise, its words and its code', () => {
    const [entry] = read(
      '# Mistakes\n\n## 1.1 Wrong\nSays: one\nSays: two\n\nWhy.\n\n```ts\nexport function subject() {}\n```\n\n```ts file=other.ts name=Other.method\nmethod() {}\n```\n',
    );
    expect(entry).toMatchObject({ title: 'Wrong', says: ['one', 'two'] });
    expect(entry.edits).toEqual([
      { file: 'day1-protocol/file.ts', name: 'subject', code: 'export function subject() {}\n' },
      { file: 'day1-protocol/other.ts', name: 'Other.method', code: 'method() {}\n' },
    ]);
  });
  test('a difference has its places, each with its lines', () => {
    const [entry] = read('## 1.1 Wrong\nSays: one\n```diff name=other\n-a\n+b\n@@\n c\n+d\n```\n');
    expect(entry.edits).toEqual([
      {
        file: 'day1-protocol/file.ts',
        name: 'other',
        hunks: [
          ['-a', '+b'],
          [' c', '+d'],
        ],
      },
    ]);
  });
  test('a difference is looked for in its function first, then in the file', () => {
    const code =
      'import { x } from "y";\nexport function a() {\n  return 1;\n}\nexport function b() {\n  return 1;\n}\n';
    const change = (...hunk: string[]) => applyEdit(code, { file: 'f.ts', name: 'b', hunks: [hunk] });
    expect(change('-return 1;', '+return 2;')).toBe(
      code.replace(/return 1(?=;\n}\n$)/, 'return 2').replace('  return 2', 'return 2'),
    );
    expect(change('-import { x } from "y";')).toBe(code.slice(code.indexOf('export')));
    expect(change(' export function b() {', '+  side();')).toContain('b() {\n  side();\n  return 1;');
    expect(() => change('-return 3;')).toThrow('these lines are there 0 times, not once:\nreturn 3;');
    expect(() => change('-}', '+} // no')).not.toThrow();
    expect(() => applyEdit(code, { file: 'f.ts', name: 'c', hunks: [['-return 1;']] })).toThrow('there 2 times');
  });
  test('an unknown exercise, no code, no words: reported with the heading', () => {
    expect(() => read('## 7.7 Odd\n')).toThrow('"7.7 Odd": exercise 7.7 doesn\'t exist');
    expect(() => read('## 1.1 Odd\nSays: x\n')).toThrow('"1.1 Odd": no block of code');
    expect(() => read('## 1.1 Odd\n```ts\nx\n```\n')).toThrow('"1.1 Odd": no line "Says: …"');
    expect(read('## 1.1 Odd\n```ts\nx\n```\n', 'alternatives')).toHaveLength(1);
  });
});

describe('lessons', () => {
  test('an anchor as GitHub makes it', () => expect(anchor("What's `not` allowed, 1.2?")).toBe('whats-not-allowed-12'));
  test('only prose is counted', () =>
    expect(proseWords('One two.\n```ts\nconst x = 1;\n```\n| a | b |\n<details>\nno no\n</details>\nthree')).toBe(3));
});

describe("a lesson's table of exercises", () => {
  const table = (first: string, second = '| 1.2 `subject` | file.ts | 1 |') =>
    checkTable(`# Day\n\n| exercise | file | minutes |\n| --- | --- | --- |\n${first}\n${second}\n\ntext`, day);

  test('the same as exercises.js', () => expect(table('| 1.1 `subject` does it | file.ts | 1 |')).toEqual([]));
  test.each([
    ['| 1.1 `object` | file.ts | 1 |', '1.1: its name is "object" in the table, and "subject" in'],
    ['| 1.1 `subject` | life.ts | 1 |', '1.1: its file is "life.ts" in the table, and "file.ts" in'],
    ['| 1.1 `subject` | file.ts | 70 |', '1.1: its minutes is "70" in the table, and "1" in'],
    ['| 1.7 `subject` | file.ts | 1 |', '1.1 subject is in tools/catalogue/day1/exercises.js, and not in the table'],
    ['| 1.7 `subject` | file.ts | 1 |', '1.7 is in the table, and not in'],
  ])('%s: told, with both', (row, says) => expect(table(row).join('\n')).toContain(says));
  test('another order, and no table', () => {
    expect(table('| 1.2 `subject` | file.ts | 1 |', '| 1.1 `subject` | file.ts | 1 |')[0]).toContain('another order');
    expect(checkTable('| a | b |\n| - | - |\n| 1 | 2 |\n', day)[0]).toContain('is missing');
  });
  test('one file for all needs no column, several do', () => {
    const text = '| exercise | minutes |\n| - | - |\n| 1.1 `subject` | 1 |\n| 1.2 `subject` | 1 |\n';
    expect(checkTable(text, day)).toEqual([]);
    const [first, second] = day.exercises;
    const two = { ...day, exercises: [first, { ...second, file: 'other.ts' }] };
    expect(checkTable(text, two)).toEqual(['The table has no column "file", and the exercises are in several files.']);
  });
});

describe('the run sheet of a lesson', () => {
  const minutes = day.exercises.map((one) => ({ ...one, minutes: 10 }));
  const noDemos = { ...day, folder: 'no-such-folder', exercises: minutes };
  const prose = 'word '.repeat(6 * 130);
  const check = (...rows: string[]) =>
    checkRunSheet(
      `# Day\n\n## The \`idea\`\n\n${prose}\n\n<details>\n<summary>For instructors: the run sheet</summary>\n\n` +
        `| 60 | 90 | what |\n| - | - | - |\n${rows.join('\n')}\n\n</details>\n`,
      noDemos,
    );
  const right = [
    '| 0–6 | 0–10 | Reading: "The idea". |',
    '| 6–57 | 10–30 | Exercises 1.1 and 1.2. In the 60-minute lesson, everyone types `npm run solve 1.1` first. |',
    '| – | 30–85 | A talk. |',
    '| 57–60 | 85–90 | Spare time. |',
  ];
  const instead = (row: number, by: string) => check(...right.map((one, i) => (i === row ? by : one))).join('\n');

  test('60 and 90 minutes, everything scheduled', () => expect(check(...right)).toEqual([]));
  test.each([
    [0, '| 0–6 | 0–10 | A talk. |', 'The section "The idea" is not scheduled.'],
    [0, '| 0–5 | 0–10 | Reading: "The idea". |', '60 minutes: 5 minutes for "Reading: "The idea".…", which needs 6.'],
    [0, '| 0–6 | 0–11 | Reading: "The idea". |', '90 minutes: a step is 10–30, after minute 11.'],
    [0, '| 0-6 | 0–10 | Reading: "The idea". |', '60 minutes: a step is 6–57, after minute 0.'],
    [1, '| 6–57 | 10–30 | Exercise 1.1, and `npm run solve 1.2`. |', 'Exercise 1.2 is not scheduled.'],
    [1, '| 6–57 | 10–30 | Exercise 1.2. |', 'Exercise 1.1 is not scheduled.'],
    [2, '| – | 30–49 | A talk. |', '90 minutes: a step is 85–90, after minute 49.'],
    [3, '| 57–60 | 85–90 | Questions. |', '60 minutes: 0 minutes of spare time; at least 3 are needed.'],
    [3, '| 57–61 | 85–90 | Spare time. |', '60 minutes: the steps end at minute 61.'],
  ])('row %i as %s: told', (row, by, says) => expect(instead(row, by)).toContain(says));
  test('two exercises need the minutes of both, unless one is solved first', () => {
    const row = (what: string) => [
      '| 0–6 | 0–10 | Reading: "The idea". |',
      `| 6–20 | 10–30 | Exercises 1.1 to 1.2. ${what} |`,
      '| 20–60 | 30–90 | Spare time. |',
    ];

    expect(check(...row('In the 60-minute lesson, everyone types `npm run solve 1.2` first.'))).toEqual([]);
    expect(check(...row('')).join('\n')).toMatch(/^60 minutes: 14 minutes for "Exercises .*", which needs 20\.$/);
  });
  test('every demonstration has its place', () =>
    expect(checkRunSheet('', { ...day, folder: 'day4-reconnect' })).toContain(
      'The demonstration day4-reconnect/demo/herd.ts is not scheduled.',
    ));
});

describe('files that a lesson names', () => {
  test('in backticks, outside of blocks', () =>
    expect(namedFiles('`a.ts` and `given/b.svg`, not c.ts, nor `npm test`.\n```ts\n`d.ts`\n```\n`a.ts:14`')).toEqual([
      'a.ts',
      'given/b.svg',
    ]));
  test('by its path from the day or from the top, by its import, or by its name alone', () => {
    for (const name of ['echo.ts', 'day1-protocol/echo.ts', '#day1/given/rfc6455.ts', 'rfc6455.ts', 'package.json'])
      expect(whereIs(name, 'day1-protocol')).toBeUndefined();
    expect(whereIs('ehco.ts', 'day1-protocol')).toBe('day1-protocol has no such file.');
  });
});

describe('a starter and its solution', () => {
  const starter = `/*
 * What you have
 * - nothing
 */
import { todo } from '#tools/todo.ts';
import { x } from '#day1/other.ts';

/** Does it. @param a what */
export function one(a: number): void {
  // TODO 1.1 Do it.
  todo('1.1', 'one');
}

class C {
  /** A field. */
  list = [1, 2];
  /** More. */
  two(): number {
    return 0;
  }
}
`;
  const solution = `import { x } from './other.ts';
import { y } from 'node:y';

/**
 * Does it.
 *
 * @param a what
 */
export function one(a: number): void {
  y(a, x);
}

class C {
  list = [1, 2]; // why
  /** More. */
  two(): number {
    return this.list.length;
  }
}
`;
  const compare = (from: string, to: string) =>
    differences(starter, solution.replace(from, to), ['one', 'C.two']).join('\n');

  test('bodies, comments and imports may differ', () => expect(compare('', '')).toBe(''));
  test.each([
    ['one(a: number)', 'one(a: string)', 'one has two signatures.'],
    ['@param a what', '@param a why', /^one has two docstrings: [^]*param a what[^]*param a why/],
    ['two(): number', 'async two(): Promise<number>', 'C.two has two signatures'],
    ['[1, 2]', '[1, 2, 3]', /around the exercises[^]*\[1, 2\][^]*\[1, 2, 3\]/],
    ['class C', 'const z = 1;\nclass C', /around the exercises[^]*class C[^]*const z = 1/],
    ["'./other.ts'", "'./third.ts'", "x is imported from './other.ts' in the starter, and from './third.ts'"],
    ['two()', 'three()', 'The solution has no C.two.'],
  ])('%s → %s is told', (from, to, says) => expect(compare(from, to)).toMatch(says));
  test('the box at the top is not counted', () => expect(withoutBox(starter)).toMatch(/^import/));
});

describe('imports', () => {
  const imports = {
    '#day1/given/*': './day1-protocol/given/*',
    '#day1/*': { solution: './solutions/day1-protocol/*', default: './day1-protocol/*' },
  };
  const lost = (code: string, ...files: string[]) =>
    lostImportsOf('a.ts', code, imports, (path) => files.includes(path)).join('\n');

  test('each leads to a file, both for the learner and under the condition solution', () => {
    const code = "import { a } from '#day1/echo.ts';\nawait import('#day1/given/b.ts');";
    expect(lost(code, 'day1-protocol/echo.ts', 'solutions/day1-protocol/echo.ts', 'day1-protocol/given/b.ts')).toBe('');
  });
  test('a given file in the wrong place is reported, with the place where it belongs', () => {
    expect(lost("import '#day1/base.ts';", 'day1-protocol/base.ts')).toBe(
      "a.ts imports '#day1/base.ts', but solutions/day1-protocol/base.ts doesn't exist. If day1-protocol/base.ts is given and not an exercise, move it to day1-protocol/given/base.ts.",
    );
  });
  test('a file that is not there at all', () =>
    expect(lost("import '#day1/given/c.ts';")).toBe(
      "a.ts imports '#day1/given/c.ts', but day1-protocol/given/c.ts doesn't exist.",
    ));
});

describe('words', () => {
  const ids = async (...words: string[]) => {
    const wish = await readWords(words, ['bonus', 'watch']);
    return {
      days: wish.days.map(({ number }) => number),
      whole: wish.whole.map(({ number }) => number),
      single: wish.single.map(({ id }) => id),
      extra: [...wish.extra],
    };
  };

  test.each(['1', 'day1', 'DAY1', 'day-1', '--day1'])('%s is day 1', async (word) =>
    expect(await ids(word)).toMatchObject({ whole: [1], single: [] }),
  );
  test('exercises, bonus ones among them, also with a day in front', async () => {
    expect(await ids('1.2', 'day1.4', '1.A')).toMatchObject({ days: [1], whole: [], single: ['1.2', '1.4', '1.a'] });
  });
  test.each(['day1-protocol', 'day1-protocol/', './day1-protocol/', 'day1-protocol\\'])('%s is day 1', async (word) =>
    expect(await ids(word)).toMatchObject({ whole: [1], single: [] }),
  );
  test('a path is the exercises of that file', async () => {
    for (const word of ['day1-protocol/frames.ts', './day1-protocol/frames.ts', 'day1-protocol\\frames.ts'])
      expect(await ids(word)).toMatchObject({ days: [1], whole: [], single: ['1.2', '1.3', '1.4'] });
    expect(await ids('day1-protocol/tests/1.6-survive.test.ts')).toMatchObject({ single: ['1.6'] });
    await expect(ids('day1-protocol/server.ts')).rejects.toThrow(
      'day1-protocol/server.ts has no exercises. These files have: day1-protocol/handshake.ts',
    );
  });
  test('all is every day; other words are kept apart', async () => {
    expect(await ids('all', 'watch')).toMatchObject({
      whole: (await readDays()).map(({ number }) => number),
      extra: ['watch'],
    });
  });
  test.each(['day77', '1.77', '1.z', 'wacth', '', '1.'])(
    '"%s" is reported, with the words that exist',
    async (word) => {
      await expect(ids(word)).rejects.toThrow(/is not a day, an exercise or a known word\.\nYou can name:\n  day1 /);
    },
  );
});

test("tsc's errors are told apart, each with what explains it", () => {
  expect(errorsIn('a.ts(1,2): error TS1: One.\n  Because.\n    Of that.\nb.ts(3,4): error TS2: Two.\n')).toEqual([
    'a.ts(1,2): error TS1: One.\n  Because.\n    Of that.',
    'b.ts(3,4): error TS2: Two.',
  ]);
  expect(errorsIn('')).toEqual([]);
});

describe('quoted commands', () => {
  const wrong = (text: string) =>
    checkCommands('a text', text)
      .filter(([, problem]) => problem)
      .map(([what]) => what);

  test('commands that exist are fine', () =>
    expect(
      wrong(
        '`npm test 1.2`, `npm run hint 1.2 2`, `npm start day1`, `npm run new 1.77 x`\n\nnpx tsx day1-protocol/server.ts --port 9000\n',
      ),
    ).toEqual([]));
  test('a script, a file, an exercise that does not exist', () => {
    expect(wrong('`npm run rest`, `npm test 1.77`, `npx tsx day1-protocol/sever.ts`, `npm test day77`')).toHaveLength(
      4,
    );
  });
});

describe('flags that npm does not pass on', () => {
  test.each([
    [['day3', 'solution', '8091'], { npm_config_port: 'true' }, 'npm start day3 solution port 8091'],
    [['day3'], { npm_config_port: '9000', npm_config_lan: 'true' }, 'npm start day3 port 9000 lan'],
    [
      ['1', '9000'],
      { npm_config_port: 'true', npm_config_long: 'true', npm_config_all: 'true' },
      'npm start 1 port 9000 lan',
    ],
    [['day1'], { npm_config_broadcast: 'true' }, 'npm start day1 broadcast'],
  ])('%j %j', (words, env, instead) => expect(flagsThatNpmKept(words, env)).toMatch(new RegExp(`: ${instead}$`)));
  test('none', () => expect(flagsThatNpmKept(['day1', 'port', '9000'], { npm_config_all: 'true' })).toBeUndefined());
});
