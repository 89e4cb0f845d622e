/** Day 5's comparison with Socket.IO: its chat works between two nodes, what the demonstration says holds, and the table is filled. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { startRedis } from '#tools/brokers/redis.ts';
import { redis } from '../../../day5-scaling/tests/helpers/line.ts';
import { linesOf, sourcesOf } from '../../../day5-scaling/demo/socket-io/lines.ts';
import type { Person } from '../../../day5-scaling/demo/socket-io/conversation.ts';
import type { Stage } from '../../../day5-scaling/demo/socket-io/stage.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const packages = ['socket.io', 'socket.io-client', '@socket.io/redis-adapter'];
const missing = redis.kind === 'stand-in' ? 'its adapter needs a real Redis' : await whatIsMissing();
if (missing) console.log(`The chat on Socket.IO: skipped, ${missing}.`);

async function whatIsMissing(): Promise<string | undefined> {
  for (const name of packages)
    if (!(await import(name).catch(() => undefined))) return `${name} is not installed (npm run extras)`;
  return undefined;
}

/** Runs the demonstration. */
function run(
  args: string[],
  { env, node = [] }: { env?: NodeJS.ProcessEnv; node?: string[] } = {},
): Promise<{ code: unknown; out: string; err: string }> {
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...env } };
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', ...node, 'day5-scaling/demo/socket-io.ts', ...args],
      options,
      (error, out, err) => {
        resolve({ code: error ? error.code : 0, out, err });
      },
    );
    onTestFinished(() => void child.kill());
  });
}

test('lines of code are counted without comments and empty lines, with everything that is loaded', async () => {
  expect(
    linesOf(
      "/** a\n * b\n */\nconst a = 1; // c\n\n// d\n  /* e */\nclass A {\n  *members() {}\n  accept = '*/*';\n}\n",
    ),
  ).toBe(5);
  const paths = (await sourcesOf('day5-scaling/given/internals/health.ts', 'solutions/day3-chat/protocol.ts')).map(
    ({ path }) => path,
  );
  expect(paths).toEqual([
    'day3-chat/given/fields.ts',
    'day3-chat/given/limits.ts',
    'day5-scaling/given/internals/health.ts',
    'solutions/day3-chat/protocol.ts',
  ]);
});

