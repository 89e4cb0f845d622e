/**
 * Three nodes as processes, a real Redis that writes to the disk, a balancer, six people who talk all the time; and then something
 * fails. With a Stream behind the channels nothing is lost; without one, people who have missed something are told.
 */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@redis/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import type { ServerMessage } from '#day3/given/server-messages.ts';
import { Tokens } from '#day3/given/tokens.ts';
import { installedRedis } from '#tools/brokers/redis.ts';
import { freshToken } from '#solutions/day4-reconnect/bonus/fresh-token.ts';
import { Outbox } from '#solutions/day4-reconnect/bonus/outbox.ts';
import { inTime } from '#day5/given/for-bonus/in-time.ts';
import { freePorts } from '#tools/serve/ports.ts';
import { ReconnectingClient } from '#solutions/day4-reconnect/reconnecting-client.ts';

const NODES = 3;
const PEOPLE = ['Ann', 'Bob', 'Cleo', 'Dan', 'Eve', 'Fay'];
const PACE_MS = 20; // between two texts of one person
const SOME = 15; // texts
const PATIENCE_MS = 40_000; // a last resort: every wait below is for an event
const SECRET = 'of the faults';
const canRun = installedRedis() !== undefined && process.platform !== 'win32';
if (!canRun) console.log('day 5, faults: skipped. They need redis-server, and the signals of Unix.');

/** The promise, or an error with these words if it takes too long. */
const limit = <T>(promise: Promise<T>, words: () => string): Promise<T> =>
  inTime(PATIENCE_MS, promise, () => new Error(words()));

/** A Redis that can be killed, and started again with all of its data. */
async function openRedis() {
  const dir = mkdtempSync(join(tmpdir(), 'faults-'));
  let child: ChildProcess | undefined;
  let port = 0;
  const start = async (): Promise<void> => {
    if (port === 0) [port] = await freePorts(0);
    const flags = { port, bind: '127.0.0.1', save: '', appendonly: 'yes', appendfsync: 'always', dir };
    child = spawn(
      'redis-server',
      Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]),
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ready = new Promise<void>((resolve, reject) => {
      let printed = '';
      child!.stdout!.setEncoding('utf8').on('data', (text: string) => {
        printed = (printed + text).slice(-5000);
        if (/ready to accept connections/i.test(printed)) resolve();
      });
      child!.on('exit', () => reject(new Error(`redis-server ended:\n${printed}`)));
    });
    await limit(ready, () => 'redis-server has not said that it is ready.');
  };
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  const atExit = () => void child?.kill('SIGKILL');
  process.on('exit', atExit);
  onTestFinished(async () => {
    process.off('exit', atExit);
    await kill();
    rmSync(dir, { recursive: true, force: true });
  });
  await start();
  const url = `redis://127.0.0.1:${port}`;
  const command = async (...words: string[]): Promise<unknown> => {
    const client = createClient({ url });
    client.on('error', () => {});
    await client.connect();
    return client.sendCommand(words).finally(() => client.destroy());
  };
  return {
    url,
    start,
    kill,
    command,
    freeze: (isFrozen: boolean) => void child!.kill(isFrozen ? 'SIGSTOP' : 'SIGCONT'),
  };
}

interface Node {
  name: string;
  child: ChildProcess;
  port: number;
  status: 'up' | 'down';
  /** how often its bus has come up */
  ups: number;
  /** what it has written to stderr */
  errors: string;
  /** true if it is ended on purpose */
  isDoomed: boolean;
}

/** Remembers which messages came back: from then on the servers must not lose them. */
class WatchedOutbox extends Outbox {
  readonly confirmed = new Set<string>();
  override confirm(key: string): void {
    const message = this.waiting.find((one) => one.key === key);
    if (message) this.confirmed.add(message.text);
    super.confirm(key);
  }
}

