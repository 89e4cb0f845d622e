import { setImmediate as turn } from 'node:timers/promises';
import { get } from 'node:http';
import { exercise, expect, fail, fakeClock, load, onCleanUp, show, within } from '#kit';
import { WebSocket } from 'ws';
import { readEnvelope, type Envelope } from '#day5/envelope.ts';
import type { ServerMessage } from '#day3/server-messages.ts';
import { RedisBus as ReferenceBus } from '#solutions/day5-scaling/redis-bus.ts';
import { lineTo, redis } from './line.ts';
import { brief, fromOther, openNode, said, ScriptedBus, type Person } from './subject.ts';

const channel = 'chat:room:lobby';

exercise('5.1 RedisBus.connect', (check) => {
  /** A bus on a line of its own to Redis; publish is lent. */
  const begin = async () => {
    const { RedisBus } = await load(() => import('#day5/redis-bus.ts'), 'RedisBus');
    class Subject extends RedisBus {}
    Subject.prototype.publish = ReferenceBus.prototype.publish;
    const line = await lineTo(redis.url);
    const bus = new Subject({ url: line.url, pingMs: 3_600_000 }); // no ping comes to help
    onCleanUp(() => bus.close());
    const isUp = (what: string) => until(bus, 'up', what);
    return { bus, line, isUp };
  };
  const until = (bus: ReferenceBus, status: 'up' | 'down', what: string) => {
    if (bus.status === status) return Promise.resolve();
    const came = new Promise<void>((resolve) => {
      const off = bus.onStatus((now) => {
        if (now !== status) return;
        off();
        resolve();
      });
    });
    const clients = () => [bus.publisher, bus.subscriber].map((client) => (client ? `is ${client.isReady ? '' : 'not '}ready` : 'was never made'));
    return within(came, what, () => `The publisher ${clients()[0]}, the subscriber ${clients()[1]}; the bus says ${bus.status}. Is this.check() called at each client's \`ready\`, this.check(error) at each \`error\`?`);
  };
  const connected = async () => {
    const begun = await begin();
    const { bus } = begun;
    await within(bus.connect(), 'the end of connect()', () => `The bus says ${bus.status}: ${bus.reason}`);
    return begun;
  };
  /** Asks Redis for something through one client, to see that it works. */
  const hears = async (bus: ReferenceBus, what: string) => {
    let heard: () => void;
    const came = new Promise<void>((resolve) => (heard = resolve));
    const off = await within(bus.subscribe('check', () => heard()), `the acknowledgement of a subscription, ${what}`, () => `The bus says ${bus.status}.`);
    await bus.publish('check', 'Hi');
    await within(came, `a text that this bus published itself, ${what}`, () => 'It never came back.');
    await off();
  };

  check('two connections, and the bus is up', async () => {
    const { bus, line, isUp } = await connected();
    if (!bus.publisher || !bus.subscriber) fail(`connect() came to its end, but ${bus.publisher ? 'this.subscriber' : 'this.publisher'} is not set: the bus has nothing to work with.`);
    expect(line.state.accepted, 'Wrong number of connections at Redis. One publishes, one hears: a connection that is subscribed may do nothing else in Redis\'s older protocol, and a flood of messages would hold up every publish.').toBe(2);
    await isUp('the bus being up after connect()');
    await hears(bus, 'right after connect()');
  });
  check('resolves when both are there, not before', async () => {
    const { bus, line } = await begin();
    line.state.isRefusing = true;
    let isDone = false;
    const connecting = bus.connect().then(() => (isDone = true));
    connecting.catch(() => {});
    await line.until(() => line.state.refused >= 2, 'a second attempt to connect, where Redis refuses all');
    await turn();
    if (isDone) fail('connect() has resolved although Redis refuses every connection: it awaits both clients\' connect().');
    line.state.isRefusing = false;
    await within(connecting, 'the end of connect(), once Redis accepts', () => `The bus says ${bus.status}: ${bus.reason}`);
    await until(bus, 'up', 'the bus being up once Redis accepts');
  });
  for (const [which, name] of [[0, 'first'], [1, 'second']] as const) {
    check(`the ${name} connection is cut: no crash, and it comes back by itself`, async () => {
      const { bus, line, isUp } = await connected();
      await isUp('the bus being up after connect()');
      let hits = 0;
      await bus.subscribe('kept', () => hits++);
      const down = until(bus, 'down', `the bus being down, when the ${name} of its two connections was cut`);
      line.cut(which);
      await down;
      await until(bus, 'up', `the bus being up again, after the ${name} of its two connections was cut`);
      await hears(bus, `after the ${name} connection came back`);
      await bus.publish('kept', 'again');
      await hears(bus, 'behind a text for a subscription from before the cut');
      expect(hits, 'Wrong number of texts on a subscription from before the cut: the client subscribes again by itself.').toBe(1);
    });
  }
  check('Redis goes away for a while', async () => {
    const { bus, line, isUp } = await connected();
    await isUp('the bus being up after connect()');
    line.state.isRefusing = true;
    line.cut();
    await until(bus, 'down', 'the bus being down, while Redis is away');
    await line.until(() => line.state.refused >= 3, 'three attempts to connect while Redis is away');
    line.state.isRefusing = false;
    await until(bus, 'up', 'the bus being up once Redis is back');
    await hears(bus, 'after Redis came back');
  });
});

