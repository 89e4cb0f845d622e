/**
 * Three nodes on a real Redis Cluster, with somebody in each of four rooms on each node who talks all the time; and then a master fails,
 * or a slot moves. Each text arrives once, or `gap` is told in its place.
 */
import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import type { ServerMessage } from '#day3/given/server-messages.ts';
import { Tokens } from '#day3/given/tokens.ts';
import { inTime } from '#day5/given/for-bonus/in-time.ts';
import { shardChannelOf, streamOf } from '#day5/given/for-bonus/slot-names.ts';
import { StreamHistory } from '#day5/given/for-bonus/stream-history.ts';
import { optionalParts } from '#day5/given/optional/optional-parts.ts';
import { ShardedBus, ShardedStreamBus } from '#day5/given/optional/sharded-bus.ts';
import { Presence } from '#solutions/day5-scaling/bonus/presence.ts';
import { ChatNode } from '#solutions/day5-scaling/chat-node.ts';
import { clusterMissing, startCluster, type ClusterServer } from '#tools/brokers/redis-cluster.ts';

const NODES = 3;
const ROOMS = ['b{', 'lobby', 'garden', '{a}b']; // each master has at least one of them
const PACE_MS = 100; // between two texts of one person
const SOME = 8; // texts
const PATIENCE_MS = 60_000; // a last resort: every wait below is for an event
const missing = clusterMissing() ?? (process.platform === 'win32' ? 'It needs the signals of Unix.' : undefined);
if (missing) console.log(`Day 5 on a Redis Cluster, faults: skipped. ${missing}`);

type Heard = { from: string; n: number } | 'gap';

async function begin({ stream, replicas }: { stream: boolean; replicas: number }) {
  const cluster = await startCluster({ replicas, nodeTimeoutMs: replicas > 0 ? 2000 : 60_000 });
  onTestFinished(cluster.stop);
  const events = new EventEmitter().setMaxListeners(0);
  const changed = (): void => void events.emit('change');
  const until = (holds: () => boolean, what: string, story: () => string = () => ''): Promise<void> =>
    inTime(
      PATIENCE_MS,
      (async () => {
        while (!holds()) await once(events, 'change');
      })(),
      () => new Error(`No sign of ${what}. ${story()}`),
    );

  const tokens = new Tokens({ secret: 'of the faults' });
  const nodes = await Promise.all(
    Array.from({ length: NODES }, async (_, i) => {
      const options = { urls: cluster.url.split(','), pingMs: 200, backlog: 100_000, keep: 100_000 };
      const bus = stream ? new ShardedStreamBus(options) : new ShardedBus(options);
      const node = new ChatNode({
        ...optionalParts(),
        name: `node-${i + 1}`,
        bus,
        tokens,
        page: (_request, response) => void response.end(),
        presence: (one) => new Presence(one),
        ...(bus instanceof ShardedStreamBus && { history: new StreamHistory(bus) }),
      });
      onTestFinished(() => node.end());
      const seen = { bus, ups: 0, downs: 0, port: 0 };
      bus.onStatus((status) => {
        seen[status === 'up' ? 'ups' : 'downs']++;
        changed();
      });
      await bus.connect();
      node.app.server.listen(0, '127.0.0.1');
      await once(node.app.server, 'listening');
      seen.port = (node.app.server.address() as AddressInfo).port;
      return seen;
    }),
  );
  const story = (): string => nodes.map(({ bus }) => `${bus.status}: ${bus.reason}`).join('; ');
  await until(() => nodes.every(({ ups }) => ups > 0), 'three buses that are up', story);

  const people = await Promise.all(
    ROOMS.flatMap((room, r) =>
      nodes.map(async ({ port }, i) => {
        const name = `${String.fromCharCode(65 + r)}${i}`;
        const socket = new WebSocket(`ws://127.0.0.1:${port}`, ['chat', `token.${tokens.issue(name).token}`]);
        onTestFinished(() => socket.terminate());
        const one = { name, room, socket, said: 0, isIn: false, heard: [] as Heard[], last: new Map<string, number>() };
        socket.on('message', (data) => {
          const message = JSON.parse(String(data)) as ServerMessage;
          if (message.type === 'init') one.isIn = true;
          if (message.type === 'gap') one.heard.push('gap');
          if (message.type === 'chat') {
            const [from, n] = message.text.split(' ');
            one.heard.push({ from, n: Number(n) });
            one.last.set(from, Number(n));
          }
          changed();
        });
        await once(socket, 'open');
        socket.send(JSON.stringify({ type: 'join', room }));
        return one;
      }),
    ),
  );
  await until(() => people.every(({ isIn }) => isIn), 'everybody in their room', story);
  const say = (one: (typeof people)[number]): void =>
    one.socket.send(JSON.stringify({ type: 'chat', text: `${one.name} ${++one.said}` }));
  const timer = setInterval(() => people.forEach(say), PACE_MS);
  onTestFinished(() => clearInterval(timer));

  const mates = (one: (typeof people)[number]) => people.filter(({ room }) => room === one.room);
  /** Waits until everybody has heard texts of everybody in their room that were said from now on. */
  const talk = async (what: string): Promise<void> => {
    const goal = new Map(people.map(({ name, said }) => [name, said + SOME]));
    await until(
      () => people.every((one) => mates(one).every(({ name }) => (one.last.get(name) ?? 0) >= goal.get(name)!)),
      `${SOME} texts of each at each, ${what}`,
      story,
    );
  };
  /** Waits until the bus of each node has come up again since then. */
  const upAgain = (since: number[], what: string): Promise<void> =>
    until(() => nodes.every(({ ups }, i) => ups > since[i]), `three buses that are up again, ${what}`, story);
  const ups = (): number[] => nodes.map((node) => node.ups);

  /** Nothing comes twice or in another order, and where a text is missing, `gap` is told. @returns how many texts are missing */
  const judge = (): number => {
    let lost = 0;
    for (const one of people) {
      const last = new Map<string, { n: number; at: number }>();
      one.heard.forEach((what, at) => {
        if (what === 'gap') return;
        const before = last.get(what.from);
        last.set(what.from, { n: what.n, at });
        if (!before) return;
        expect(what.n, `the next text of ${what.from} at ${one.name}`).toBeGreaterThan(before.n);
        if (what.n === before.n + 1) return;
        lost += what.n - before.n - 1;
        const told = one.heard.slice(before.at, at).includes('gap');
        expect(told, `gap is told to ${one.name} between texts ${before.n} and ${what.n} of ${what.from}`).toBe(true);
      });
    }
    const gaps = people.map(({ heard }) => heard.filter((what) => what === 'gap').length);
    console.log(
      `day 5 on a cluster: ${people.reduce((sum, { heard }) => sum + heard.length, 0)} deliveries, ${lost} missed, ${Math.max(...gaps)} gaps told at most.`,
    );
    return lost;
  };
  await talk('before anything has failed');
  return { ...cluster, nodes, until, talk, upAgain, ups, judge };
}

