/** Day 5's edge cases, given → when → then, on the reference node with its bonus: one check a case, and bad input besides. */
import { createServer } from 'node:net';
import { healthOf } from '#day5/given/internals/health.ts';
import { get } from 'node:http';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { vi } from 'vitest';
import { exercise, expect, fakeClock, onCleanUp, serveTcp, within } from '#kit';
import { Member } from '#day3/given/rooms.ts';
import type { ServerMessage } from '#day3/given/server-messages.ts';
import { Tokens } from '#day3/given/tokens.ts';
import { reachesBack } from '#day5/given/for-bonus/entries.ts';
import { StreamBus, type StreamOptions } from '#day5/given/for-bonus/stream-bus.ts';
import { StreamHistory } from '#day5/given/for-bonus/stream-history.ts';
import { MemoryBroker, MemoryBus } from '../../../day5-scaling/tests/helpers/memory-bus.ts';
import { RedisBus } from '#solutions/day5-scaling/redis-bus.ts';
import { lastWords } from '#day5/given/internals/last-words.ts';
import type { Bus } from '#day5/given/bus.ts';
import type { Presence } from '#solutions/day5-scaling/bonus/presence.ts';
import { shutdown } from '#solutions/day5-scaling/shutdown.ts';
import { startRedis } from '#tools/brokers/redis.ts';
import { lineTo, redis } from '../../../day5-scaling/tests/helpers/line.ts';
import { fromOther, said, ScriptedBus } from '../../../day5-scaling/tests/helpers/subject.ts';
import { brief, openNode, person, until, type Person } from '../helpers/day5/nodes.ts';
import { startServer, type Started } from '../helpers/start-server.ts';

let prefixes = 0;
/** So that no check hears another one's nodes. */
const newPrefix = (): string => `edge ${process.pid} ${++prefixes}`;
const chats = (texts: string[]): string[] => texts.filter((text) => !/^(init|joined|left|renamed)/.test(text));
const channel = 'chat:room:lobby';

const HOUR = 3_600_000;

/** Several turns: all that goes on by promises and sockets of this process has gone on. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await turn();
};

/** A bus on a line of its own to the Redis of the tests, up. */
async function onALine(options: Partial<StreamOptions> = {}, Bus: typeof RedisBus | typeof StreamBus = RedisBus) {
  const line = await lineTo(redis.url);
  const bus = new Bus({ url: line.url, ...options });
  onCleanUp(() => bus.close());
  await within(bus.connect(), 'the connections', () => String(bus.reason));
  await until(bus, 'up', 'once it is connected');
  return { line, bus };
}

/** Nodes on lines of their own, each with somebody in the room. */
async function onLines(
  names: string[],
  options: Partial<StreamOptions> = {},
  more: Parameters<typeof openNode>[2] = {},
) {
  const prefix = newPrefix();
  const all = [];
  for (const [i, name] of names.entries()) {
    const { line, bus } = await onALine(options);
    const opened = await openNode(`node-${i}`, bus, { prefix, ...more });
    all.push({ line, ...opened, who: await opened.come(name, 'lobby') });
  }
  return all;
}

/** Nodes on one broker in this process. */
async function inMemory(names: string[], more: Parameters<typeof openNode>[2] = {}) {
  const broker = new MemoryBroker();
  const all = [];
  for (const name of names) {
    const bus = new MemoryBus(broker);
    await bus.connect();
    all.push(await openNode(name, bus, more));
  }
  await settle();
  return { broker, nodes: all };
}

const healthz = (
  port: number,
): Promise<{ status?: number; body: { ready: boolean; bus: string; reason?: string; others?: string[] } }> =>
  new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path: '/healthz', agent: false }, async (response) => {
      let text = '';
      for await (const piece of response) text += piece;
      resolve({ status: response.statusCode, body: JSON.parse(text) });
    }).on('error', reject);
  });