exercise('5.2 RedisBus.publish', (check) => {
  /** A bus whose publisher does as it is told. */
  const begin = async (publish: (channel: string, text: string) => Promise<number>) => {
    const { RedisBus } = await load(() => import('#day5/redis-bus.ts'), 'RedisBus');
    const clock = fakeClock();
    const bus = new RedisBus({ url: 'redis://127.0.0.1:1', timeoutMs: 1000, pingMs: 3_600_000 });
    const calls: string[][] = [];
    const client = { isReady: true, isOpen: false, ping: async () => 'PONG', publish: (...args: [string, string]) => (calls.push(args), publish(...args)) };
    bus.publisher = bus.subscriber = client as unknown as NonNullable<typeof bus.publisher>;
    bus.check();
    onCleanUp(() => bus.close());
    return { bus, calls, clock, timers: clock.timers() };
  };
  const settled = async (promise: Promise<unknown>) => {
    let state: { is: string; error?: unknown } = { is: 'pending' };
    promise.then(() => (state = { is: 'resolved' }), (error: unknown) => (state = { is: 'rejected', error }));
    for (let i = 0; i < 3; i++) await turn();
    return state;
  };

  check('hands channel and text to the publisher, and resolves with its answer', async () => {
    const { bus, calls, clock, timers } = await begin(async () => 1);
    await within(bus.publish('lobby', 'Hi'), 'the end of publish(), where Redis has answered', () => 'It is pending.');
    expect(calls, 'Wrong commands for one publish.').toEqual([['lobby', 'Hi']]);
    expect(clock.timers() - timers, 'A timer is left after Redis has answered: each message would leave one.').toBe(0);
  });
  check('not before Redis has answered', async () => {
    let answer: (n: number) => void = () => {};
    const { bus } = await begin(() => new Promise((resolve) => (answer = resolve)));
    const publishing = bus.publish('lobby', 'Hi');
    const { is } = await settled(publishing);
    if (is !== 'pending') fail(`publish() has ${is} before Redis answered: nobody knows yet whether the text went out.`);
    answer(0);
    await within(publishing, 'the end of publish(), where Redis has answered', () => 'It is pending.');
  });
  check('Redis does not answer: rejects after timeoutMs, and the bus is down', async () => {
    const { bus, clock, timers } = await begin(() => new Promise(() => {}));
    const publishing = bus.publish('lobby', 'Hi');
    publishing.catch(() => {});
    clock.advance(999);
    const early = await settled(publishing);
    if (early.is !== 'pending') fail(`publish() has ${early.is} after 999 ms, where timeoutMs is 1000.`);
    clock.advance(1);
    const late = await settled(publishing);
    if (late.is !== 'rejected') fail(`publish() is ${late.is} after timeoutMs (1000 ms) without an answer. A frozen Redis keeps its connections: no error and no close comes, only a timer of one's own helps.`);
    expect((late.error as Error)?.name, `Rejected with ${show(late.error)}: a BusError was expected.`).toBe('BusError');
    expect(bus.status, 'Wrong status after a publish that was not answered: this.lost(…) makes the bus say so, and the node stops sending people here.').toBe('down');
    expect(clock.timers() - timers, 'A timer is left after the publish was given up.').toBe(0);
  });
  check('an answer that comes after that does no harm', async () => {
    let refuse: (error: Error) => void = () => {};
    const { bus, clock } = await begin(() => new Promise((_, reject) => (refuse = reject)));
    const publishing = bus.publish('lobby', 'Hi');
    publishing.catch(() => {});
    clock.advance(1000);
    await settled(publishing);
    refuse(new Error('The connection is gone, a second too late.'));
    await turn();
  });
  check('down: rejects at once, and Redis is not asked', async () => {
    const { bus, calls, clock, timers } = await begin(async () => 1);
    bus.lost('for this check');
    const { is, error } = await settled(bus.publish('lobby', 'Hi'));
    if (is !== 'rejected') fail(`publish() has ${is} although the bus is down: its caller believes that the others have heard it.`);
    expect((error as Error)?.name, `Rejected with ${show(error)}: a BusError was expected.`).toBe('BusError');
    expect(calls, 'Redis was asked although the bus is down: what waits in a frozen connection is delivered minutes later.').toEqual([]);
    expect(clock.timers() - timers, 'A timer is left.').toBe(0);
  });
  check("Redis's own error is passed on", async () => {
    const { bus, clock, timers } = await begin(async () => {
      throw new Error('OOM command not allowed');
    });
    const { is } = await settled(bus.publish('lobby', 'Hi'));
    if (is !== 'rejected') fail(`publish() has ${is} although Redis refused it: the caller has to know.`);
    expect(clock.timers() - timers, 'A timer is left after Redis has refused.').toBe(0);
    expect(bus.status, 'The bus says down although Redis has answered.').toBe('up');
  });
  check('several at once, each with its own time', async () => {
    const { bus, clock } = await begin(() => new Promise(() => {}));
    const first = bus.publish('lobby', '1');
    first.catch(() => {});
    clock.advance(600);
    const second = bus.publish('lobby', '2');
    second.catch(() => {});
    clock.advance(400);
    expect((await settled(first)).is, 'The first of two unanswered publishes, after 1000 ms.').toBe('rejected');
    clock.advance(600);
    expect((await settled(second)).is, 'The second of two unanswered publishes, 1000 ms after it began.').toBe('rejected');
  });
});