async function begin({ stream }: { stream: boolean }) {
  const events = new EventEmitter().setMaxListeners(0);
  const trouble: string[] = [];
  const changed = (): void => void events.emit('change');
  /** Waits until something is true. @param story what is there instead, in words */
  const until = async (holds: () => boolean, what: string, story: () => string = () => ''): Promise<void> => {
    const waiting = (async () => {
      while (!holds()) {
        if (trouble.length > 0) throw new Error(trouble.join('\n'));
        await once(events, 'change');
      }
    })();
    await limit(waiting, () => `Waited for ${what}, without success. ${story()}`);
  };

  const redis = await openRedis();
  const nodes: Node[] = [];
  let count = 0;
  const startNode = async (): Promise<Node> => {
    const name = `node-${++count}`;
    const child = fork(fileURLToPath(new URL('day5-node.ts', import.meta.url)), {
      execArgv: ['--import', 'tsx', '--conditions=solution'], // stream-history.ts takes the finished `missed`
      env: { ...process.env, NODE_NAME: name, REDIS_URL: redis.url, SECRET, ...(stream && { STREAM: '1' }) },
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    const node: Node = { name, child, port: 0, status: 'down', ups: 0, errors: '', isDoomed: false };
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (node.errors += text));
    child.on('message', ({ port, status }: { port?: number; status?: 'up' | 'down' }) => {
      if (port) node.port = port;
      if (status) node.status = status;
      if (status === 'up') node.ups++;
      changed();
    });
    child.on('exit', (code, signal) => {
      if (!node.isDoomed) trouble.push(`${name} has ended by itself, with ${signal ?? code}: ${node.errors}`);
      changed();
    });
    onTestFinished(() => {
      node.isDoomed = true;
      child.kill('SIGKILL');
    });
    nodes.push(node);
    await until(() => node.port > 0, `${name}, listening`);
    return node;
  };
  await Promise.all(Array.from({ length: NODES }, startNode));

  // The balancer: each connection goes to the next node that accepts it.
  let turn = 0;
  const open = new Set<Socket>();
  const balancer = createServer((near) => {
    const remember = (socket: Socket): void => {
      open.add(socket);
      socket.on('close', () => open.delete(socket)).on('error', () => {});
    };
    remember(near);
    near.pause();
    const tryNext = (left: number): void => {
      const targets = nodes.filter(({ isDoomed }) => !isDoomed);
      if (left === 0 || targets.length === 0) return void near.destroy();
      const far = connect(targets[turn++ % targets.length].port, '127.0.0.1');
      remember(far);
      let isThere = false;
      far.once('connect', () => {
        isThere = true;
        near.pipe(far).pipe(near);
        near.on('close', () => far.destroy());
        far.on('close', () => near.destroy());
      });
      far.once('error', () => isThere || tryNext(left - 1));
    };
    tryNext(NODES);
  });
  balancer.listen(0, '127.0.0.1');
  await once(balancer, 'listening');
  const address = `ws://127.0.0.1:${(balancer.address() as AddressInfo).port}`;

  const tokens = new Tokens({ secret: SECRET });
  const people = PEOPLE.map((name) => {
    const outbox = new WatchedOutbox(100_000);
    const client = new ReconnectingClient({
      url: freshToken(address, async (renewal) => tokens.issue(name, renewal)),
      room: 'lobby',
      WebSocket,
      outbox,
      delay: () => 20 + Math.random() * 80,
    });
    const one = {
      name,
      client,
      outbox,
      said: 0,
      heard: [] as { id: string; text: string }[],
      texts: new Set<string>(),
      gaps: 0,
      alone: 0,
      inits: 0,
      losses: 0,
      online: new Map<string, string>(),
    };
    client.on('message', (message: ServerMessage) => {
      if (message.type === 'chat') {
        one.heard.push({ id: message.id, text: message.text });
        one.texts.add(message.text);
      }
      if (message.type === 'gap') one.gaps++;
      if (message.type === 'error' && message.code === 'alone') one.alone++;
      if (message.type === 'error' && message.code !== 'alone')
        trouble.push(`${name} was told ${message.code}: ${message.message}`);
      if (message.type === 'init') {
        one.inits++;
        one.online = new Map(message.onlineUsers.map((user) => [user.userId, user.name]));
      }
      if (message.type === 'joined') one.online.set(message.userId, message.name);
      if (message.type === 'left') one.online.delete(message.userId);
      changed();
    });
    client.on('state', (state) => {
      if (state.name === 'down') one.losses++;
      if (state.name === 'gave up') trouble.push(`${name} gave up, with ${state.code}`);
      changed();
    });
    return one;
  });
  type One = (typeof people)[number];
  const say = (one: One): string => {
    const text = `${one.name} ${++one.said}`;
    expect(one.client.send(text)).not.toBe('dropped');
    return text;
  };
  // One after the other: so persons 0 and 3, 1 and 4, 2 and 5 are on one node each.
  for (const one of people) {
    one.client.start();
    await until(() => one.inits > 0, `${one.name} in the room`);
  }
  const timer = setInterval(() => people.forEach(say), PACE_MS);
  onTestFinished(async () => {
    clearInterval(timer);
    for (const { client } of people) client.close();
    for (const socket of open) socket.destroy();
    balancer.close();
  });

  const has = (one: One, texts: string[]): boolean => texts.every((text) => one.texts.has(text));
  /** Waits until each of them has heard some texts of each that were said from now on; with a Stream the very next ones. */
  const talk = async (who: One[], what: string): Promise<void> => {
    const from = who.map(({ said }) => said);
    const heard = (one: One, { name, said }: One, i: number): number => {
      let count = 0;
      for (let n = from[i] + 1; n <= (stream ? from[i] + SOME : said); n++) if (one.texts.has(`${name} ${n}`)) count++;
      return count;
    };
    const story = (): string =>
      who
        .map(
          (one) =>
            `${one.name} (${one.client.state.name}, ${one.gaps} gaps) has ${who.map((other, i) => `${heard(one, other, i)} of ${other.name}'s`).join(', ')}`,
        )
        .join('; ');
    await until(
      () => who.every((one) => who.every((other, i) => heard(one, other, i) >= SOME)),
      `${SOME} texts of each at each, ${what}`,
      story,
    );
  };
  /** People on the same node hear each other, whatever Redis does. */
  const talkLocally = (what: string): Promise<unknown> =>
    Promise.all(
      Array.from({ length: NODES }, (_, i) =>
        talk(
          people.filter((_one, k) => k % NODES === i),
          what,
        ),
      ),
    );
  const told = (field: 'alone' | 'inits', before: number[], what: string) =>
    until(
      () => people.every((one, i) => one[field] > before[i]),
      what,
      () => people.map((one) => `${one.name} ${one[field]}`).join(', '),
    );
  const now = (field: 'alone' | 'inits' | 'gaps' | 'losses'): number[] => people.map((one) => one[field]);
  const live = (): Node[] => nodes.filter(({ isDoomed }) => !isDoomed);

  /** Ends the conversation, and checks that everybody got what was promised. */
  const end = async (): Promise<void> => {
    clearInterval(timer);
    await until(
      () => people.every(({ outbox }) => outbox.waiting.length === 0),
      'the confirmation of all that was said',
      () => people.map(({ name, outbox }) => `${name}: ${outbox.waiting.length} wait`).join(', '),
    );
    await until(
      () => people.every(({ client: { state } }) => state.name === 'open' && state.joined),
      'everyone being in the room',
      () => people.map(({ name, client }) => `${name}: ${client.state.name}`).join(', '),
    );
    const last = people.map(say);
    await until(
      () => people.every((one) => has(one, last)),
      "everyone's last text at everyone",
      () =>
        people
          .map((one) => `${one.name} misses ${last.filter((text) => !one.texts.has(text)).join(', ') || 'nothing'}`)
          .join('; '),
    );
    const confirmed = people.flatMap(({ outbox }) => [...outbox.confirmed]);
    expect(confirmed.length).toBe(people.reduce((sum, { said }) => sum + said, 0));
    const missing = (one: One): string[] => confirmed.filter((text) => !one.texts.has(text));
    // What is read from a stream may come after somebody's last text, which people on the same node got at once.
    if (stream)
      await until(
        () => people.every((one) => missing(one).length === 0),
        'each confirmed text at everyone',
        () =>
          people
            .map((one) => `${one.name} misses ${missing(one).join(', ') || 'nothing'} (gaps told: ${one.gaps})`)
            .join('; '),
      );
    for (const one of people) {
      expect(
        one.heard.length - new Set(one.heard.map(({ id }) => id)).size,
        `ids that ${one.name} has heard twice`,
      ).toBe(0);
      if (stream) expect([one.name, one.heard.length, one.gaps]).toEqual([one.name, confirmed.length, 0]);
      else if (missing(one).length > 0)
        expect(one.gaps, `times that ${one.name} was told of a gap, who misses ${missing(one)}`).toBeGreaterThan(0);
    }
    await until(
      () =>
        people.every(
          ({ online }) => PEOPLE.every((name) => [...online.values()].includes(name)) && online.size === PEOPLE.length,
        ),
      "all six on everyone's list",
      () => people.map(({ name, online }) => `${name} sees ${[...online.values()]}`).join('; '),
    );
    expect(nodes.map(({ errors }) => errors).join(''), 'what the nodes have written to stderr').toBe('');
    expect(trouble).toEqual([]);
    const lost = people.map((one) => missing(one).length);
    console.log(
      `day 5, faults: ${confirmed.length} texts at each of ${people.length} people, ${Math.max(...lost)} missed at most, ${Math.max(...now('gaps'))} gaps told.`,
    );
  };
  await talk(people, 'before anything has failed');
  return { redis, nodes, live, startNode, people, until, talk, talkLocally, told, now, end, changed };
}

describe.skipIf(!canRun).each([{ stream: true }, { stream: false }])(
  'day 5, faults, stream: $stream',
  { timeout: 180_000 },
  ({ stream }) => {
    test('Redis is killed, and started again, twice', async () => {
      const { redis, people, talk, talkLocally, told, now, end } = await begin({ stream });
      for (let round = 0; round < 2; round++) {
        const [alone, inits] = [now('alone'), now('inits')];
        await redis.kill();
        await told('alone', alone, 'the word that the others cannot be reached');
        await talkLocally('with Redis dead');
        await redis.start();
        await told('inits', inits, 'a fresh list of people, with Redis back');
        await talk(people, 'with Redis back');
      }
      expect(now('losses'), 'connections that were lost: nobody has to notice').toEqual(people.map(() => 0));
      if (!stream) for (const { gaps } of people) expect(gaps).toBeGreaterThan(0);
      await end();
    });

    test('Redis is frozen, and goes on, twice', async () => {
      const { redis, people, talk, talkLocally, told, now, end } = await begin({ stream });
      for (let round = 0; round < 2; round++) {
        const [alone, inits] = [now('alone'), now('inits')];
        redis.freeze(true);
        await told('alone', alone, 'the word that the others cannot be reached');
        await talkLocally('with Redis frozen');
        redis.freeze(false);
        await told('inits', inits, 'a fresh list of people, with Redis back');
        await talk(people, 'with Redis back');
      }
      expect(now('losses'), 'connections that were lost').toEqual(people.map(() => 0));
      if (!stream) for (const { gaps } of people) expect(gaps).toBeGreaterThan(0);
      await end();
    });

    test('Redis is frozen, and killed while it is: what it had not written is gone from it', async () => {
      const { redis, people, talk, talkLocally, told, now, end } = await begin({ stream });
      const [alone, inits] = [now('alone'), now('inits')];
      redis.freeze(true);
      await told('alone', alone, 'the word that the others cannot be reached');
      await redis.kill();
      await talkLocally('with Redis dead');
      await redis.start();
      await told('inits', inits, 'a fresh list of people, with Redis back');
      await talk(people, 'with Redis back');
      await end();
    });

    for (const type of ['pubsub', 'normal']) {
      test(`only the connections of type ${type} are cut, five times`, async () => {
        const { redis, live, people, until, talk, talkLocally, now, end } = await begin({ stream });
        for (let round = 0; round < 5; round++) {
          const ups = live().map((node) => node.ups);
          await redis.command('CLIENT', 'KILL', 'TYPE', type);
          await until(() => live().every((node, i) => node.ups > ups[i]), "every node's bus being up again");
          await talkLocally('after the cut');
          await talk(people, 'after the cut');
        }
        expect(now('losses'), 'connections that were lost').toEqual(people.map(() => 0));
        await end();
      });
    }

    test("one node's connections alone are cut, five times", async () => {
      const {
        redis,
        nodes: [node],
        people,
        until,
        talk,
        now,
        end,
      } = await begin({ stream });
      for (let round = 0; round < 5; round++) {
        const ups = node.ups;
        const list = String(await redis.command('CLIENT', 'LIST')).split('\n');
        const ids = list.flatMap((line) => (line.includes('name=node-1 ') ? [/id=(\d+)/.exec(line)![1]] : []));
        expect(ids.length).toBe(2);
        for (const id of ids) await redis.command('CLIENT', 'KILL', 'ID', id);
        await until(() => node.ups > ups, 'the bus of that node being up again');
        await talk(people, 'after the cut');
      }
      expect(now('losses'), 'connections that were lost').toEqual(people.map(() => 0));
      await end();
    });

    test('a node is killed, and another takes its place, three times', async () => {
      const { live, startNode, people, until, talk, now, end } = await begin({ stream });
      for (let round = 0; round < NODES; round++) {
        const losses = now('losses');
        const [victim] = live();
        victim.isDoomed = true;
        victim.child.kill('SIGKILL');
        await until(
          () => now('losses').reduce((sum, n) => sum + n, 0) > losses.reduce((sum, n) => sum + n, 0),
          'somebody losing their connection',
        );
        await talk(people, 'with a node less');
        await startNode();
        await talk(people, 'with a new node');
      }
      await end();
    });

    test('all nodes are replaced, one after the other, each stopped gracefully under load', async () => {
      const { nodes, live, startNode, people, talk, end } = await begin({ stream });
      for (let round = 0; round < NODES; round++) {
        await startNode();
        const [leaving] = live();
        leaving.isDoomed = true;
        const ended = once(leaving.child, 'exit');
        leaving.child.kill('SIGTERM');
        const [code, signal] = (await limit(ended, () => `${leaving.name} has not ended. ${leaving.errors}`)) as [
          number,
          string,
        ];
        expect([code, signal], `how ${leaving.name} has ended`).toEqual([0, null]);
        await talk(people, 'with a new node in place of an old one');
      }
      expect(nodes.length).toBe(2 * NODES);
      await end();
    });
  },
);