exercise('day5 rooms', (check) => {
  check('1. two in a room on two nodes: each hears each text once', async () => {
    const [a, b] = await onLines(['Ann', 'Bob']);
    for (let i = 0; i < 10; i++) {
      a.who.say({ type: 'chat', text: `a${i}` });
      b.who.say({ type: 'chat', text: `b${i}` });
    }
    a.who.say({ type: 'chat', text: 'end a' });
    b.who.say({ type: 'chat', text: 'end b' });
    const expected = Array.from({ length: 10 }, (_, i) => [`a${i}`, `b${i}`])
      .flat()
      .sort();
    for (const { who } of [a, b]) {
      const heard: string[] = [];
      const ends = new Set(['end a', 'end b']);
      while (ends.size > 0) {
        for (const text of brief(await who.upTo((one) => one.type === 'chat', 'what was said')))
          if (!ends.delete(text)) heard.push(text);
      }
      expect(chats(heard).sort()).toEqual(expected);
    }
  });
  check('2. no local members: not subscribed', async () => {
    const bus = new ScriptedBus();
    const { come } = await openNode('node-1', bus);
    expect(bus.listeners(channel)).toBe(0);
    const ann = await come('Ann', 'lobby');
    expect(bus.listeners(channel)).toBe(1);
    ann.say({ type: 'join', room: 'kitchen' });
    await ann.heard();
    await settle();
    expect(bus.listeners(channel)).toBe(0);
  });
  check('3. an empty room, two joins at once: one SUBSCRIBE', async () => {
    const bus = new ScriptedBus();
    bus.held = [];
    const { come } = await openNode('node-1', bus);
    const [ann, bob] = [await come('Ann'), await come('Bob')];
    for (const one of [ann, bob]) one.say({ type: 'join', room: 'lobby' });
    while (bus.commands.length === 0) await turn();
    await settle();
    bus.acknowledge();
    await Promise.all([ann, bob].map((one) => one.upTo(({ type }) => type === 'init', 'init')));
    expect(bus.commands).toEqual([`SUBSCRIBE ${channel}`]);
  });
  check('4. the last one leaves and comes back before the UNSUBSCRIBE is answered: still subscribed', async () => {
    const prefix = newPrefix();
    const [{ bus }, other] = [await onALine(), await onALine()];
    const { come } = await openNode('node-1', bus, { prefix });
    const far = await openNode('node-2', other.bus, { prefix });
    const [ann, bob] = [await come('Ann', 'lobby'), await far.come('Bob', 'lobby')];
    for (let i = 0; i < 20; i++) {
      ann.say({ type: 'join', room: 'kitchen' });
      ann.say({ type: 'join', room: 'lobby' });
      await ann.heard();
      bob.say({ type: 'chat', text: `round ${i}` });
      await ann.upToText(`round ${i}`);
    }
  });
  check('5. a join resolves with the acknowledgement: init comes then, and not before', async () => {
    const bus = new ScriptedBus();
    const { come } = await openNode('node-1', bus);
    const [ann, bob] = [await come('Ann'), await come('Bob', 'kitchen')];
    bus.held = [];
    ann.say({ type: 'join', room: 'lobby' });
    while (bus.held.length === 0) await turn();
    await bob.heard();
    expect(ann.client.received.length).toBe(0);
    bus.acknowledge();
    expect(brief(await ann.upTo(() => true, 'init'))).toEqual(['init']);
  });
  check('5. what another node says right after init is heard', async () => {
    const [a, b] = await onLines(['Ann', 'Bob']);
    for (let i = 0; i < 10; i++) {
      const cleo = await b.come('Cleo');
      cleo.say({ type: 'join', room: `room ${i}` });
      await cleo.upTo(({ type }) => type === 'init', 'init');
      a.who.say({ type: 'join', room: `room ${i}` });
      a.who.say({ type: 'chat', text: 'Hi' });
      await cleo.upToText('Hi');
    }
  });
  check("6. two handlers on a room's channel, one off: the other is fed", async () => {
    const [a, b] = await onLines(['Ann', 'Bob']);
    const off = await b.bus.subscribe(b.node.channelOf('lobby'), () => {});
    await off();
    a.who.say({ type: 'chat', text: 'Hi' });
    await b.who.upToText('Hi');
  });
  check('27. a room named `*`, with spaces, in Greek: exact match', async () => {
    const [a, b] = await onLines(['Ann', 'Bob']);
    const rooms = ['*', 'lobby*', '[a-z]', 'a b', ' a b', 'αίθουσα', 'ΑΊΘΟΥΣΑ', '__proto__'];
    const cleo = await b.come('Cleo');
    for (const room of rooms) {
      a.who.say({ type: 'join', room });
      await a.who.heard();
      const heard: string[] = [];
      for (const other of rooms) {
        cleo.say({ type: 'join', room: other });
        cleo.say({ type: 'chat', text: `in ${other}` });
      }
      await cleo.heard();
      a.who.say({ type: 'chat', text: 'fence' }); // from another node, but behind it on the same Redis: so Cleo's node has dealt with all
      await a.who.upToText('fence').then((all) => heard.push(...brief(all)));
      cleo.say({ type: 'join', room });
      await cleo.heard();
      cleo.say({ type: 'chat', text: 'end' });
      await a.who.upToText('end').then((all) => heard.push(...brief(all)));
      expect(heard.filter((text) => text.startsWith('in '))).toEqual([`in ${room}`]);
    }
  });
  check('10,000 rooms on one node: all subscribed, all again after the cut, all released', async () => {
    const { line, bus } = await onALine();
    const { node } = await openNode('node-1', bus, { prefix: newPrefix() });
    const asker = createClient({ url: redis.url });
    asker.on('error', () => {});
    await asker.connect();
    onCleanUp(() => asker.destroy());
    const rooms = Array.from({ length: 10_000 }, (_, i) => `room ${i}`);
    /** How many hear each room, as Redis says. */
    const hearing = async (): Promise<Record<number, number>> => {
      const counts = await Promise.all(rooms.map((room) => asker.publish(node.channelOf(room), 'not an envelope')));
      return counts.reduce<Record<number, number>>((sum, count) => ({ ...sum, [count]: (sum[count] ?? 0) + 1 }), {});
    };
    const members = rooms.map(
      (_, i) => new Member({ readyState: 1, bufferedAmount: 0, send() {} } as never, { userId: `u${i}`, name: `${i}` }),
    );
    for (const [i, room] of rooms.entries()) node.chat.join(members[i], room);
    await within(
      Promise.all([...node.held.values()].map(({ off }) => off)),
      '10,000 acknowledgements',
      () => `${bus.reason}`,
    );
    expect(await hearing()).toEqual({ 1: 10_000 });
    const down = until(bus, 'down', 'with its lines cut');
    line.cut();
    await down;
    await until(bus, 'up', 'after the cut');
    expect(await hearing()).toEqual({ 1: 10_000 });
    for (const member of members) node.chat.leave(member);
    // A publish of the subscriber's own comes behind its commands: what is still subscribed then, stays so.
    while (node.held.size > 0) await turn();
    await within(bus.subscriber!.ping(), 'an answer behind 10,000 UNSUBSCRIBE', () => `${bus.reason}`);
    expect(await hearing()).toEqual({ 0: 10_000 });
    expect([node.rooms.size, node.held.size]).toEqual([0, 0]);
  });
});