exercise('5.3 ChatNode.receive', (check) => {
  const begin = async () => {
    const opened = await openNode(['receive']);
    const ann = await opened.come('Ann', 'lobby');
    const hear = async (...texts: string[]) => {
      for (const text of texts) opened.node.receive(text);
      return brief(await ann.heard());
    };
    return { ...opened, ann, hear };
  };

  check('a message from another node is heard here, once', async () => {
    const { hear } = await begin();
    expect(await hear(fromOther({})), 'Wrong messages for somebody here, when one came from another node.').toEqual(['Hi']);
  });
  check('only in its room', async () => {
    const { come, hear } = await begin();
    const bob = await come('Bob', 'kitchen');
    expect(await hear(fromOther({ room: 'kitchen' })), 'A message for another room was heard in the lobby.').toEqual([]);
    expect(brief(await bob.heard()), 'Wrong messages in the kitchen, when one for the kitchen came.').toEqual(['Hi']);
  });
  check("what this node has sent itself is not heard twice", async () => {
    const { hear } = await begin();
    expect(await hear(fromOther({ node: 'node-1' })), 'A node\'s own message came back from the bus, and its people heard it again: deliver has brought it to them already.').toEqual([]);
  });
  check('`except` does not get it, the others do', async () => {
    const { node, ann, come } = await begin();
    const bob = await come('Bob', 'lobby');
    await ann.heard();
    const [{ userId }] = node.chat.rooms.users('lobby');
    node.receive(fromOther({ message: { type: 'joined', userId, name: 'Ann' }, except: userId }));
    expect(brief(await ann.heard()), 'Ann is the exception of the envelope, and got the message all the same.').toEqual([]);
    expect(brief(await bob.heard()), 'Bob is no exception.').toEqual(['joined']);
  });
  const rubbish: [string, string][] = [
    ['hello from another application', 'text that is not JSON'],
    ['null', '"null"'],
    ['7', 'a number'],
    [fromOther({ v: 2 }), 'an envelope of version 2'],
    [fromOther({ seq: 'many' }), 'an envelope with text for a number'],
    [fromOther({ message: { type: 'format', disk: 'c:' } }), 'an envelope around an unknown message'],
    [JSON.stringify({ v: 1, node: 'node-2' }), 'half an envelope'],
  ];
  for (const [text, what] of rubbish) {
    check(`${what}: dropped, counted, and the next is heard`, async () => {
      const { node, ann } = await begin();
      try {
        node.receive(text);
      } catch (error) {
        fail(`receive() threw on ${what}: ${String(error).split('\n')[0]}. In node-redis an error there costs every other message that came in the same piece.`);
      }
      expect(node.dropped, `Wrong count of dropped texts after ${what}.`).toBe(1);
      node.receive(fromOther({}));
      expect(brief(await ann.heard()), `Wrong messages after ${what} and a good one.`).toEqual(['Hi']);
      expect(node.dropped, 'A good envelope was counted as dropped.').toBe(1);
    });
  }
  check('the same envelope again is old: not heard twice', async () => {
    const { node, hear } = await begin();
    expect(await hear(fromOther({ seq: 5 }), fromOther({ seq: 5 })), 'Number 5 of a node came twice, and was heard so.').toEqual(['Hi']);
    expect(node.dropped, 'Only what is no good envelope counts as dropped.').toBe(0);
  });
  check('number 5, then 7: the clients are told that something is missing', async () => {
    const { hear } = await begin();
    const seven = fromOther({ seq: 7, message: said('seven') });
    expect(await hear(fromOther({ seq: 5, message: said('five') }), seven), 'Wrong messages where number 6 never came: everyone here is told `gap` at the place where it is missing.').toEqual(['five', 'gap', 'seven']);
    expect(await hear(fromOther({ seq: 5, message: said('five') }), fromOther({ seq: 8, message: said('eight') })), 'Wrong messages for 5 again, then 8: 5 is old, and nothing is missing before 8.').toEqual(['eight']);
  });
  check('another epoch is another count: a restarted node begins with 1', async () => {
    const { hear } = await begin();
    expect(await hear(fromOther({ seq: 5 }), fromOther({ seq: 1, epoch: 'f', message: said('back') })), 'Wrong messages when a node restarts, and counts from 1 again.').toEqual(['Hi', 'back']);
  });
  check('nothing is published again', async () => {
    const { bus, hear } = await begin();
    bus.published.length = 0;
    await hear(fromOther({}));
    expect(bus.published.map(({ text }) => text), 'What came from the bus went out on it again: with three nodes a single message goes round for ever.').toEqual([]);
  });
  check('the history has it, for who comes back to this node', async () => {
    const { node, hear } = await begin();
    await hear(fromOther({ message: said('one') }), fromOther({ seq: 2, message: said('two') }));
    expect(await node.chat.history.after('lobby', 'id of one'), 'Wrong history after two messages from another node: this.hear takes care of it.').toEqual([said('two')]);
  });
});