test('a wrong flag, a missing package, no Redis to use: one line and exit code 1', { timeout: 60_000 }, async () => {
  const standIn = await startRedis({ standIn: true });
  onTestFinished(standIn.stop);
  const hook =
    "export async function resolve(name, context, next) { if (/^@?socket\\.io/.test(name)) throw Object.assign(new Error('Cannot find package ' + name), { code: 'ERR_MODULE_NOT_FOUND' }); return next(name, context); }";
  const register = `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)});`;
  const cases: [string[], Parameters<typeof run>[1], RegExp][] = [
    [['--messages', '0'], {}, /^--messages takes a whole number from 1 to 100000, such as 2000, but got "0"\.$/],
    [['--rounds=x'], {}, /^--rounds takes a whole number from 1 to 100, such as 9, but got "x"\.$/],
    [['--fast'], {}, /^Unknown flag --fast\. What can be given: /],
    [[], { node: ['--import', `data:text/javascript,${encodeURIComponent(register)}`] }, /npm run extras$/],
  ];
  if (!missing) {
    cases.push(
      [[], { env: { REDIS_URL: standIn.url } }, /^Socket\.IO's adapter needs a real Redis: .* npm run doctor$/],
      [[], { env: { REDIS_URL: 'redis://127.0.0.1:1' } }, /^Nothing listens at REDIS_URL\./],
      [[], { env: { REDIS_URL: 'http://127.0.0.1' } }, /^REDIS_URL: /],
    );
  }
  for (const [args, how, line] of cases) {
    const { code, out, err } = await run(args, how);
    expect(err.trim()).toMatch(line);
    expect({ code, out, lines: err.trim().split('\n').length }).toEqual({ code: 1, out: '', lines: 1 });
  }
});

describe.skipIf(missing)('the chat on Socket.IO', { timeout: 30_000 }, () => {
  let parts: Awaited<ReturnType<typeof load>>;
  let stage: Stage;
  /** another one for each test: nobody hears who leaves after the one before */
  let room: string;
  let rooms = 0;
  beforeEach(() => void (room = `room ${++rooms}`));
  const load = async () => {
    const [conversation, sides, stages, compare, tables] = await Promise.all([
      import('../../../day5-scaling/demo/socket-io/conversation.ts'),
      import('../../../day5-scaling/demo/socket-io/sides.ts'),
      import('../../../day5-scaling/demo/socket-io/stage.ts'),
      import('../../../day5-scaling/demo/socket-io/compare.ts'),
      import('../../../day5-scaling/demo/socket-io/table.ts'),
    ]);
    return { ...conversation, ...sides, ...stages, ...compare, ...tables };
  };
  beforeAll(async () => {
    parts = await load();
    stage = await parts.openStage(parts.webSocketOnly, redis.url);
  });
  afterAll(() => stage?.stop());

  interface Coming {
    token?: string;
    on?: Stage;
    transports?: string[];
    [option: string]: unknown;
  }

  /** Somebody on their way into the test's room. @param node 0 or 1 */
  function come(
    name: string,
    node: 0 | 1,
    { on = stage, token = on.tokens.issue(name).token, ...options }: Coming = {},
  ): Person {
    const settings = { port: on.ports[node], token, room, options: { transports: ['websocket'], ...options } };
    const person = new parts.Person(name, settings);
    onTestFinished(() => void person.client.socket.disconnect());
    return person;
  }

  /** Ann on one node and Bob on the other, in the room, with nothing unheard. */
  async function two(options: Coming = {}): Promise<[Person, Person]> {
    const ann = come('Ann', 0, options);
    await ann.hear('init');
    const bob = come('Bob', 1, options);
    await bob.hear('init');
    await ann.hear('joined');
    return [ann, bob];
  }

  test.each([[['websocket']], [['polling']], [['polling', 'websocket']]])(
    'two people on two nodes, by %j',
    async (transports) => {
      const ann = come('Ann', 0, { transports });
      expect(await ann.hear('init')).toMatchObject({ onlineUsers: [{ name: 'Ann' }] });
      const bob = come('Bob', 1, { transports });
      const init = await bob.hear('init');
      expect(init).toMatchObject({
        onlineUsers: expect.arrayContaining([
          expect.objectContaining({ name: 'Ann' }),
          expect.objectContaining({ name: 'Bob' }),
        ]),
      });
      const { userId } = init as { userId: string };
      expect(await ann.hear('joined')).toEqual({ type: 'joined', userId, name: 'Bob' });

      bob.say('chat', { text: 'Hi', more: 'is dropped' });
      const heard = await Promise.all([ann.hear('chat'), bob.hear('chat')]);
      expect(heard[0]).toEqual({
        type: 'chat',
        id: expect.any(String),
        userId,
        name: 'Bob',
        text: 'Hi',
        timestamp: expect.any(Number),
      });
      expect(heard[1]).toEqual(heard[0]);
      bob.say('typing');
      expect(await ann.hear('typing')).toEqual({ type: 'typing', userId, name: 'Bob' });
      bob.say('setName', { name: 'Robert' });
      for (const one of [ann, bob])
        expect(await one.hear('renamed')).toEqual({ type: 'renamed', userId, name: 'Robert' }); // and no `typing` to Bob

      const cleo = come('Cleo', 0, { transports });
      expect(JSON.stringify(await cleo.hear('init'))).toContain('"Robert"');
      for (const one of [ann, bob]) await one.hear('joined');
      bob.client.socket.disconnect();
      for (const one of [ann, cleo]) expect(await one.hear('left')).toEqual({ type: 'left', userId, name: 'Robert' });
    },
  );

  test('two tabs of one user, on two nodes, are one: they come once, have one name, and leave with the last', async () => {
    const ann = come('Ann', 0);
    await ann.hear('init');
    const { token } = stage.tokens.issue('Bob');
    const tabs = [come('Bob', 0, { token })];
    await tabs[0].hear('init');
    await ann.hear('joined');
    tabs.push(come('Bob', 1, { token }));
    expect(await tabs[1].hear('init')).toMatchObject({ onlineUsers: { length: 2 } });

    tabs[1].say('setName', { name: 'Robert' });
    for (const one of [ann, ...tabs]) await one.hear('renamed'); // Ann heard of no second `joined`
    tabs[0].say('chat', { text: 'Hi' });
    for (const one of [ann, ...tabs]) expect(await one.hear('chat')).toMatchObject({ name: 'Robert' });
    tabs[0].client.socket.disconnect();
    tabs[1].say('chat', { text: 'Still here' });
    await ann.hear('chat');
    tabs[1].client.socket.disconnect();
    await ann.hear('left');
  });

  test('rooms are apart; who goes over has left; what is wrong is told to its sender alone', async () => {
    const [ann, bob] = await two();
    const cleo = come('Cleo', 1);
    await cleo.hear('init');
    for (const one of [ann, bob]) await one.hear('joined');
    bob.client.join('tea');
    expect(await bob.hear('init')).toMatchObject({ room: 'tea', onlineUsers: { length: 1 } });
    for (const one of [ann, cleo]) await one.hear('left');
    ann.say('chat', { text: 'In the lobby' });
    for (const one of [ann, cleo]) await one.hear('chat'); // it was on Bob's node
    bob.say('chat', { text: 'At tea' });
    expect(await bob.hear('chat')).toMatchObject({ text: 'At tea' });
    bob.client.join(room);
    await bob.hear('init');
    await ann.hear('joined'); // and nothing from tea
    ann.say('chat', { text: ' ' });
    expect(await ann.hear('error')).toMatchObject({ message: 'a text needs something that can be seen' });
    ann.say('shout', { text: 'Hi' });
    expect(await ann.hear('error')).toMatchObject({ message: 'unknown type "shout"' });
    ann.client.socket.emit('chat', null);
    await ann.hear('error');
    ann.client.socket.emit('join', { room }, 'no function');
    await ann.hear('init');
    ann.say('chat', { text: 'Well' });
    expect(await bob.hear('chat')).toMatchObject({ text: 'Well' }); // and none of the errors
  });

  test('a forged token and a foreign page stay outside', async () => {
    const forged = come('Eve', 0, { token: 'forged' });
    const [error] = await once(forged.client.socket as never, 'connect_error');
    expect(error.message).toBe('401');
    const foreign = come('Eve', 0, { extraHeaders: { Origin: 'http://evil.example' }, reconnection: false });
    await once(foreign.client.socket as never, 'connect_error');
    expect(foreign.client.socket.connected).toBe(false);
  });

  test('what it does not: a plain WebSocket client, another node in the middle of polling, what was missed', async () => {
    const [one, other] = stage.ports.map((port) => `http://127.0.0.1:${port}/socket.io/?EIO=4`);
    const plain = new WebSocket(`${one.replace('http', 'ws')}&transport=websocket`);
    await once(plain, 'message');
    plain.send(JSON.stringify({ type: 'join', room: 'lobby' }));
    await once(plain, 'close');

    const opened = await (await fetch(`${one}&transport=polling`)).text();
    const { sid } = JSON.parse(opened.slice(1));
    const elsewhere = await fetch(`${other}&transport=polling&sid=${sid}`);
    expect({ status: elsewhere.status, body: await elsewhere.json() }).toMatchObject({
      status: 400,
      body: { message: 'Session ID unknown' },
    });

    const [ann, bob] = await two({ reconnection: false });
    const cleo = come('Cleo', 1);
    await cleo.hear('init');
    for (const one of [ann, bob]) await one.hear('joined');
    bob.client.socket.io.engine.close();
    for (const one of [ann, cleo]) await one.hear('left');
    ann.say('chat', { text: 'missed' });
    for (const one of [ann, cleo]) await one.hear('chat'); // it was on Bob's node
    bob.client.socket.connect();
    await bob.hear('init');
    await ann.hear('joined');
    ann.say('chat', { text: 'heard' });
    expect(await bob.hear('chat')).toMatchObject({ text: 'heard' });
  });

  test('a Redis that goes takes nobody with it: those on one node go on, and others join them', async () => {
    const errors = vi.spyOn(console, 'error').mockImplementation(() => {});
    const mortal = await startRedis();
    const on = await parts.openStage(parts.webSocketOnly, mortal.url);
    onTestFinished(async () => {
      await on.stop();
      await mortal.stop();
      errors.mockRestore();
    });
    const ann = come('Ann', 0, { on });
    await ann.hear('init');
    await mortal.stop();
    const bob = come('Bob', 0, { on });
    expect(await bob.hear('init')).toMatchObject({ onlineUsers: { length: 2 } });
    await ann.hear('joined');
    bob.say('chat', { text: 'Hi' });
    for (const one of [ann, bob]) await one.hear('chat');
  });

  test('the rows of the table: each has its figures, and they fit a terminal of 100 columns', async () => {
    const ownStage = await parts.openStage(parts.own, redis.url);
    onTestFinished(() => ownStage.stop());
    const counted = await parts.countLines();
    const rows = [
      ...(await parts.onTheWire(counted, ownStage, stage)),
      ...(await parts.inTurns(ownStage, stage, 20, 1)),
    ];
    expect(rows.map(({ cells }) => cells.length)).toEqual([2, 2, 3, 3, 3, 2, 2, 2, 2]);
    for (const { what, cells } of rows)
      for (const { numbers } of cells) for (const number of numbers) expect(number, what).toBeGreaterThan(0);
    const figures = (what: string) => rows.find((row) => row.what.includes(what))!.cells.map(({ numbers }) => numbers);
    expect(figures('TCP connections').slice(0, 2)).toEqual([[1], [1]]);
    expect(figures('HTTP requests').slice(0, 2)).toEqual([[1], [1]]);
    expect(figures('HTTP requests')[2][0]).toBeGreaterThan(1);
    const [short, long] = [figures('chat of 5 bytes'), figures('chat of 100 bytes')];
    for (const side of [0, 1]) for (const way of [0, 1]) expect([95, 97]).toContain(long[side][way] - short[side][way]); // above 125 a frame's length takes two bytes more
    const text = parts.table(
      [
        ['', ''],
        ['', ''],
        ['', ''],
      ],
      rows,
    );
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(100);
    expect(counted.node.map(({ path }) => path)).toEqual([
      'day5-scaling/demo/socket-io/node.ts',
      'day5-scaling/demo/socket-io/redis.ts',
    ]);
    expect(counted.both.map(({ path }) => path)).toContain('day3-chat/given/tokens.ts');
    expect(counted.ownNode.map(({ path }) => path)).toContain('solutions/day5-scaling/chat-node.ts');
  });

  test('the whole demonstration runs, fits 100 by 30, and ends by itself', async () => {
    const { code, out, err } = await run(['--messages', '20', '--rounds', '1'], { env: { REDIS_URL: redis.url } });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out.trimEnd().split('\n');
    expect(lines.length).toBeLessThan(30);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(out).toContain('Bob hears init (Bob and Ann), Ann hears joined (Bob)');
  });
});