exercise('day5 outages', (check) => {
  check('7. the bus is down: people on one node hear each other, and are told that they are alone', async () => {
    const [a] = await onLines(['Ann']);
    const bob = await a.come('Bob', 'lobby');
    a.line.state.isRefusing = true;
    a.line.cut();
    await until(a.bus, 'down', 'with Redis away');
    bob.say({ type: 'chat', text: 'Hi' });
    expect(brief(await a.who.upToText('Hi'))).toContain('alone');
    expect(brief(await bob.upToText('Hi'))).toEqual(['alone', 'Hi']);
    const cleo = await a.come('Cleo');
    cleo.say({ type: 'join', room: 'attic' });
    expect(brief(await cleo.heard())).toEqual(['init', 'alone']);
  });
  check('8. publish rejects, or hangs: caught, counted, and nobody here notices', async () => {
    const bus = new ScriptedBus();
    const { node, come } = await openNode('node-1', bus);
    const ann = await come('Ann', 'lobby');
    for (const answer of ['refused', 'nothing', 'sent'] as const) {
      bus.answer = answer;
      ann.say({ type: 'chat', text: answer });
      expect(brief(await ann.heard())).toEqual([answer]);
    }
    expect(node.unpublished).toBe(1);
  });
  check('9. said in an outage: nobody on another node hears it later, and they are told `gap`', async () => {
    const [a, b] = await onLines(['Ann', 'Bob']);
    for (const { line } of [a, b]) {
      line.state.isRefusing = true;
      line.cut();
    }
    for (const { bus } of [a, b]) await until(bus, 'down', 'with Redis away');
    a.who.say({ type: 'chat', text: 'in the outage' });
    await a.who.upToText('in the outage');
    for (const { line } of [a, b]) line.state.isRefusing = false;
    for (const { bus } of [a, b]) await until(bus, 'up', 'with Redis back');
    a.who.say({ type: 'chat', text: 'end' });
    const heard = brief(await b.who.upToText('end'));
    expect(heard).not.toContain('in the outage');
    expect(heard).toContain('gap');
  });
  check(
    '9. one node alone was cut off: those on the others are told `gap` when it is back, without another word',
    async () => {
      const [a, b] = await onLines(['Ann', 'Bob']);
      a.line.state.isRefusing = true;
      a.line.cut();
      await until(a.bus, 'down', 'with its lines cut');
      a.who.say({ type: 'chat', text: 'in the outage' });
      await a.who.upToText('in the outage');
      a.line.state.isRefusing = false;
      expect(brief(await b.who.upTo(({ type }) => type === 'gap', '`gap`'))).not.toContain('in the outage');
      a.who.say({ type: 'chat', text: 'end' });
      expect(brief(await b.who.upToText('end')), 'told once').toEqual(['end']);
    },
  );
  check('10. only the publisher is back: status down', async () => {
    const { line, bus } = await onALine();
    const sees = async (holds: () => boolean, what: string): Promise<void> => {
      const ticking = (async () => {
        while (!holds()) await turn();
      })();
      await within(ticking, what, () => `accepted ${line.state.accepted}, refused ${line.state.refused}`);
    };
    for (;;) {
      line.state.isRefusing = true;
      line.cut();
      await until(bus, 'down', 'with both connections cut');
      await sees(() => !bus.publisher!.isReady && !bus.subscriber!.isReady, 'the end of both connections');
      const before = line.state.accepted;
      line.state.isRefusing = false;
      await line.until(() => line.state.accepted > before, 'one of the two coming back');
      line.state.isRefusing = true;
      // One was let in; when the other came in the same moment, or this is the subscriber, once more.
      await sees(() => bus.publisher!.isReady || bus.subscriber!.isReady, 'one of the two being ready');
      if (bus.publisher!.isReady && line.state.accepted === before + 1) break;
    }
    expect([bus.status, bus.subscriber!.isReady]).toEqual(['down', false]);
    line.state.isRefusing = false;
    await until(bus, 'up', 'with the subscriber back, too');
  });
  check('11. down, then up: the node asks again who is on which node, and tells its clients', async () => {
    const [a, b] = await onLines(['Ann', 'Bob'], {}, { presence: true });
    await a.who.upTo((one) => one.type === 'joined' && one.name === 'Bob', 'Bob');
    a.line.state.isRefusing = true;
    a.line.cut();
    await until(a.bus, 'down', 'with its lines cut');
    await b.come('Cleo', 'lobby');
    const { client } = b.who;
    client.socket.close();
    await client.closed();
    a.line.state.isRefusing = false;
    const told: string[] = [];
    while (!told.includes('joined Cleo') || !told.includes('left Bob'))
      told.push(...brief(await a.who.upTo(() => true, 'news of Cleo and Bob')));
    // The first init marks who is unreachable, the second one is fresh.
    expect(told.slice(0, 4)).toEqual(['alone', 'init', 'gap', 'init']);
  });
  check('21. no Redis at the start: not ready, and local service; up by itself when there is one', async () => {
    const line = await lineTo(redis.url);
    line.state.isRefusing = true;
    const bus = new RedisBus({ url: line.url });
    const { node, port, come } = await openNode('node-1', bus, { prefix: newPrefix() });
    bus.connect().catch(() => {});
    await line.until(() => line.state.refused >= 2, 'a second attempt to connect');
    expect(await healthz(port)).toMatchObject({ status: 503, body: { ready: false, bus: 'down' } });
    const [ann, bob] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    ann.say({ type: 'chat', text: 'Hi' });
    await bob.upToText('Hi');
    line.state.isRefusing = false;
    expect(brief(await bob.upTo(({ type }) => type === 'init', 'a fresh `init`')).slice(-2)).toEqual(['gap', 'init']);
    expect((await healthz(port)).status).toBe(200);
    const other = await onALine();
    await other.bus.publish(node.channelOf('lobby'), fromOther({}));
    await bob.upToText('Hi');
  });
  check(
    '22. Redis is frozen: publish times out, not ready, local service; then everyone hears everyone again',
    async () => {
      const [a, b] = await onLines(['Ann', 'Bob'], { timeoutMs: 200, pingMs: 50 });
      const cleo = await a.come('Cleo', 'lobby');
      a.line.freeze();
      a.who.say({ type: 'chat', text: 'Hi' });
      await cleo.upToText('Hi'); // at once: nobody waits for Redis
      await until(a.bus, 'down', 'with a Redis that does not answer');
      expect(healthOf(a.node).ready).toBe(false);
      expect(await healthz(a.port)).toMatchObject({ status: 503, body: { ready: false, bus: 'down' } });
      cleo.say({ type: 'chat', text: 'still here' });
      await a.who.upToText('still here');
      a.line.freeze(false);
      await until(a.bus, 'up', 'with a Redis that answers again');
      // A busy machine may be late once more: what was lost then is told, and said again.
      const talk = async (from: typeof a, to: typeof a, text: string): Promise<void> => {
        for (let i = 0; ; i++) {
          await until(from.bus, 'up', 'with a Redis that answers');
          const before = from.node.unpublished;
          from.who.say({ type: 'chat', text: `${text} ${i}` });
          await from.who.upToText(`${text} ${i}`);
          await within(
            from.bus.publish('fence', '').catch(() => {}),
            'an answer',
            () => 'none',
          );
          if (from.node.unpublished === before) return void (await to.who.upToText(`${text} ${i}`));
        }
      };
      await talk(a, b, 'from a');
      await talk(b, a, 'from b');
    },
  );
  check("23. only the subscriber's connection is cut: subscribed again, and told `gap`", async () => {
    const [a, b] = await onLines(['Ann', 'Bob']);
    const [busA, busB] = [a.bus, b.bus] as RedisBus[];
    const id = await busB.subscriber!.sendCommand(['CLIENT', 'ID']);
    // The stand-in cannot do that: there each of the two is cut in turn. The one that comes back is the newest.
    const cuts =
      redis.kind === 'redis-server'
        ? [() => void busA.publisher!.sendCommand(['CLIENT', 'KILL', 'ID', String(id)])]
        : [() => b.line.cut(0), () => b.line.cut(0)];
    for (const cut of cuts) {
      const down = until(b.bus, 'down', 'with the subscriber cut');
      cut();
      await down;
      await until(b.bus, 'up', 'after the cut');
    }
    a.who.say({ type: 'chat', text: 'end' });
    const heard = brief(await b.who.upToText('end'));
    expect(heard).toContain('gap');
    expect(heard.at(-1)).toBe('end');
  });
  check('24. two applications, two prefixes, one Redis: isolated', async () => {
    const [a, b] = [await onALine(), await onALine()];
    const prefixesOfTwo = [newPrefix(), newPrefix()];
    const here = await openNode('node-1', a.bus, { prefix: prefixesOfTwo[0], presence: true });
    const there = await openNode('node-1', b.bus, { prefix: prefixesOfTwo[1], presence: true });
    const [ann, bob] = [await here.come('Ann', 'lobby'), await there.come('Bob', 'lobby')];
    ann.say({ type: 'chat', text: 'Hi' });
    await ann.upToText('Hi');
    await b.bus.publish('fence', ''); // behind it on the same Redis
    const heard = brief(await bob.heard());
    expect(heard).not.toContain('Hi');
    expect(there.node.chat.rooms.users('lobby').map(({ name }) => name)).toEqual(['Bob']);
    expect([here.node.dropped, there.node.dropped]).toEqual([0, 0]);
  });
  check(
    'two nodes on two Redis that both work: both are ready, and /healthz shows that they do not know each other',
    async () => {
      const own = await startRedis();
      onCleanUp(() => own.stop());
      const prefix = newPrefix();
      const open = async (name: string, url: string) => {
        const bus = new RedisBus({ url });
        await bus.connect();
        await until(bus, 'up', 'with its Redis');
        return openNode(name, bus, { prefix, presence: true });
      };
      const [a, b, far] = [await open('a', redis.url), await open('b', redis.url), await open('far', own.url)];
      while (a.presence.others.size === 0 || b.presence.others.size === 0) await turn();

      const answers = await Promise.all([a, b, far].map(({ port }) => healthz(port)));

      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(answers.map(({ body }) => body.others)).toEqual([['b'], ['a'], []]);
    },
  );
  check('26. the bus is closed twice: resolves', async () => {
    const { bus } = await onALine();
    await within(
      Promise.all([bus.close(), bus.close()]).then(() => bus.close()),
      'the end of three close()',
      () => 'They are pending.',
    );
    expect(bus.status).toBe('down');
  });
});