exercise('5.4 ChatNode.deliver', (check) => {
  const begin = async (bus = new ScriptedBus()) => {
    const opened = await openNode(['deliver'], 'node-1', bus);
    const ann = await opened.come('Ann', 'lobby');
    bus.published.length = 0;
    return { ...opened, ann };
  };
  const envelopes = ({ published }: ScriptedBus): Envelope[] =>
    published.map(({ text }) => {
      try {
        return readEnvelope(text);
      } catch {
        return fail(`What went out on the bus is no envelope: ${show(text)}. The other nodes will drop it.`);
      }
    });

  for (const [answer, what] of [['sent', 'the bus works'], ['refused', 'the bus refuses it'], ['nothing', 'the bus never answers']] as const) {
    check(`everyone here hears it at once, once: ${what}`, async () => {
      const { node, bus, ann } = await begin();
      bus.answer = answer;
      node.deliver('lobby', said('Hi'));
      expect(brief(await ann.heard()), `Wrong messages for somebody on this node, where ${what}.`).toEqual(['Hi']);
    });
  }
  check('one envelope goes out, on the channel of the room', async () => {
    const { node, bus } = await begin();
    node.deliver('lobby', said('Hi'), 'u1');
    const [first, ...more] = envelopes(bus);
    expect(bus.published.map((one) => one.channel), 'Wrong channels for one message: the other nodes listen on `this.channelOf(room)`.').toEqual([channel]);
    expect(more.length, 'More than one envelope went out for one message.').toBe(0);
    const { epoch, ...rest } = first;
    expect(rest, 'Wrong envelope: the others need to know whose it is, for which room, and who is not to get it.').toEqual({ v: 1, node: 'node-1', seq: rest.seq, room: 'lobby', message: said('Hi'), except: 'u1' });
  });
  check('numbered one up, for each room', async () => {
    const { node, bus } = await begin();
    for (const room of ['lobby', 'lobby', 'attic', 'lobby']) node.deliver(room, said('Hi'));
    const numbers = envelopes(bus).map(({ room, seq }) => `${room} ${seq}`);
    const first = envelopes(bus)[0].seq;
    expect(numbers, 'Wrong numbers for four messages: `this.sequences.next(room)` gives each the next of its room, or the others report a gap.').toEqual([`lobby ${first}`, `lobby ${first + 1}`, 'attic 1', `lobby ${first + 2}`]);
  });
  check('`except` does not hear it here either', async () => {
    const { node, ann, come } = await begin();
    const bob = await come('Bob', 'lobby');
    await ann.heard();
    const [{ userId }] = node.chat.rooms.users('lobby');
    node.deliver('lobby', { type: 'joined', userId: 'u9', name: 'Zoe' }, userId);
    expect([brief(await ann.heard()), brief(await bob.heard())], 'Wrong messages for Ann, who is excepted, and for Bob.').toEqual([[], ['joined']]);
  });
  check('what did not go out is counted, and nothing falls over', async () => {
    const { node, bus } = await begin();
    const before = node.unpublished;
    bus.answer = 'refused';
    node.deliver('lobby', said('one'));
    node.deliver('lobby', said('two'));
    await turn();
    expect(node.unpublished - before, 'Wrong count of messages that the other nodes did not get: each publish that rejects counts.').toBe(2);
    bus.answer = 'sent';
    node.deliver('lobby', said('three'));
    await turn();
    expect(node.unpublished - before, 'A message that did go out was counted as unpublished.').toBe(2);
  });
  check('two nodes: each person hears each message once', async () => {
    const hub = new Set<ScriptedBus>();
    const one = await begin(new ScriptedBus(hub));
    const two = await openNode(['deliver'], 'node-2', new ScriptedBus(hub));
    const bob = await two.come('Bob', 'lobby');
    await one.ann.heard();
    one.ann.say({ type: 'chat', text: 'Hi Bob' });
    expect(brief(await one.ann.heard()), 'Wrong messages for Ann, who said it, on the first node.').toEqual(['Hi Bob']);
    expect(brief(await bob.heard()), 'Wrong messages for Bob, on the second node.').toEqual(['Hi Bob']);
    bob.say({ type: 'chat', text: 'Hi Ann' });
    expect(brief(await bob.heard()), 'Wrong messages for Bob, who said it, on the second node.').toEqual(['Hi Ann']);
    expect(brief(await one.ann.heard()), 'Wrong messages for Ann, on the first node.').toEqual(['Hi Ann']);
  });
});