const nameOf = (room: string): string => `chat:room:${room}`;

/** Moves a slot with its keys, as `redis-cli --cluster reshard` does. */
async function move(slot: string, from: ClusterServer, to: ClusterServer, others: ClusterServer[]): Promise<void> {
  await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
  await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
  for (;;) {
    const keys = (await from.command('CLUSTER', 'GETKEYSINSLOT', slot, '100')) as string[];
    if (keys.length === 0) break;
    await from.command('MIGRATE', '127.0.0.1', new URL(to.url).port, '', '0', '5000', 'KEYS', ...keys);
  }
  for (const { command } of [to, from, ...others]) await command('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
}

describe.skipIf(missing).each([{ stream: true }, { stream: false }])(
  'day 5 on a Redis Cluster, faults, stream: $stream',
  { timeout: 240_000 },
  ({ stream }) => {
    for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
      test(`a master gets ${signal}, and its replica takes its place`, async () => {
        const { masters, replicas, ups, upAgain, talk, judge } = await begin({ stream, replicas: 1 });
        const before = ups();

        masters[0].process!.kill(signal);
        await upAgain(before, 'with the replica in its place');
        await talk('with the replica in its place');

        const [role] = (await replicas[0].command('ROLE')) as string[];
        expect(role, 'the replica').toBe('master');
        judge();
      });
    }

    test('the slot of each room moves to another master and back, under load', async () => {
      const { masters, ups, upAgain, talk, judge } = await begin({ stream, replicas: 0 });
      const places = await Promise.all(
        ROOMS.map(async (room) => {
          const slot = Number(await masters[0].command('CLUSTER', 'KEYSLOT', shardChannelOf(nameOf(room))));
          expect(await masters[0].command('CLUSTER', 'KEYSLOT', streamOf(nameOf(room)))).toBe(slot);
          return { slot: String(slot), home: Math.min(Math.floor(slot / (16_384 / 3)), 2) };
        }),
      );
      expect(new Set(places.map(({ home }) => home)).size, 'masters that have a room').toBe(3);

      for (const { slot, home } of places) {
        const [from, to, other] = [0, 1, 2].map((i) => masters[(home + i) % 3]);
        for (const [source, target] of [[from, to] as const, [to, from] as const]) {
          const before = ups();
          await move(slot, source, target, [other]);
          await upAgain(before, `with slot ${slot} moved`);
        }
      }
      await talk('with all slots back in their places');

      const lost = judge();
      if (stream) expect(lost, 'texts that are missing').toBe(0);
    });
  },
);