exercise('day5 messages', (check) => {
  check('12. sequence 5, then 7, then 5: a gap is told at its place, the old one ignored', async () => {
    const { node, come } = await openNode('node-1', new ScriptedBus());
    const ann = await come('Ann', 'lobby');
    for (const seq of [5, 7, 5, 8]) node.receive(fromOther({ seq, message: said(`number ${seq}`) }));
    expect(brief(await ann.heard())).toEqual(['number 5', 'gap', 'number 7', 'number 8']);
  });
  check(
    'a text is on its way to Redis before anybody here hears it, whatever else was heard in the same turn',
    async () => {
      const bus = new ScriptedBus();
      const { node, come } = await openNode('node-1', bus);
      const order: string[] = [];
      node.app.wss.on('connection', (_, { socket }) => {
        const uncork = socket.uncork.bind(socket);
        socket.uncork = () => {
          if (socket.writableCorked === 1) order.push('client'); // ws corks, too, inside of ours
          uncork();
        };
      });
      const ann = await come('Ann', 'lobby');
      await settle();
      order.length = 0;
      bus.publish = async () => void setImmediate(() => order.push('redis')); // as the Redis client writes
      node.receive(fromOther({}));
      node.deliver('lobby', said('mine'));
      await ann.upToText('mine');
      expect(order).toEqual(['redis', 'client']);
    },
  );
  check('13. a node restarts: a new epoch, and number 1 is accepted', async () => {
    const { node, come } = await openNode('node-1', new ScriptedBus());
    const ann = await come('Ann', 'lobby');
    node.receive(fromOther({ seq: 5 }));
    node.receive(fromOther({ seq: 1, epoch: 'another', message: said('back') }));
    node.receive(fromOther({ seq: 1, epoch: 'another', message: said('back') }));
    expect(brief(await ann.heard())).toEqual(['Hi', 'back']);
  });
  check(
    '`typing` is worth nothing later: it has no number that could be missing, or that stands in front of a text still to be read',
    async () => {
      const { node, come, bus } = await openNode('node-1', new ScriptedBus());
      const ann = await come('Ann', 'lobby');
      const typing = { type: 'typing', userId: 'u9', name: 'Zoe' };
      node.receive(fromOther({ seq: 5 }));
      node.receive(fromOther({ seq: 7, message: typing })); // overtakes 6, which is read from the stream
      node.receive(fromOther({ seq: 6, message: said('six') }));
      node.receive(fromOther({ seq: 7, message: said('seven') }));
      expect(brief(await ann.heard())).toEqual(['Hi', 'typing', 'six', 'seven']);
      (bus as ScriptedBus).published.length = 0;
      for (const message of [{ type: 'chat', text: 'one' }, { type: 'typing' }, { type: 'chat', text: 'two' }])
        ann.say(message);
      await ann.heard();
      const chat = (bus as ScriptedBus).published
        .map(({ text }) => JSON.parse(text))
        .filter(({ message }) => message.type === 'chat');
      expect(chat[1].seq - chat[0].seq).toBe(1);
    },
  );
  check(
    "14. malformed, or of an unknown version, on a room's channel and on that of presence: dropped, counted",
    async () => {
      const { nodes } = await inMemory(['node-1'], { presence: true });
      const [{ node, bus, come }] = nodes;
      const ann = await come('Ann', 'lobby');
      const bad = [
        '',
        '{',
        'null',
        '[]',
        '7',
        '"text"',
        '{"v":2}',
        fromOther({ v: 2 }),
        fromOther({ seq: -1 }),
        fromOther({ seq: 1.5 }),
        fromOther({ message: { type: 'init' } }),
        fromOther({ message: { ...said('x'.repeat(100_000)) } }),
        '\u0000\uffff',
        `{"v":1,"__proto__":{"polluted":1}}`,
      ];
      for (const text of bad) {
        await bus.publish(channel, text);
        await bus.publish('chat:presence', text);
      }
      await bus.publish(channel, fromOther({}));
      await settle();
      expect(node.dropped).toBe(2 * bad.length);
      expect(brief(await ann.heard())).toEqual(['Hi']);
      expect(({} as { polluted?: number }).polluted).toBeUndefined();
    },
  );
  check(
    '14. what another application publishes on the same Redis, on our channel, in bytes that are not text',
    async () => {
      const [a, b] = await onLines(['Ann', 'Bob']);
      const other = createClient({ url: redis.url });
      other.on('error', () => {});
      await other.connect();
      onCleanUp(() => other.destroy());
      for (const bytes of [
        Buffer.from([0xff, 0xfe, 0]),
        Buffer.from('+OK\r\n$3\r\n'),
        Buffer.alloc(100_000, 'x'),
        Buffer.from(''),
      ])
        await other.publish(b.node.channelOf('lobby'), bytes);
      a.who.say({ type: 'chat', text: 'end' });
      expect(chats(brief(await b.who.upToText('end')))).toEqual(['end']);
      expect(b.node.dropped).toBe(4);
    },
  );
  check('15. a handler throws: the next text is handled', async () => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    onCleanUp(() => told.mockRestore());
    const [a, b] = await onLines(['Ann', 'Bob']);
    await b.bus.subscribe(b.node.channelOf('lobby'), () => {
      throw new Error('mine');
    });
    for (const text of ['one', 'two', 'end']) a.who.say({ type: 'chat', text });
    expect(chats(brief(await b.who.upToText('end')))).toEqual(['one', 'two', 'end']);
  });
});

exercise('day5 back again', (check) => {
  /** What comes for somebody who was here, and has `after` as their last message. */
  const back = async (opened: Awaited<ReturnType<typeof openNode>>, after: string): Promise<string[]> => {
    const one = await opened.come('Ann');
    one.say({ type: 'join', room: 'lobby', after });
    return brief(await one.heard()).filter((text) => !text.startsWith('joined'));
  };
  const begin = async (...people: string[]) => {
    const bus = new ScriptedBus();
    const opened = await openNode('node-1', bus);
    const all = [];
    for (const name of people) all.push(await opened.come(name, 'lobby'));
    return { ...opened, bus, all, opened };
  };

  check('from another node, where two texts have crossed: the one that was not heard there is sent', async () => {
    const {
      node,
      opened,
      all: [bob],
    } = await begin('Bob');
    bob.say({ type: 'chat', text: 'crossed' });
    await bob.heard();
    node.receive(fromOther({ seq: 1, message: said('last') })); // its sender's node had not heard "crossed" when it ended
    node.receive(fromOther({ seq: 2, message: said('next') }));
    expect(await back(opened, 'id of last')).toEqual(['init', 'crossed', 'next']);
  });
  check('the room was empty here meanwhile, and so nothing was heard: `gap`', async () => {
    const {
      node,
      opened,
      all: [cleo],
    } = await begin('Cleo');
    node.receive(fromOther({ seq: 1, message: said('last') }));
    await cleo.heard();
    cleo.say({ type: 'join', room: 'kitchen' });
    await cleo.heard();
    expect(await back(opened, 'id of last')).toEqual(['init', 'gap']);
  });
  check(
    'what comes after the last one has left, before the UNSUBSCRIBE is answered, is not a place to go on from: `gap`',
    async () => {
      const {
        node,
        opened,
        all: [cleo],
      } = await begin('Cleo');
      cleo.say({ type: 'join', room: 'kitchen' });
      await cleo.heard();
      node.receive(fromOther({ seq: 1, message: said('late') })); // and what comes behind it is not heard here
      expect(await back(opened, 'id of late')).toEqual(['init', 'gap']);
      node.receive(fromOther({ seq: 3, message: said('next') }));
      expect(await back(opened, 'id of next'), 'Somebody who has just come has missed nothing.').toEqual(['init']);
    },
  );
  check('this node has missed something: `gap` for those who had gone before, too', async () => {
    const { node, opened } = await begin('Bob');
    for (const seq of [1, 3]) node.receive(fromOther({ seq, message: said(`number ${seq}`) }));
    node.receive(fromOther({ seq: 4, message: said('next') }));
    expect(await back(opened, 'id of number 1')).toEqual(['init', 'gap', 'number 3', 'next']); // and what is still known
    expect(await back(opened, 'id of number 3')).toEqual(['init', 'next']);
  });
  check('after an outage: the same', async () => {
    const {
      nodes: [one],
      broker,
    } = await inMemory(['node-1']);
    await one.come('Bob', 'lobby');
    one.node.receive(fromOther({ seq: 1, message: said('last') }));
    broker.set(true);
    broker.set(false);
    expect(await back(one, 'id of last')).toEqual(['init', 'gap']);
  });
});