/** Lets go of what is pending, as far as it goes without a clock. */
const settle = async () => {
  for (let i = 0; i < 5; i++) await turn();
};

exercise('5.5 ChatNode.retainRoom', (check) => {
  const begin = () => openNode(['retainRoom']);

  check('the first hold subscribes, and what comes is received', async () => {
    const { node, bus } = await begin();
    const received: string[] = [];
    node.receive = (text) => void received.push(text);
    await within(node.retainRoom('lobby'), 'the end of retainRoom()', () => show(bus.commands));
    expect(bus.commands, 'Wrong commands for the first hold of the lobby.').toEqual([`SUBSCRIBE ${channel}`]);
    bus.feed(channel, 'a text');
    expect(received, 'Wrong texts for `this.receive`, after one came on the channel.').toEqual(['a text']);
  });
  check('resolves with the acknowledgement, not before; for all who hold', async () => {
    const { node, bus } = await begin();
    bus.held = [];
    const done: number[] = [];
    const holds = [1, 2].map((which) => node.retainRoom('lobby').then(() => done.push(which)));
    await settle();
    expect(done, 'Which of two holds have resolved before the bus has acknowledged the subscription: a message that comes now is heard by nobody here.').toEqual([]);
    bus.acknowledge();
    await within(Promise.all(holds), 'the end of both holds, once the subscription is acknowledged', () => `Resolved are ${show(done)}.`);
  });
  check('two joins at once: one SUBSCRIBE', async () => {
    const { node, bus } = await begin();
    bus.held = [];
    const holds = [node.retainRoom('lobby'), node.retainRoom('lobby'), node.retainRoom('lobby')];
    await settle();
    bus.acknowledge();
    await Promise.all(holds);
    expect(bus.commands, 'Wrong commands for three holds of one room at once: everyone here would hear each message several times.').toEqual([`SUBSCRIBE ${channel}`]);
  });
  check('one after the other: still one', async () => {
    const { node, bus } = await begin();
    await node.retainRoom('lobby');
    await node.retainRoom('lobby');
    expect(bus.commands, 'Wrong commands for two holds of one room, one after the other.').toEqual([`SUBSCRIBE ${channel}`]);
    expect(node.held.get('lobby')?.count, 'Wrong `count` in this.held after two holds of the lobby: releaseRoom goes by it.').toBe(2);
  });
  check('each room has its own, whatever it is called', async () => {
    const { node, bus } = await begin();
    const rooms = ['lobby', '*', '__proto__', 'two words', 'πλατεία'];
    for (const room of rooms) await node.retainRoom(room);
    expect(bus.commands, 'Wrong commands for five rooms.').toEqual(rooms.map((room) => `SUBSCRIBE chat:room:${room}`));
  });
  check('held, let go, and held again', async () => {
    const { node, bus } = await begin();
    await node.retainRoom('lobby');
    await node.releaseRoom('lobby');
    await node.retainRoom('lobby');
    expect(bus.commands, 'Wrong commands for hold, release, hold.').toEqual([`SUBSCRIBE ${channel}`, `UNSUBSCRIBE ${channel}`, `SUBSCRIBE ${channel}`]);
    expect(bus.listeners(channel), 'Wrong number of subscriptions at the end.').toBe(1);
  });
});

