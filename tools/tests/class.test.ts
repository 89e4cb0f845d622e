/** The board of the class: reports, hostile input, questions, the file, the CSV. Browsers and many learners: slow/class.test.ts. */
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { run } from '#tools/commands/class.js';
import { readDays } from '#tools/run/catalogue.js';
import { readLines } from '#tools/run/files.js';
import { handOver } from '#tools/run/hand-over.js';
import type { Status } from '#tools/run/status.js';
import { Classroom, emptyState } from '#tools/serve/class/classroom.ts';
import { csvOf } from '#tools/serve/class/csv.ts';
import { exportBoard, forgetBoard, instructBoard } from '#tools/serve/class/instructor.ts';
import { inventClass } from '#tools/serve/class/invented.ts';
import { deliver, joinBoard, leaveBoard, readMember, saying } from '#tools/serve/class/member.ts';
import { LIMITS } from '#tools/serve/class/protocol.ts';
import { parseQuestions, readQuestions } from '#tools/serve/class/questions.ts';
import { isInstructor } from '#tools/serve/class/server.ts';
import { readState, Store } from '#tools/serve/class/store.ts';
import { talk } from '#tools/serve/class/talk.ts';
import { EXERCISES, QUESTIONS, startBoard, temporary, type TestBoard } from './helpers/class-board.ts';

afterEach(() => void vi.useRealTimers());

const days = await readDays();
const all = days.flatMap((day) => day.exercises);
const status = (id: string, state: Status['state']): Status => ({
  exercise: all.find((one) => one.id === id)!,
  state,
  checks: [],
});

const rowsOf = ({ classroom }: TestBoard) => classroom.boardView(0).rows;
const marksOf = (board: TestBoard) => Object.fromEntries(rowsOf(board).map(({ name, marks }) => [name, marks]));
const reportsIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.report.json'));