exercise('day5 presence', (check) => {
  const names = (of: { node: { chat: { rooms: { users(room: string): { name: string }[] } } } }): string[] =>
    of.node.chat.rooms
      .users('lobby')
      .map(({ name }) => name)
      .sort();
  const times = { everyMs: 5000, ttlMs: 15_000 };
  /** Lets the clock run, in steps in which every message arrives. */
  const pass = async (clock: ReturnType<typeof fakeClock>, ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 1000) {
      clock.advance(Math.min(1000, left));
      await settle();
    }
  };
  const begin = async (...people: string[]) => {
    const clock = fakeClock();
    const { broker, nodes } = await inMemory(
      people.map((_, i) => `node-${i}`),
      { presence: times, heartbeatMs: 3_600_000 },
    );
    const all = [];
    for (const [i, one] of nodes.entries()) all.push({ ...one, who: await one.come(people[i], 'lobby') });
    for (const { who } of all) await who.heard();
    return { clock, broker, all };
  };
  /** It ends without a goodbye. */
  const kill = (broker: MemoryBroker, { bus }: { bus: unknown }): void => {
    broker.buses.delete(bus as MemoryBus);
    (bus as MemoryBus).changed();
  };
  const revive = (broker: MemoryBroker, { bus }: { bus: unknown }): void => {
    broker.buses.add(bus as MemoryBus);
    (bus as MemoryBus).changed();
  };

  check('16. a node is killed: its users vanish after the TTL', async () => {
    const {
      clock,
      broker,
      all: [a, b],
    } = await begin('Ann', 'Bob');
    expect(names(a)).toEqual(['Ann', 'Bob']);
    kill(broker, b);
    await pass(clock, 9_000);
    expect(names(a)).toEqual(['Ann', 'Bob']);
    expect(brief(await a.who.heard())).toEqual([]);
    await pass(clock, 11_000);
    expect(names(a)).toEqual(['Ann']);
    expect(brief(await a.who.heard())).toEqual(['left Bob']);
  });
  check('17. a late sign of life, inside the TTL: no flapping', async () => {
    const {
      clock,
      broker,
      all: [a, b],
    } = await begin('Ann', 'Bob');
    for (let i = 0; i < 3; i++) {
      kill(broker, b); // cut off, without knowing it
      await pass(clock, 9_000);
      revive(broker, b);
      await pass(clock, 6_000);
    }
    expect(brief(await a.who.heard())).toEqual([]);
    expect(names(a)).toEqual(['Ann', 'Bob']);
  });
  check('17. one node is cut off alone for longer than the TTL: its people leave once, and join once', async () => {
    const {
      clock,
      broker,
      all: [a, b],
    } = await begin('Ann', 'Bob');
    const cleo = await b.come('Cleo', 'lobby');
    for (const { who } of [a, b]) await who.heard();

    kill(broker, b); // it knows, and goes on with its own people
    await pass(clock, 20_000);
    expect([names(a), names(b)]).toEqual([['Ann'], ['Ann', 'Bob', 'Cleo']]);
    expect(brief(await a.who.heard())).toEqual(['left Bob', 'left Cleo']);
    cleo.client.socket.close();
    await cleo.client.closed();
    await settle();
    revive(broker, b);
    await pass(clock, 40_000);

    expect([names(a), names(b)]).toEqual([
      ['Ann', 'Bob'],
      ['Ann', 'Bob'],
    ]);
    expect(brief(await a.who.heard())).toEqual(['joined Bob']);
    expect(brief(await b.who.heard()), 'Ann was there all the time').toEqual([
      'alone',
      'init',
      'left Cleo',
      'gap',
      'init',
    ]);
  });
  check('18. a user on two nodes leaves one: present; leaves the other: gone, told once', async () => {
    const {
      all: [a, b, c],
    } = await begin('Ann', 'Bob', 'Cleo');
    const second = await c.come('Bob', 'lobby', b.who.issued);
    for (const { who } of [a, c]) expect(brief(await who.heard())).toEqual([]);
    b.who.client.socket.close();
    await b.who.client.closed();
    await settle();
    expect([names(a), brief(await a.who.heard())]).toEqual([['Ann', 'Bob', 'Cleo'], []]);
    second.client.socket.close();
    await second.client.closed();
    await settle();
    expect([names(a), brief(await a.who.heard()), brief(await c.who.heard())]).toEqual([
      ['Ann', 'Cleo'],
      ['left Bob'],
      ['left Bob'],
    ]);
  });
  check('18. both leave in the same moment: gone, told once', async () => {
    const {
      all: [a, b, c],
    } = await begin('Ann', 'Bob', 'Cleo');
    const second = await c.come('Bob', 'lobby', b.who.issued);
    b.who.client.socket.terminate();
    second.client.socket.terminate();
    while (names(a).includes('Bob')) await turn();
    await settle();
    expect([brief(await a.who.heard()), brief(await c.who.heard())]).toEqual([['left Bob'], ['left Bob']]);
  });
  check('19. a graceful stop: its users are gone at once', async () => {
    const {
      all: [a, b],
    } = await begin('Ann', 'Bob');
    const done = shutdown(b.node, { pauseMs: 0 });
    await b.who.client.closed();
    await settle();
    vi.advanceTimersByTime(0);
    await within(done, 'the end of shutdown()', () => 'It is pending.');
    await settle();
    expect([names(a), brief(await a.who.heard())]).toEqual([['Ann'], ['left Bob']]);
    expect(a.presence.others.size).toBe(0);
  });
  check('20. somebody leaves on another node, then an older list arrives: no ghost', async () => {
    const {
      all: [a, b],
    } = await begin('Ann', 'Bob');
    const other = a.presence.others.get('node-1')!;
    const { epoch, version } = other;
    const people = [{ room: 'lobby', userId: b.who.issued.userId, name: 'Bob' }];
    b.who.client.socket.close();
    await b.who.client.closed();
    await settle();
    const late = (more: object): Promise<void> =>
      b.bus.publish('chat:presence', JSON.stringify({ v: 1, node: 'node-1', epoch, version, ...more }));
    await late({ type: 'all', people });
    await late({ type: 'here', ...people[0] });
    await settle();
    expect([names(a), brief(await a.who.heard())]).toEqual([['Ann'], ['left Bob']]);
  });
  check('an outage longer than the ttl: people elsewhere are unreachable, and nobody has left or joined', async () => {
    const {
      clock,
      broker,
      all: [a, b],
    } = await begin('Ann', 'Bob');
    const listed = (messages: ServerMessage[]) =>
      messages
        .flatMap((message) => (message.type === 'init' ? message.onlineUsers : []))
        .map(({ name, ...more }) => [name, more.unreachable]);

    broker.set(true);
    const during = await a.who.heard();
    const late = await a.come('Cleo');
    late.say({ type: 'join', room: 'lobby' });
    const toCleo = await late.heard();
    await pass(clock, 20_000);
    broker.set(false);
    await pass(clock, 20_000);
    await a.who.heard();
    const after = [...(await b.who.heard()), ...(await late.heard())];

    expect([brief(during), listed(during)]).toEqual([
      ['alone', 'init'],
      [
        ['Ann', undefined],
        ['Bob', true],
      ],
    ]);
    expect(listed(toCleo)).toEqual([
      ['Ann', undefined],
      ['Cleo', undefined],
      ['Bob', true],
    ]);
    expect(brief(after)).not.toContain('left Bob');
    expect(brief(after).filter((one) => /left|joined (Ann|Bob)/.test(one))).toEqual([]);
    expect(names(a)).toEqual(['Ann', 'Bob', 'Cleo']);
    expect(a.node.chat.rooms.users('lobby').some(({ unreachable }) => unreachable)).toBe(false);
  });
  check('a report is missed: the next `alive` shows it, and the list is asked for', async () => {
    const {
      clock,
      broker,
      all: [a, b],
    } = await begin('Ann', 'Bob');
    broker.buses.delete(a.bus as MemoryBus);
    await b.come('Cleo', 'lobby');
    broker.buses.add(a.bus as MemoryBus); // it has not noticed
    await pass(clock, 5_000);
    expect([names(a), brief(await a.who.heard())]).toEqual([['Ann', 'Bob', 'Cleo'], ['joined Cleo']]);
  });
  check('25. the order of a shutdown: unready, peers told, goodbye on the bus, bus closed', async () => {
    const bus = new ScriptedBus();
    const { node, come, port } = await openNode('node-1', bus, { presence: true });
    const ann = await come('Ann', 'lobby');
    const order: string[] = [];
    const publish = bus.publish.bind(bus);
    bus.publish = (to, text) => {
      const { type, message } = JSON.parse(text);
      order.push(type ?? message.type);
      return publish(to, text);
    };
    const close = bus.close.bind(bus);
    bus.close = () => (order.push('closed'), close());
    node.app.wss.clients.forEach((socket) => {
      const end = socket.close.bind(socket);
      socket.close = (code, reason) => {
        socket.close = end; // ws calls it again, when the answer comes
        order.push(`ready: ${healthOf(node).ready}`, String(code));
        end(code, reason);
      };
    });
    await within(shutdown(node, { pauseMs: 0 }), 'the end of shutdown()', () => order.join(', '));
    expect((await ann.client.closed()).code).toBe(1012);
    expect(order).toEqual(['ready: false', '1012', 'gone', 'bye', 'closed']);
    await expect(healthz(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
  check('25. a shutdown while the bus is down: it ends, and the port is free', async () => {
    const {
      broker,
      nodes: [{ node, come, port, bus }],
    } = await inMemory(['node-1'], { presence: true });
    const ann = await come('Ann', 'lobby');
    broker.set(true);
    await within(shutdown(node, { pauseMs: 0 }), 'the end of shutdown()', () => 'It is pending.');
    expect((await ann.client.closed()).code).toBe(1012);
    expect(bus.status).toBe('down');
    await expect(healthz(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

/** Redis with a Stream behind each channel: bonus 5.b. */
const streams = (names: string[], options: Partial<StreamOptions> = {}) => {
  const prefix = newPrefix();
  return Promise.all(
    names.map(async (name, i) => {
      const { line, bus } = await onALine(options, StreamBus);
      const opened = await openNode(`node-${i}`, bus, { prefix, history: new StreamHistory(bus as StreamBus, prefix) });
      return { line, ...opened, who: await opened.come(name, 'lobby') };
    }),
  );
};

if (redis.kind === 'stand-in') console.log('The Stream behind the channels: skipped. The stand-in has no Streams.');
else
  exercise('day5 streams', (check) => {
    /** A keyed text is looked up first: was it sent before? */
    const say = (who: Person, text: string): void => who.say({ type: 'chat', text, key: text });

    check('7. Redis is frozen: keyed texts are heard at once, too', async () => {
      const [a] = await streams(['Ann'], { timeoutMs: 3_600_000, pingMs: 3_600_000 });
      const bob = await a.come('Bob', 'lobby');
      a.line.freeze();
      (a.bus as StreamBus).lost('for this check');
      for (const text of ['one', 'two']) say(a.who, text);
      expect(chats(brief(await bob.upToText('two')))).toEqual(['alone', 'one', 'two']);
      a.line.cut();
    });
    check('a stop during an outage that ends in time: what was said comes, and so does the goodbye', async () => {
      const prefix = newPrefix();
      const [a, b] = await Promise.all(
        [0, 1].map(async (i) => {
          const { line, bus } = await onALine({ closeMs: 3_600_000 }, StreamBus);
          return { line, ...(await openNode(`node-${i}`, bus, { prefix, presence: true })) };
        }),
      );
      const ann = await a.come('Ann', 'lobby');
      const bob = await b.come('Bob', 'lobby');
      await until(b.bus, 'up', 'before the outage');
      while (b.node.chat.rooms.users('lobby').length < 2) await turn();
      await bob.heard();
      a.line.state.isRefusing = true;
      a.line.cut();
      await until(a.bus, 'down', 'with Redis away');
      for (const text of ['one', 'two', 'three']) say(ann, text);
      await ann.upToText('three');

      const done = shutdown(a.node, { pauseMs: 0 });
      await ann.client.closed();
      a.line.state.isRefusing = false;
      await within(done, 'the end of shutdown()', () => `${a.bus.status}: ${a.bus.reason}`);

      const heard = brief(await bob.upTo(({ type }) => type === 'left', '`left`'));
      expect(heard).toEqual(['one', 'two', 'three', 'left Ann']);
    });
    /** Two nodes that know each other, Ann on the first and Bob on the second one. Bob has heard everything so far. */
    const annAndBob = async (options: Partial<StreamOptions> = {}) => {
      const prefix = newPrefix();
      const [a, b] = await Promise.all(
        [0, 1].map(async (i) => {
          const { line, bus } = await onALine(options, StreamBus);
          const history = new StreamHistory(bus as StreamBus, prefix);
          return {
            line,
            // No node is ever late, however busy the machine is. `silent` is what happens instead.
            ...(await openNode(`node-${i}`, bus, { prefix, history, presence: { everyMs: HOUR, ttlMs: 3 * HOUR } })),
          };
        }),
      );
      const ann = await a.come('Ann', 'lobby');
      const bob = await b.come('Bob', 'lobby');
      while (b.node.chat.rooms.users('lobby').length < 2 || a.node.chat.rooms.users('lobby').length < 2) await turn();
      await ann.heard();
      await bob.heard();
      return { a, b, ann, bob };
    };
    /** Lets a node believe that Ann's has been silent for so long. */
    const silent = ({ presence }: { presence: Presence }, ms: number): void => {
      presence.others.get('node-0')!.heardAt = performance.now() - ms;
      presence.sweep();
    };
    const cutOff = async (...nodes: { line: Awaited<ReturnType<typeof lineTo>>; bus: Bus }[]): Promise<void> => {
      for (const { line, bus } of nodes) {
        line.state.isRefusing = true;
        line.cut();
        await until(bus, 'down', 'with Redis away');
      }
    };
    check('a stop during an outage of all that does not end in time: the others are told `gap` after it', async () => {
      const { a, b, ann, bob } = await annAndBob({ closeMs: 10 });
      await cutOff(a, b);
      say(ann, 'one');
      await ann.upToText('one');

      const losses = lastWords(a.node);
      await within(shutdown(a.node, { pauseMs: 0 }), 'the end of shutdown()', () => String(a.bus.reason));
      b.line.state.isRefusing = false;
      await until(b.bus, 'up', 'after the outage');
      silent(b, 3 * HOUR);

      expect(brief(await ann.upTo(({ type }) => type === 'error', 'a warning'))).toEqual(['undelivered']);
      expect(losses()).toBe('In 1 room, the other nodes did not get everything that was said here.');
      const heard = brief(await bob.upTo(({ type }) => type === 'left', '`left`'));
      expect(heard.filter((text) => text !== 'init')).toEqual(['alone', 'gap', 'left Ann']);
    });
    check('a stop while one node alone is cut off: it warns its people, and they get `gap` elsewhere', async () => {
      const { a, b, ann, bob } = await annAndBob({ closeMs: 10 });
      await cutOff(a);
      say(ann, 'one');
      const { id } = (await ann.upToText('one')).at(-1) as { id: string };

      const losses = lastWords(a.node);
      await within(shutdown(a.node, { pauseMs: 0 }), 'the end of shutdown()', () => String(a.bus.reason));

      expect(brief(await ann.upTo(({ type }) => type === 'error', 'a warning'))).toEqual(['undelivered']);
      expect(losses()).toMatch(/^In 1 room/);
      silent(b, 3 * HOUR);
      const again = await b.come('Ann', undefined, ann.issued);
      again.say({ type: 'join', room: 'lobby', after: id });
      expect(brief(await again.heard())).toEqual(['init', 'gap']);
      // The others can't tell it from a node that was killed, which has lost nothing: no `gap`.
      again.say({ type: 'chat', text: 'end' });
      expect(brief(await bob.upToText('end'))).not.toContain('gap');
    });
    check('a stop with Redis there, or with nothing said in the outage: nobody is warned', async () => {
      const { a, b, ann, bob } = await annAndBob({ closeMs: 10 });
      say(ann, 'one');
      await ann.upToText('one');
      await bob.upToText('one');
      const losses = lastWords(a.node);
      await cutOff(b);
      const lossesOfB = lastWords(b.node);
      for (const { node } of [a, b])
        await within(shutdown(node, { pauseMs: 0 }), 'the end of shutdown()', () => 'It is pending.');

      expect([losses(), lossesOfB()]).toEqual([undefined, undefined]);
      for (const { client } of [ann, bob]) {
        await client.closed();
        expect(client.received.filter(({ text }) => text.includes('undelivered'))).toEqual([]);
      }
    });
    check('all come back after an outage: nobody counts as missing, and nobody is told `gap`', async () => {
      const { a, b, ann, bob } = await annAndBob();
      await cutOff(a, b);
      say(ann, 'one');
      for (const { line } of [a, b]) line.state.isRefusing = false;
      expect(chats(brief(await bob.upToText('one')))).toEqual(['alone', 'one']);
      await until(a.bus, 'up', 'after the outage');
      while ([...b.presence.others.values()].some(({ isMissing }) => isMissing)) await turn();
      const done = shutdown(a.node, { pauseMs: 0 });
      expect(chats(brief(await bob.upTo(({ type }) => type === 'left', '`left`')))).toEqual([]);
      await within(done, 'the end of shutdown()', () => 'It is pending.');
    });
    check('a node has been silent before an outage began, because it was killed: no `gap`', async () => {
      const { a, b, bob } = await annAndBob();
      await cutOff(a); // to the other one, that looks like a killed node
      silent(b, 2 * HOUR);
      await cutOff(b);
      b.line.state.isRefusing = false;
      await until(b.bus, 'up', 'after the outage');
      silent(b, 3 * HOUR);
      expect(brief(await bob.upTo(({ type }) => type === 'left', '`left`'))).not.toContain('gap');
    });
    check('more is said in an outage than the bus can keep: the others are told `gap` after it', async () => {
      const { a, ann, bob } = await annAndBob({ backlog: 2 });
      await cutOff(a);
      for (const text of ['one', 'two', 'three']) say(ann, text);
      await ann.upToText('three');
      a.line.state.isRefusing = false;
      expect(chats(brief(await bob.upTo(({ type }) => type === 'gap', '`gap`')))).toEqual(['one', 'two', 'gap']);
    });
    check('in an outage a keyed text is sent again on another connection to the same node: heard once', async () => {
      const [a, b] = await streams(['Ann', 'Bob']);
      a.line.state.isRefusing = true;
      a.line.cut();
      await until(a.bus, 'down', 'with Redis away');
      say(a.who, 'one');
      const again = await a.come('Ann', 'lobby', a.who.issued);
      say(again, 'one');
      await again.upToText('one');
      a.line.state.isRefusing = false;
      await until(a.bus, 'up', 'with Redis back');
      say(a.who, 'end');
      expect(chats(brief(await b.who.upToText('end')))).toEqual(['one', 'end']);
    });
    check(
      '9. said in an outage comes afterwards, once, in order, and nobody is told of a gap; `typing` does not come',
      async () => {
        const [a, b] = await streams(['Ann', 'Bob']);
        say(a.who, 'before');
        await b.who.upToText('before');
        for (const { line } of [a, b]) {
          line.state.isRefusing = true;
          line.cut();
        }
        for (const { bus } of [a, b]) await until(bus, 'down', 'with Redis away');
        say(a.who, 'one');
        a.who.say({ type: 'typing' });
        say(a.who, 'two');
        await a.who.upToText('two');
        for (const { line } of [a, b]) line.state.isRefusing = false;
        for (const { bus } of [a, b]) await until(bus, 'up', 'with Redis back');
        say(a.who, 'end');
        expect(chats(brief(await b.who.upToText('end')))).toEqual(['alone', 'one', 'two', 'end']);
      },
    );
    check(
      'away for longer than the stream reaches back: `gap` comes at the place where something is missing',
      async () => {
        const [a, b] = await streams(['Ann', 'Bob'], { keep: 1 });
        say(a.who, 'before');
        await b.who.upToText('before');
        b.line.state.isRefusing = true;
        b.line.cut();
        await until(b.bus, 'down', 'with Redis away');
        // Redis trims a stream by whole blocks, of 100 entries.
        for (let i = 0; i < 250; i++) say(a.who, `text ${i}`);
        await a.who.upToText('text 249');
        await a.bus.publish('fence', '');
        b.line.state.isRefusing = false;
        const heard = brief(await b.who.upToText('text 249'));
        expect(heard).not.toContain('text 0');
        expect(chats(heard).slice(0, 2)).toEqual(['alone', 'gap']);
      },
    );
    check(
      'nobody here has asked for so long that the stream was cut short meanwhile: the copy of it starts again',
      async () => {
        const bus = new StreamBus({ url: redis.url, keep: 100 });
        onCleanUp(() => bus.close());
        await bus.connect();
        const prefix = newPrefix();
        const history = new StreamHistory(bus, prefix);
        const message = (i: number) => ({ ...said(`text ${i}`), key: `key ${i}` });
        const say = async (from: number, to: number): Promise<void> => {
          for (let i = from; i < to; i++)
            await bus.publish(`${prefix}:room:lobby`, fromOther({ seq: i + 1, message: message(i) }));
        };
        const find = (i: number) => history.find('lobby', message(i).userId, message(i).key);
        await say(0, 5);
        expect(await find(1)).toEqual(message(1));
        await say(5, 305); // Redis trims a stream by whole blocks, of 100 entries
        expect(await find(1)).toBe(undefined); // the copy after it would have a hole
        expect(await find(304)).toEqual(message(304));
        expect((await bus.read(`${prefix}:room:lobby`)).length).toBeLessThan(300);
      },
    );
    check('whether a stream reaches back to what the sender of a message had read', () => {
      const entries = ['100-0', '200-0'].map((id) => ({ id, text: '', seen: '' }));
      for (const [seen, is] of [
        ['100-0', true],
        ['150-0', true],
        ['0-0', true],
        ['', true],
        ['99-9', false],
      ] as const)
        expect(reachesBack(entries, seen)).toBe(is);
      expect(reachesBack([], '100-0')).toBe(false);
    });
    check(
      'an append is refused: down as long as that lasts; it waits, and goes out when Redis takes it, in order',
      async () => {
        const own = await startRedis();
        onCleanUp(() => own.stop());
        const admin = createClient({ url: own.url });
        admin.on('error', () => {});
        await admin.connect();
        onCleanUp(() => admin.destroy());
        const bus = new StreamBus({ url: own.url, pingMs: 50 });
        await bus.connect();
        await until(bus, 'up', 'before anybody comes');
        const a = await openNode('node-1', bus);
        const ann = await a.come('Ann', 'lobby');
        const heard: string[] = [];
        const off = await bus.subscribe(channel, (text) => heard.push(JSON.parse(text).message.text));
        await admin.sendCommand(['CONFIG', 'SET', 'maxmemory', '1']);
        const down = until(bus, 'down', 'with a Redis that takes nothing more');
        for (const text of ['one', 'two', 'three']) say(ann, text);
        await ann.upToText('three');
        await down;
        const states: string[] = [];
        bus.onStatus((status) => states.push(status));
        const refused = async (): Promise<number> =>
          Number(
            /cmdstat_evalsha:.*(?:rejected|failed)_calls=([1-9]\d*)/.exec(
              String(await admin.sendCommand(['INFO', 'commandstats'])),
            )?.[1] ?? 0,
          );
        const before = await refused();
        await within(
          (async () => {
            while ((await refused()) < before + 3) await turn();
          })(),
          'three more attempts',
          () => String(bus.reason),
        );
        expect(states).toEqual([]); // it does not come up at each ping that is answered
        expect(bus.reason).toContain('OOM');
        await admin.sendCommand(['CONFIG', 'SET', 'maxmemory', '0']);
        await within(
          (async () => {
            while (heard.length < 3) await turn();
          })(),
          'the three texts on the bus',
          () => heard.join(', '),
        );
        expect(heard).toEqual(['one', 'two', 'three']);
        await off();
      },
    );
  });

exercise('day5 bad input', (check) => {
  for (const url of ['http://127.0.0.1:6379', '127.0.0.1:6379', 'redis']) {
    check(`REDIS_URL is "${url}": one line, exit code 1`, async () => {
      const { message } = await start(url).then(
        () => ({ message: 'It started.' }),
        (error: Error) => error,
      );
      const [first, ...lines] = message.trim().split('\n');
      expect(first).toContain('code 1');
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/^REDIS_URL: .*redis:\/\/127\.0\.0\.1:6379 is one\.$/);
    });
  }
  if (redis.kind === 'stand-in') console.log('A Redis that wants a password: skipped. The stand-in wants none.');
  else
    check('a Redis that wants a password: it says so, goes on trying, and serves its own people', async () => {
      const own = await startRedis();
      onCleanUp(() => own.stop());
      const admin = createClient({ url: own.url });
      admin.on('error', () => {});
      await admin.connect();
      onCleanUp(() => admin.destroy());
      await admin.sendCommand(['CONFIG', 'SET', 'requirepass', 'secret']);
      for (const url of [own.url, own.url.replace('//', '//:wrong@')]) {
        const bus = new RedisBus({ url });
        const { come, port } = await openNode('node-1', bus);
        let isUp = false;
        void bus.connect().then(
          () => (isUp = true),
          () => {},
        );
        const why = async (): Promise<void> => {
          while (!/NOAUTH|WRONGPASS/.test((await healthz(port)).body.reason ?? '')) expect(isUp).toBe(false);
        };
        await within(why(), 'a word about the password', () => String(bus.reason));
        expect((await healthz(port)).status).toBe(503);
        const [ann, bob] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
        ann.say({ type: 'chat', text: 'Hi' });
        await bob.upToText('Hi');
        await admin.sendCommand(['CONFIG', 'SET', 'requirepass', url === own.url ? '' : 'wrong']);
        expect(brief(await bob.upTo(({ type }) => type === 'gap', '`gap`, when the password is right')).at(-1)).toBe(
          'gap',
        );
        await admin.sendCommand(['CONFIG', 'SET', 'requirepass', 'secret']);
      }
    });
  check('server.ts without a Redis: it listens, says so, and serves', async () => {
    const nobody = createServer();
    const port = await serveTcp(nobody);
    nobody.close();
    await once(nobody, 'close');
    const server = await start(`redis://127.0.0.1:${port}`);
    const [ann, bob] = [await join(server), await join(server)];
    ann.say({ type: 'chat', text: 'Hi' });
    await bob.upToText('Hi');
    await within(
      (async () => {
        while (!server.output().includes('Redis: down.')) await turn();
      })(),
      'a word about Redis',
      () => server.output(),
    );
    expect(server.output()).toMatch(/^Redis: down\. Nothing listens there .* This node serves its own people\.$/m);
  });
});

/** The day's server, finished, with that address of a Redis. */
async function start(url: string): Promise<Started> {
  const before = process.env.REDIS_URL;
  Object.assign(process.env, { REDIS_URL: url, TOKEN_SECRET: 'of the edge cases' });
  try {
    const server = await startServer('day5-scaling/server.ts', { solution: true });
    onCleanUp(() => server.stop());
    return server;
  } finally {
    if (before === undefined) delete process.env.REDIS_URL;
    else process.env.REDIS_URL = before;
    delete process.env.TOKEN_SECRET;
  }
}

/** Somebody new in the lobby of a server. */
async function join({ ws }: Started): Promise<Person> {
  const one = await person(ws, new Tokens({ secret: 'of the edge cases' }).issue('Somebody'));
  one.say({ type: 'join', room: 'lobby' });
  await one.heard();
  return one;
}