exercise('5.6 ChatNode.releaseRoom', (check) => {
  const begin = () => openNode(['releaseRoom']);
  /** A room that nobody holds is in no map and on no channel. */
  const isGone = ({ node, bus }: Awaited<ReturnType<typeof begin>>, when: string) => {
    expect(bus.listeners(channel), `Wrong number of subscriptions ${when}: a room with nobody in it costs Redis and this node a copy of all that is said there.`).toBe(0);
    expect(node.held.size, `Wrong number of rooms in this.held ${when}.`).toBe(0);
  };

  check('the last one leaves: unsubscribed', async () => {
    const opened = await begin();
    await opened.node.retainRoom('lobby');
    await within(opened.node.releaseRoom('lobby'), 'the end of releaseRoom()', () => show(opened.bus.commands));
    isGone(opened, 'after one hold and its release');
  });
  check('not the last one: nothing happens', async () => {
    const { node, bus } = await begin();
    await node.retainRoom('lobby');
    await node.retainRoom('lobby');
    await node.releaseRoom('lobby');
    expect(bus.commands, 'Wrong commands after two holds and one release: somebody is still there.').toEqual([`SUBSCRIBE ${channel}`]);
    expect(node.held.get('lobby')?.count, 'Wrong `count` after two holds and one release.').toBe(1);
  });
  check('the last one leaves, and somebody comes back at once: still subscribed', async () => {
    const opened = await begin();
    const { node, bus } = opened;
    await node.retainRoom('lobby');
    const leaving = node.releaseRoom('lobby');
    await node.retainRoom('lobby');
    await leaving;
    await settle();
    expect(bus.listeners(channel), 'Wrong number of subscriptions after hold, release, hold, in one go: who has come back hears nothing, or all twice.').toBe(1);
    expect(node.held.get('lobby')?.count, 'Wrong `count` after hold, release, hold, in one go.').toBe(1);
    await node.releaseRoom('lobby');
    isGone(opened, 'after the last release');
  });
  check('let go before the subscription is acknowledged', async () => {
    const opened = await begin();
    const { node, bus } = opened;
    bus.held = [];
    const holding = node.retainRoom('lobby');
    const leaving = node.releaseRoom('lobby');
    await settle();
    bus.acknowledge();
    await holding;
    await within(leaving, 'the end of releaseRoom(), once the subscription is acknowledged', () => show(bus.commands));
    isGone(opened, 'after a release that came before the acknowledgement');
  });
  check('in and out, in and out, before anything is acknowledged', async () => {
    const opened = await begin();
    const { node, bus } = opened;
    bus.held = [];
    const all = [node.retainRoom('lobby'), node.releaseRoom('lobby'), node.retainRoom('lobby'), node.releaseRoom('lobby')];
    await settle();
    bus.acknowledge();
    await within(Promise.all(all), 'the end of two holds and two releases', () => show(bus.commands));
    isGone(opened, 'after two holds and two releases, all before the acknowledgement');
    const [on, off] = ['SUBSCRIBE', 'UNSUBSCRIBE'].map((verb) => bus.commands.filter((command) => command.startsWith(verb)).length);
    expect(off, `Wrong number of UNSUBSCRIBE, after ${on} SUBSCRIBE: each subscription ends once.`).toBe(on);
    await node.retainRoom('lobby');
    await settle();
    expect(bus.listeners(channel), 'Wrong number of subscriptions for somebody who comes afterwards.').toBe(1);
    expect(node.held.get('lobby')?.count, 'Wrong `count` for somebody who comes afterwards.').toBe(1);
  });
  check('somebody comes back while the UNSUBSCRIBE is on its way', async () => {
    const { node, bus } = await begin();
    await node.retainRoom('lobby');
    bus.held = [];
    const leaving = node.releaseRoom('lobby');
    await settle();
    const holding = node.retainRoom('lobby');
    await settle();
    bus.acknowledge();
    await within(Promise.all([leaving, holding]), 'the end of a release, and of a hold that came meanwhile', () => show(bus.commands));
    await settle();
    expect(bus.listeners(channel), `Wrong number of subscriptions for somebody who came back while the end of the last one was under way (${bus.commands.join(', ')}): delete the room from this.held before you await off().`).toBe(1);
    expect(node.held.get('lobby')?.count, 'Wrong `count` for somebody who came back while the end of the last subscription was under way.').toBe(1);
  });
  check('a room that nobody holds: nothing happens', async () => {
    const { node, bus } = await begin();
    await node.releaseRoom('lobby');
    expect(bus.commands, 'Wrong commands for the release of a room that nobody holds.').toEqual([]);
    await node.retainRoom('lobby');
    expect(bus.listeners(channel), 'Wrong number of subscriptions for the first hold, after a release too many.').toBe(1);
  });
  check('people come and go, in one room after another', async () => {
    const opened = await begin();
    const { node, bus, come } = opened;
    const [ann, bob] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    ann.say({ type: 'join', room: 'kitchen' });
    await ann.heard();
    await settle();
    expect([bus.listeners(channel), bus.listeners('chat:room:kitchen')], 'Wrong subscriptions (lobby, kitchen) with one person in each.').toEqual([1, 1]);
    bob.say({ type: 'join', room: 'kitchen' });
    await bob.heard();
    await settle();
    expect([bus.listeners(channel), bus.listeners('chat:room:kitchen')], 'Wrong subscriptions (lobby, kitchen) with both in the kitchen.').toEqual([0, 1]);
    expect([...node.held.keys()], 'Wrong rooms in this.held.').toEqual(['kitchen']);
  });
});