/** A connection that has entered a room. What it gets is in the order of arrival. */
async function enter(board: TestBoard, token: string, room: string, headers = {}) {
  const socket = new WebSocket(`ws://${board.address}`, ['chat', `token.${token}`], { headers });
  onTestFinished(() => socket.terminate());
  const got: any[] = [];
  let wake = (): void => {};
  socket.on('message', (data) => {
    got.push(JSON.parse(String(data)));
    wake();
  });
  await once(socket, 'open');
  const say = (wish: unknown, key = 'k'): void =>
    socket.send(JSON.stringify({ type: 'chat', text: JSON.stringify(wish), key }));
  /** The first message of that kind that has come, or the next one that comes. */
  const next = async (isIt: (message: any) => boolean): Promise<any> => {
    for (;;) {
      const at = got.findIndex(isIt);
      if (at >= 0) return got.splice(at, 1)[0];
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  socket.send(JSON.stringify({ type: 'join', room }));
  return { socket, say, next, error: () => next(({ type }) => type === 'error') };
}

describe('reports', () => {
  test('a learner joins, and each report that waits is delivered once', async () => {
    const [board, folder] = [await startBoard(), temporary()];
    let started = 0;
    const start = () => void started++;
    await joinBoard(folder, board.address, 'Ann');

    handOver([status('1.1', 'done'), status('1.2', 'fail'), status('1.3', 'waits')], { folder, now: 1000, start });
    handOver([status('1.2', 'done')], { folder, now: 2000, start });
    await deliver(folder);
    await deliver(folder);

    expect(started).toBe(2);
    expect(marksOf(board)).toEqual({ Ann: { '1.1': 'done', '1.2': 'done', '1.3': 'open' } });
    expect(Object.values(board.classroom.state.rows)[0].reports).toBe(2);
    expect(reportsIn(folder)).toEqual([]);
  });

  test('a learner who has not joined hands nothing over, and gets no folder', () => {
    const folder = join(temporary(), 'joined');
    const start = vi.fn();
    handOver([status('1.1', 'done')], { folder, start });
    expect(start).not.toHaveBeenCalled();
    expect(existsSync(folder)).toBe(false);
  });

  test('the bonus, and what could not be checked on this machine, are not reported', () => {
    const folder = temporary();
    writeFileSync(join(folder, 'member.json'), '{}');
    handOver([status('1.a', 'done'), status('5.1', 'missing')], { folder, start: () => {} });
    expect(reportsIn(folder)).toEqual([]);
  });

  test('a process that cannot be started, or a folder that cannot be written, is not the problem of npm test', () => {
    const folder = temporary();
    writeFileSync(join(folder, 'member.json'), '{}');
    const start = () => {
      throw new Error('EAGAIN');
    };
    expect(() => handOver([status('1.1', 'done')], { folder, start })).not.toThrow();
    expect(reportsIn(folder)).toHaveLength(1);
  });

  test(`only the last ${LIMITS.reports} reports wait`, () => {
    const folder = temporary();
    writeFileSync(join(folder, 'member.json'), '{}');
    for (let i = 0; i < LIMITS.reports + 5; i++)
      handOver([status('1.1', 'done')], { folder, now: 1_000_000 + i, start: () => {} });
    expect(reportsIn(folder)).toHaveLength(LIMITS.reports);
    expect(reportsIn(folder).sort()[0]).toMatch(/^1000005-/);
  });

  test('without a board the reports stay, and are delivered when it is there again, restarted and at another address', async () => {
    const [path, folder] = [join(temporary(), 'class.json'), temporary()];
    const first = await startBoard({ path });
    await joinBoard(folder, first.address, 'Ann');
    await first.stop();
    handOver([status('1.1', 'done')], { folder, start: () => {} });

    await deliver(folder, { maxAttempts: 0 });
    expect(reportsIn(folder)).toHaveLength(1);

    const second = await startBoard({ path });
    await joinBoard(folder, second.address, 'Ann');
    await deliver(folder);
    expect(reportsIn(folder)).toEqual([]);
    expect(marksOf(second)).toEqual({ Ann: { '1.1': 'done' } });
  });

  test('delivery gives up after its time, even if the board accepts the connection and never answers', async () => {
    const folder = temporary();
    const board = await startBoard();
    await joinBoard(folder, board.address, 'Ann');
    handOver([status('1.1', 'done')], { folder, start: () => {} });
    board.server.removeAllListeners('upgrade').on('upgrade', () => asked());
    let asked = (): void => {};
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });

    const delivered = deliver(folder, { giveUpMs: 200 });
    await isAsked;
    vi.advanceTimersByTime(200);
    await delivered;

    expect(reportsIn(folder)).toHaveLength(1);
  });

  test('a report that comes late replaces nothing that is newer, and the same exercise has its time from the first report', () => {
    const room = new Classroom(emptyState(), EXERCISES, []);
    room.enter('ann', 'Ann');
    room.report('ann', 'a', { '1.1': 'open' }, 1000);
    room.report('ann', 'b', { '1.1': 'wrong' }, 2000);
    expect(room.boardView(0).rows[0].at).toEqual({ 1: { exercise: '1.1', since: 1000 } });
    room.report('ann', 'c', { '1.1': 'done' }, 5000);
    room.report('ann', 'd', { '1.1': 'wrong' }, 4000);
    expect(room.boardView(0).rows[0]).toMatchObject({
      marks: { '1.1': 'done' },
      at: { 1: { exercise: '1.2', since: 5000 } },
    });
  });

  test('a learner who joins again keeps the row, under a new name if it is given, and may leave', async () => {
    const [board, folder] = [await startBoard(), temporary()];
    await joinBoard(folder, board.address, 'Ann');
    await joinBoard(folder, board.address, 'Ann');
    await joinBoard(folder, board.address, 'Anna');
    expect(rowsOf(board).map(({ name }) => name)).toEqual(['Anna']);

    expect(await leaveBoard(folder)).toBe(true);

    expect(rowsOf(board)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
    await expect(leaveBoard(folder)).rejects.toThrow('You have not joined a board');
  });

  test('a row that the instructor has removed does not come back with the next report, but its learner may join again', async () => {
    const [board, folder] = [await startBoard(), temporary()];
    await joinBoard(folder, board.address, 'Rude');
    expect(board.classroom.remove('rude')).toBeUndefined();
    handOver([status('1.1', 'done')], { folder, start: () => {} });

    await deliver(folder);
    expect(rowsOf(board)).toEqual([]);

    await joinBoard(folder, board.address, 'Kind');
    expect(rowsOf(board).map(({ name }) => name)).toEqual(['Kind']);
  });
});

describe('an address that cannot be joined', () => {
  test('is refused with the reason', async () => {
    const folder = temporary();
    await expect(joinBoard(folder, 'a b', 'Ann')).rejects.toThrow('"a b" is not an address.');
    await expect(joinBoard(folder, '127.0.0.1:1', 'Ann')).rejects.toThrow('Nothing answers at 127.0.0.1:1.');
    const board = await startBoard();
    board.server.removeAllListeners('request').on('request', (_, response) => response.writeHead(404).end());
    await expect(joinBoard(folder, `http://${board.address}/`, 'Ann')).rejects.toThrow("it is not the class's board");
    expect(readMember(folder)).toBeUndefined();
  });
});

describe('hostile input', () => {
  test('names that look the same are the same, and a name needs something that can be seen', async () => {
    const board = await startBoard();
    await joinBoard(temporary(), board.address, 'Ann');
    for (const name of ['Ann', ' ann ', 'A\u200bnn', 'Ａｎｎ', 'An\u00adn'])
      await expect(joinBoard(temporary(), board.address, name), JSON.stringify(name)).rejects.toThrow(
        'Somebody on the board has that name.',
      );
    for (const name of [' ', '\u200b', '\u202eABC', 'a\nb', 'x'.repeat(41), '\ud800'])
      await expect(joinBoard(temporary(), board.address, name), JSON.stringify(name)).rejects.toThrow(/^name: /);
    for (const name of ['__proto__', 'constructor', '<b>x</b>', '=1+1'])
      await joinBoard(temporary(), board.address, name);
    expect(rowsOf(board).map(({ name }) => name)).toEqual(['Ann', '__proto__', 'constructor', '<b>x</b>', '=1+1']);
  });

  test("nobody writes into another one's row: not with its userId, not with its key, not with a forged token", async () => {
    const board = await startBoard();
    const folder = temporary();
    await joinBoard(folder, board.address, 'Ann');
    const [annsId] = Object.keys(board.classroom.state.rows);
    const bob = await enter(board, await board.token('Bob'), 'learner');
    const wish = { do: 'report', ago: 0, marks: { '1.1': 'wrong' } };

    bob.socket.send(
      JSON.stringify({ type: 'chat', text: JSON.stringify({ ...wish, userId: annsId }), key: 'k', userId: annsId }),
    );
    await bob.next(({ key }) => key === 'k');

    expect(marksOf(board)).toEqual({ Ann: {}, Bob: { '1.1': 'wrong' } });
    const [body, signature] = (await board.token('Eve')).split('.');
    const claims = JSON.parse(String(Buffer.from(body, 'base64url')));
    const forged = `${Buffer.from(JSON.stringify({ ...claims, userId: annsId })).toString('base64url')}.${signature}`;
    await expect(enter(board, forged, 'learner')).rejects.toThrow('401');
  });

  test('bad JSON, wrong shapes, unknown rooms and wishes get an error, and the board goes on', async () => {
    const board = await startBoard();
    const eve = await enter(board, await board.token('Eve'), 'learner');
    for (const [sent, code] of [
      ['{', 'invalid-json'],
      ['{"type":"nonsense"}', 'invalid-message'],
      [JSON.stringify({ type: 'chat', text: 'hello' }), 'invalid-wish'],
      [JSON.stringify({ type: 'chat', text: '{"do":"ask","question":"1.6"}' }), 'invalid-wish'],
      [JSON.stringify({ type: 'chat', text: '{"do":"report","ago":-1,"marks":{}}' }), 'invalid-wish'],
      [JSON.stringify({ type: 'chat', text: '{"do":"report","ago":0,"marks":{"1.1":"<b>"}}' }), 'invalid-wish'],
      [JSON.stringify({ type: 'join', room: 'staff' }), 'no-such-room'],
      [JSON.stringify({ type: 'join', room: '__proto__' }), 'no-such-room'],
    ]) {
      eve.socket.send(sent);
      expect((await eve.error()).code, sent).toBe(code);
    }
    eve.socket.send(JSON.stringify({ type: 'join', room: 'learner' }));
    eve.socket.send(
      JSON.stringify({ type: 'chat', text: '{"do":"report","ago":0,"marks":{"__proto__":"wrong"}}', key: 'proto' }),
    );
    eve.say({ do: 'report', ago: 0, marks: { '1.1': 'done', '9.9': 'done' } }, 'last');
    await eve.next(({ key }) => key === 'last');
    expect(marksOf(board)).toEqual({ Eve: { '1.1': 'done' } });
  });

  test('a huge frame closes its connection with 1009, and too many messages are refused', async () => {
    const board = await startBoard();
    const big = await enter(board, await board.token('Big'), 'learner');
    big.socket.send('x'.repeat(17 * 1024));
    expect((await once(big.socket, 'close'))[0]).toBe(1009);

    const fast = await enter(board, await board.token('Fast'), 'learner');
    for (let i = 0; i < LIMITS.reports + 20; i++) fast.say({ do: 'report', ago: 0, marks: {} }, `k${i}`);
    expect((await fast.error()).code).toBe('rate-limited');
  });

  test(`the board takes ${LIMITS.rows} rows`, () => {
    const room = new Classroom(emptyState(), EXERCISES, []);
    for (let i = 0; i < LIMITS.rows; i++) expect(room.enter(`u${i}`, `n${i}`)).toBeUndefined();
    expect(room.enter('one more', 'one more')?.code).toBe('full');
    expect(room.enter('u0', 'n0')).toBeUndefined();
  });

  test('only a request from this machine, under its own name, may instruct', () => {
    const from = (remoteAddress: string, headers: Record<string, string>) =>
      isInstructor({ socket: { remoteAddress }, headers } as unknown as IncomingMessage);
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1'])
      for (const host of ['localhost:8090', '127.0.0.1:8090', '[::1]:8090', 'LOCALHOST'])
        expect(from(address, { host }), `${address} ${host}`).toBe(true);
    expect(from('192.168.1.9', { host: 'localhost:8090' })).toBe(false);
    for (const host of [
      'evil.example:8090',
      'localhost.evil.example',
      '127.0.0.1.evil.example:8090',
      '192.168.1.5:8090',
      '',
    ])
      expect(from('127.0.0.1', { host }), host).toBe(false);
    expect(from('127.0.0.1', { host: 'localhost', 'x-forwarded-for': '192.168.1.9' })).toBe(false);
  });

  test("a page of another site can't instruct: not with its own origin, not under a name that leads here", async () => {
    const board = await startBoard();
    const token = await board.token('Eve');
    await expect(enter(board, token, 'instructor', { Origin: 'https://evil.example' })).rejects.toThrow('403');

    const name = `evil.example:${board.port}`;
    const eve = await enter(board, token, 'instructor', { Origin: `http://${name}`, Host: name });
    expect((await eve.error()).code).toBe('not-here');
    eve.say({ do: 'ask', question: '1.6' });
    expect((await eve.error()).code).toBe('not-in-a-room');
    expect(board.classroom.state.question).toBeNull();
  });
});

describe('questions', () => {
  test('one vote per voter, which may change until the answers are revealed', async () => {
    const board = await startBoard();
    const teacher = await enter(board, await board.token('teacher'), 'instructor');
    const [bob, cid] = [
      await enter(board, await board.token('b'), 'voter'),
      await enter(board, await board.token('c'), 'voter'),
    ];
    const view = async (one: typeof bob, isIt: (text: any) => boolean) =>
      JSON.parse((await one.next(({ text, userId }) => userId === 'board' && isIt(JSON.parse(text)))).text);
    await view(bob, ({ question }) => question === null);

    teacher.say({ do: 'ask', question: '1.6' });
    const { question } = await view(bob, (text) => text.question);
    expect(question.options).toEqual([{ text: 'polling' }, { text: 'a WebSocket' }]);
    bob.say({ do: 'vote', question: '1.6', choice: 1 });
    bob.say({ do: 'vote', question: '1.6', choice: 0 });
    cid.say({ do: 'vote', question: '1.6', choice: 1 });
    const before = await view(teacher, (text) => text.question?.votes === 2);
    expect(before.question.options[0]).toEqual({ text: 'polling' });
    cid.say({ do: 'vote', question: '1.6', choice: 2 });
    expect((await cid.error()).code).toBe('no-such-choice');

    teacher.say({ do: 'reveal' });
    const after = await view(bob, (text) => text.question?.isRevealed);
    expect(after.mine).toBe(0);
    expect(after.question.options.map(({ count }: { count: number }) => count)).toEqual([1, 1]);
    bob.say({ do: 'vote', question: '1.6', choice: 1 });
    expect((await bob.error()).code).toBe('revealed');

    teacher.say({ do: 'end' });
    await view(bob, (text) => text.question === null);
    bob.say({ do: 'vote', question: '1.6', choice: 1 });
    expect((await bob.error()).code).toBe('no-question');
  });

  test('the votes are bounded', () => {
    const room = new Classroom(emptyState(), EXERCISES, QUESTIONS);
    room.ask('1.6');
    for (let i = 0; i < LIMITS.voters; i++) expect(room.vote(`u${i}`, '1.6', 0)).toBeUndefined();
    expect(room.vote('one more', '1.6', 0)?.code).toBe('full');
    expect(room.vote('u0', '1.6', 1)).toBeUndefined();
  });

  test('a question that is not there is refused, and those that are there are named', () => {
    const room = new Classroom(emptyState(), EXERCISES, QUESTIONS);
    expect(room.ask('9.9')?.message).toBe('No question is called 9.9. These are 1.6.');
    expect([room.reveal()?.code, room.end()?.code]).toEqual(['no-question', 'no-question']);
  });

  test('every question has an id of its own and at least two answers with an explanation, at most one of them right', async () => {
    const questions = await readQuestions();
    expect(new Set(questions.map(({ id }) => id)).size).toBe(questions.length);
    for (const { number } of days)
      expect(questions.filter(({ id }) => id.startsWith(`${number}.`)).length, `day ${number}`).toBeGreaterThan(5);
    for (const { id, options } of questions) {
      expect(options.length, id).toBeGreaterThan(1);
      expect(options.filter(({ isRight }) => isRight).length, id).toBeLessThan(2);
      for (const { text, why } of options) expect(why, `${id} ${text}`).not.toBe('');
    }
  });

  test('a question of docs/questions.md is a quiz question with its day in front', () => {
    const text = '# Questions\n\n## 2.7. Why?\n\nText.\n\n- [ ] A\n  Not this.\n- [x] B\n  This.\n\nCheck: here\n';
    expect(parseQuestions(text)).toEqual([
      {
        id: '2.7',
        title: 'Why?',
        text: 'Text.',
        options: [
          { text: 'A', isRight: false, why: 'Not this.' },
          { text: 'B', isRight: true, why: 'This.' },
        ],
      },
    ]);
  });
});

describe("the board's file", () => {
  test('has what was confirmed, and nothing but nicknames, states of exercises, times and votes', async () => {
    const path = join(temporary(), 'class.json');
    const board = await startBoard({ path });
    const token = await board.token('Ann');
    const says = [saying({ do: 'report', ago: 5, marks: { '1.1': 'done' } }, 'key')];
    expect(await talk({ address: board.address, token, room: 'learner', says })).toBeUndefined();

    const kept = readState(path)!;
    const [row] = Object.values(kept.rows);
    expect(Object.keys(kept)).toEqual(['secret', 'port', 'rows', 'removed', 'question']);
    expect(Object.keys(row)).toEqual(['name', 'marks', 'at', 'reports', 'keys']);
    expect(row).toMatchObject({ name: 'Ann', reports: 1, keys: ['key'] });
  });

  test('writes that come together share one, and each is in the file when it says so', async () => {
    const path = join(temporary(), 'class.json');
    const store = new Store(path);
    const saved = [1, 2, 3].map((port) => {
      store.state.port = port;
      return store.save().then(() => readState(path)!.port >= port);
    });
    expect(await Promise.all(saved)).toEqual([true, true, true]);
    await store.forget();
    await store.save();
    expect(existsSync(path)).toBe(false);
  });

  test('a file that is damaged is kept, and the message says what to do', () => {
    const path = join(temporary(), 'class.json');
    writeFileSync(path, '{"rows":');
    expect(() => new Store(path)).toThrow('is damaged. To begin again without it: npm run class forget');
    expect(readFileSync(path, 'utf8')).toBe('{"rows":');
  });

  test('the CSV quotes what it must, and no name is a formula', async () => {
    const room = new Classroom(emptyState(), EXERCISES, []);
    ['=1+1', '@x', '-2', 'a "b", c', 'Zoe'].forEach((name, i) => room.enter(`u${i}`, name));
    room.report('u4', 'k', { '1.1': 'done', '1.2': 'wrong' }, 1);
    expect(csvOf(room.state, ['1.1', '1.2', '1.3'])).toBe(
      [
        'name,1.1,1.2,1.3,reports',
        ...["'-2,,,,0", "'@x,,,,0", "'=1+1,,,,0", '"a ""b"", c",,,,0', 'Zoe,done,wrong,,1'],
        '',
      ].join('\r\n'),
    );
    const folder = temporary();
    const path = join(folder, 'class.json');
    await expect(exportBoard(undefined, path)).rejects.toThrow('there is nothing to export');
    writeFileSync(path, JSON.stringify(room.state));
    await exportBoard(join(folder, 'class.csv'), path);
    expect(readFileSync(join(folder, 'class.csv'), 'utf8')).toContain('\r\nZoe,done,wrong,');
    mkdirSync(join(folder, 'dir'));
    await expect(exportBoard(join(folder, 'dir'), path)).rejects.toMatchObject({ plain: true });
  });

  test('forget deletes the file of a board that has ended; instructing one says that none is running', async () => {
    const path = join(temporary(), 'class.json');
    expect(await forgetBoard(path)).toContain('nothing to forget');
    writeFileSync(path, JSON.stringify({ ...emptyState(), port: 1 }));
    await expect(instructBoard({ do: 'reveal' }, path)).rejects.toThrow('No board is running on this machine.');
    expect(await forgetBoard(path)).toBe('Everything that the board knew is deleted.');
    writeFileSync(path, 'damaged');
    writeFileSync(`${path}.new`, 'cut off');
    await forgetBoard(path);
    expect([existsSync(path), existsSync(`${path}.new`)]).toEqual([false, false]);
  });
});

test('words that the command does not know, or that lack something, are refused with what to type', async () => {
  for (const [words, message] of [
    [['clas'], '"clas" is not a word that this command knows.\nFor the instructor:\n  npm run class '],
    [['join'], 'Say where the board is.'],
    [['join', '192.168.1.5'], 'Say your nickname, too: npm run class join 192.168.1.5 NICKNAME'],
    [['reveal', 'now'], 'npm run class reveal takes no more words, but got "now".'],
    [['remove'], 'Say whose row: npm run class remove NICKNAME'],
  ] as [string[], string][])
    await expect(run(words), words.join(' ')).rejects.toMatchObject({
      plain: true,
      message: expect.stringContaining(message),
    });
});

test('the invented class has thirty learners, each somewhere in day 1', () => {
  const room = new Classroom(emptyState(), { 1: ['1.1', '1.2', '1.3', '1.4', '1.5', '1.6', '1.7'] }, []);
  inventClass(room, { 1: ['1.1', '1.2', '1.3', '1.4', '1.5', '1.6', '1.7'] }, 1_000_000_000);
  const { rows } = room.boardView(0);
  expect(rows).toHaveLength(30);
  expect(new Set(rows.map(({ at }) => at['1'].exercise)).size).toBeGreaterThan(3);
});

test('each run sheet asks questions that exist, of its own day', async () => {
  const ids = (await readQuestions()).map(({ id }) => id);
  for (const { number, folder } of await readDays()) {
    const lesson = readLines(`${folder}/README.md`);
    const asked = [...lesson.matchAll(/`npm run class ask (\d\.\d+)`/g)].map(([, id]) => id);
    expect(asked.length, folder).toBeGreaterThan(0);
    for (const id of asked)
      expect(
        ids.filter((one) => one.startsWith(`${number}.`)),
        folder,
      ).toContain(id);
  }
});