exercise('5.7 shutdown', (check) => {
  const people = ['Ann', 'Bob', 'Cleo', 'Dan', 'Eve'];
  const begin = async (names = people) => {
    const { shutdown } = await load(() => import('#day5/shutdown.ts'), 'shutdown');
    const opened = await openNode([]);
    const persons: Person[] = [];
    for (const name of names) persons.push(await opened.come(name, 'lobby'));
    return { ...opened, shutdown, persons, clock: fakeClock() };
  };
  const isOpen = (person: Person) => person.client.socket.readyState === WebSocket.OPEN;
  const goodbye = (person: Person) => person.client.closed('the close frame of a node that shuts down');
  const health = (port: number) =>
    new Promise<number | undefined>((resolve, reject) => {
      get({ port, host: '127.0.0.1', path: '/healthz', agent: false }, (response) => (response.resume(), resolve(response.statusCode))).on('error', reject);
    });

  check('everyone is told 1012, the others hear who has left, and the bus is closed last', async () => {
    const { node, bus, shutdown, persons, clock } = await begin(['Ann', 'Bob']);
    const done = shutdown(node, { pauseMs: 0 });
    for (const person of persons) expect((await goodbye(person)).code, 'Wrong close code: 1012 says that the service restarts, and that connecting again makes sense.').toBe(1012);
    clock.advance(0);
    await within(done, 'the end of shutdown(), with everyone gone', () => `${node.app.wss.clients.size} connections are left.`);
    expect(bus.closed, 'Wrong number of times that the bus was closed: node.end() does it.').toBe(1);
    const lefts = bus.published.map(({ text }) => readEnvelope(text).message.type).filter((type) => type === 'left').length;
    expect(lefts, 'Wrong number of `left` on the bus from two people whose node shut down: node.end() closes the bus, so it comes when everybody is gone.').toBe(2);
  });
  check('unready first: the balancer and new clients are turned away, while the others are still here', async () => {
    const { node, port, shutdown, persons, clock } = await begin(['Ann', 'Bob']);
    const done = shutdown(node, { batch: 1, pauseMs: 1000, random: () => 0.5 });
    expect(node.isStopping, 'Wrong `isStopping` as soon as shutdown() was called.').toBe(true);
    await goodbye(persons[0]);
    expect(await health(port), 'Wrong status of GET /healthz during the shutdown: the balancer goes by it.').toBe(503);
    const late = new WebSocket(`ws://127.0.0.1:${port}`, ['chat']);
    const refusal = await within(new Promise<number | undefined>((resolve) => {
      late.on('unexpected-response', (_, { statusCode }) => resolve(statusCode));
      late.on('open', () => resolve(101));
      late.on('error', () => resolve(undefined));
    }), 'an answer to a handshake during the shutdown', () => 'None came.');
    late.on('error', () => {});
    late.terminate();
    expect(refusal, 'Wrong answer to a handshake during the shutdown.').toBe(503);
    clock.advance(1000);
    await goodbye(persons[1]);
    await settle();
    clock.advance(1000);
    await within(done, 'the end of shutdown()', () => `${node.app.wss.clients.size} connections are left.`);
  });
  check('batch by batch, with a random pause between two', async () => {
    const { node, shutdown, persons, clock } = await begin();
    const done = shutdown(node, { batch: 2, pauseMs: 1000, random: () => 0.5 });
    const open = async () => {
      for (const person of persons.filter(isOpen)) await person.heard(); // who is being closed answers no more
      return persons.filter(isOpen).length;
    };
    await Promise.all(persons.slice(0, 2).map(goodbye));
    expect(await open(), 'Wrong number of open connections after the first batch of 2, of 5: all at once would come back at once, to the other nodes.').toBe(3);
    clock.advance(499);
    await settle();
    expect(await open(), 'Wrong number of open connections 499 ms after the first batch, where the pause is random() (0.5) times pauseMs (1000 ms).').toBe(3);
    clock.advance(1);
    await Promise.all(persons.slice(2, 4).map(goodbye));
    expect(await open(), 'Wrong number of open connections after the second batch.').toBe(1);
    clock.advance(500);
    await goodbye(persons[4]);
    await settle();
    clock.advance(500);
    await within(done, 'the end of shutdown()', () => `${node.app.wss.clients.size} connections are left.`);
  });
  check('each pause is drawn anew', async () => {
    const { node, shutdown, persons, clock } = await begin(['Ann', 'Bob', 'Cleo']);
    const numbers = [0.1, 0.9];
    const done = shutdown(node, { batch: 1, pauseMs: 1000, random: () => numbers.shift() ?? 0 });
    await goodbye(persons[0]);
    clock.advance(100);
    await within(goodbye(persons[1]), 'the second goodbye after a pause of 100 ms (random() was 0.1)', () => 'It has not come.');
    clock.advance(899);
    await settle();
    await persons[2].heard().catch(() => fail('The third goodbye came before its pause of 900 ms was over (random() was 0.1, then 0.9): each pause is drawn anew.'));
    clock.advance(1);
    await within(goodbye(persons[2]), 'the third goodbye after a pause of 900 ms (random() was 0.9)', () => 'It has not come.');
    await settle();
    clock.advance(1000);
    await within(done, 'the end of shutdown()', () => `${node.app.wss.clients.size} connections are left.`);
  });
  check('who does not answer is cut off at the deadline, not before', async () => {
    const { node, bus, shutdown, persons, clock } = await begin(['Ann', 'Bob']);
    const [ann, bob] = persons;
    bob.client.socket.pause(); // it reads nothing any more, and so answers no close frame
    let isDone = false;
    const done = shutdown(node, { pauseMs: 100, deadlineMs: 5000, random: () => 1 }).then(() => (isDone = true));
    await goodbye(ann);
    await settle();
    for (let ms = 0; ms < 4999; ms += 100) {
      clock.advance(Math.min(100, 4999 - ms));
      await settle();
    }
    if (isDone || bus.closed) fail('shutdown() has ended 1 ms before its deadline, although one connection is still there.');
    expect(node.app.wss.clients.size, 'Wrong number of connections 1 ms before the deadline: one client has not answered yet.').toBe(1);
    clock.advance(1);
    await within(done, 'the end of shutdown() at its deadline of 5000 ms, where one client answers nothing', () => `${node.app.wss.clients.size} connections are left: terminate() ends one without an answer.`);
    bob.client.socket.terminate();
  });
  check('nobody connected: ends at once, and leaves no timer', async () => {
    const { node, bus, shutdown, clock } = await begin([]);
    await within(shutdown(node), 'the end of shutdown(), with nobody connected', () => `${clock.timers()} timers are running.`);
    expect(bus.closed, 'Wrong number of times that the bus was closed.').toBe(1);
  });
});
