import { setImmediate as turn } from 'node:timers/promises';
import { get } from 'node:http';
import { exercise, expect, fail, fakeClock, load, onCleanUp, show, within } from '#kit';
import { WebSocket } from 'ws';
import { ask } from '#tools/redis/start.ts';
import { readEnvelope, type Envelope } from '#day5/envelope.ts';
import type { ChatMessage, ServerMessage } from '#day3/server-messages.ts';
import { RedisBus as ReferenceBus } from '#solutions/day5-scaling/redis-bus.ts';
import { lineTo, redis } from './line.ts';
import { brief, fromOther, openNode, said, ScriptedBus, type Person } from './subject.ts';

const channel = 'chat:room:lobby';

exercise('5.1 RedisBus.connect', (check) => {
  /** A bus on a line of its own to Redis; publish is lent. */
  const begin = async () => {
    const { RedisBus } = await load(() => import('#day5/redis-bus.ts'), 'RedisBus');
    const told: unknown[] = [];
    class Subject extends RedisBus {}
    Subject.prototype.publish = ReferenceBus.prototype.publish;
    const line = await lineTo(redis.url);
    const bus = new Subject({ url: line.url, timeoutMs: 60_000, pingMs: 3_600_000 }); // no ping comes to help, and a busy machine is not taken for a frozen Redis
    onCleanUp(() => bus.close());
    const { check: takeNote } = bus;
    const check = (error?: unknown): void => {
      if (error) told.push(error);
      takeNote(error);
    };
    Object.assign(bus, { check });
    const isUp = (what: string) => until(bus, 'up', what);
    return { bus, line, isUp, told };
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
    return within(came, what, () => `The publisher ${clients()[0]}, the subscriber ${clients()[1]}; the bus says ${bus.status}. Is this.check() called at each client's \`ready\`, this.check(error) at each \`error\`? It looks at this.publisher and this.subscriber: both are set before connect().`);
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
    if (line.state.accepted === 0) fail('connect() has resolved before one of its clients was connected: it awaits both clients\' connect().');
    expect(line.state.accepted, 'Wrong number of connections at Redis. One publishes, one hears: a connection that is subscribed may do nothing else in Redis\'s older protocol, and a flood of messages would hold up every publish.').toBe(2);
    await isUp('the bus being up after connect()');
    await hears(bus, 'right after connect()');
  });
  check('resolves when both are there, not before', async () => {
    const { bus, line } = await begin();
    line.state.isRefusing = true;
    let isDone = false;
    const refused = (error: Error) => fail(`connect() has rejected (${error.message}) where Redis refuses the connections. With an \`error\` listener on each client, and this.settings, they try again by themselves.`);
    const connecting = bus.connect().then(() => (isDone = true), refused);
    connecting.catch(() => {});
    await line.until(() => line.state.refused >= 2, 'a second attempt to connect, where Redis refuses all');
    await turn();
    if (isDone) fail('connect() has resolved although Redis refuses every connection: it awaits both clients\' connect().');
    line.state.isRefusing = false;
    await within(connecting, 'the end of connect(), once Redis accepts', () => `The bus says ${bus.status}: ${bus.reason}`);
    await until(bus, 'up', 'the bus being up once Redis accepts');
  });
  for (const [which, name] of [[0, 'first'], [1, 'second']] as const) {
    check(`not while the ${name} of the two has no answer`, async () => {
      const { bus, line } = await begin();
      line.state.frozen = which;
      let isDone = false;
      const connecting = bus.connect().then(() => (isDone = true));
      connecting.catch(() => {});
      await line.until(() => line.state.accepted > which, `the ${name} of two connections`);
      await ask(line.url); // by then the other one has its answer, too
      if (isDone) fail(`connect() has resolved although Redis has not answered on the ${name} of its two connections: it awaits both clients' connect().`);
      line.freeze(false);
      await within(connecting, 'the end of connect(), once Redis answers on both connections', () => `The bus says ${bus.status}: ${bus.reason}`);
    });
  }
  for (const [which, name] of [[0, 'first'], [1, 'second']] as const) {
    check(`the ${name} connection is cut: no crash, and it comes back by itself`, async () => {
      const { bus, line, isUp, told } = await connected();
      await isUp('the bus being up after connect()');
      let hits = 0;
      await bus.subscribe('kept', () => hits++);
      const down = until(bus, 'down', `the bus being down, when the ${name} of its two connections was cut`);
      line.cut(which);
      await down;
      if (!told.some((error) => error instanceof Error)) fail(`The ${name} of the two connections was cut, and this.check heard of no error: it takes what came with \`error\`, and the terminal says then why the bus is down. It says "${bus.reason}"`);
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
    await line.until(() => line.state.refused >= 3 && !bus.publisher?.isReady, 'three attempts to connect while Redis is away (each fails with an `error`, and one that nobody listens to ends the attempts)');
    const late = bus.publisher!.publish('check', 'late').then(() => 'sent', () => 'refused');
    expect(await Promise.race([late, turn().then(() => 'kept')]), 'A text for the publisher while Redis is away: what is kept goes out minutes later, when nobody expects it any more. createClient(this.settings) has it refused.').toBe('refused');
    line.state.isRefusing = false;
    await until(bus, 'up', 'the bus being up once Redis is back');
    await hears(bus, 'after Redis came back');
  });
});

exercise('5.2 RedisBus.publish', (check) => {
  /** Not the default: that would hide a time that is written into the code. */
  const timeoutMs = 1500;
  /** A bus whose publisher does as it is told. */
  const begin = async (publish: (channel: string, text: string) => Promise<number>) => {
    const { RedisBus } = await load(() => import('#day5/redis-bus.ts'), 'RedisBus');
    const clock = fakeClock();
    const bus = new RedisBus({ url: 'redis://127.0.0.1:1', timeoutMs, pingMs: 3_600_000 });
    const calls: string[][] = [];
    const client = (...before: string[]) => {
      const one = { isReady: true, isOpen: false, ping: async () => 'PONG', publish: (...args: [string, string]) => (calls.push([...before, ...args]), publish(...args)) };
      return one as unknown as NonNullable<typeof bus.publisher>;
    };
    [bus.publisher, bus.subscriber] = [client(), client('on the subscriber')];
    bus.check();
    onCleanUp(() => bus.close());
    const advance = (ms: number) => {
      try {
        clock.advance(ms);
      } catch (error) {
        fail(`The timer's function threw ${error}. Nobody can catch that, and the server would be down now: it is a promise that has to reject.`);
      }
    };
    return { bus, calls, clock, advance, timers: clock.timers() };
  };
  const settled = async (promise: Promise<unknown>) => {
    let state: { is: string; error?: unknown } = { is: 'pending' };
    promise.then(() => (state = { is: 'resolved' }), (error: unknown) => (state = { is: 'rejected', error }));
    for (let i = 0; i < 3; i++) await turn();
    return state;
  };
  const isBusError = (error: unknown) => {
    const { name, message } = (error ?? {}) as Error;
    expect(name, `publish() rejected with ${name ? `${name}: ${message}` : show(error)}. A BusError was expected.`).toBe('BusError');
    if (!message) fail('publish() rejected with a BusError without a message: it says why, such as this.reason.');
  };

  check('hands channel and text to the publisher, and resolves when it has answered', async () => {
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
    const end = await settled(publishing);
    if (end.is !== 'resolved') fail(`publish() is ${end.is} after Redis has answered 0${end.error ? ` (${end.error})` : ''}: nobody is subscribed at the moment, and that is no failure.`);
  });
  check('Redis does not answer: rejects after timeoutMs, and the bus is down', async () => {
    const { bus, calls, clock, advance, timers } = await begin(() => new Promise(() => {}));
    const heard: string[] = [];
    bus.onStatus((status) => heard.push(status));
    const publishing = bus.publish('lobby', 'Hi');
    publishing.catch(() => {});
    advance(timeoutMs - 1);
    const early = await settled(publishing);
    if (early.is !== 'pending') fail(`publish() has ${early.is} after ${timeoutMs - 1} ms, where timeoutMs is ${timeoutMs}.`);
    advance(1);
    const late = await settled(publishing);
    if (late.is !== 'rejected') fail(`publish() is ${late.is} after timeoutMs (${timeoutMs} ms) without an answer. A frozen Redis keeps its connections: no error and no close comes, only a timer of one's own helps, and one that is cleared when the race is over, not before: await it. (The global setTimeout: the clock of node:timers and of AbortSignal.timeout this suite cannot move.)`);
    isBusError(late.error);
    expect(bus.status, 'Wrong status after a publish that was not answered: this.lost(…) makes the bus say so, and the node stops sending people here.').toBe('down');
    expect(heard, 'What those heard who listen for the status of the bus, after a publish that was not answered: this.lost(…) tells them.').toEqual(['down']);
    if (!bus.reason) fail('The bus is down, and its `reason` is empty: this.lost(…) takes words for the terminal.');
    bus.check();
    expect(bus.status, 'Wrong status, where both connections look alive after a publish that was not answered: with this.lost(…) the bus stays down until a ping is answered.').toBe('down');
    expect(calls, 'Wrong commands for one publish that was not answered: it may have gone out, and whoever tries again says it twice.').toEqual([['lobby', 'Hi']]);
    expect(clock.timers() - timers, 'A timer is left after the publish was given up.').toBe(0);
  });
  check('an answer that comes after that does no harm', async () => {
    let refuse: (error: Error) => void = () => {};
    const { bus, advance } = await begin(() => new Promise((_, reject) => (refuse = reject)));
    const publishing = bus.publish('lobby', 'Hi');
    publishing.catch(() => {});
    advance(timeoutMs);
    await settled(publishing);
    refuse(new Error('The connection is gone, a second too late.'));
    await turn();
  });
  check('down: rejects at once, and Redis is not asked', async () => {
    const { bus, calls, clock, timers } = await begin(async () => 1);
    bus.lost('for this check');
    const { is, error } = await settled(bus.publish('lobby', 'Hi'));
    if (is !== 'rejected') fail(`publish() is ${is} although the bus is down: its caller ${is === 'resolved' ? 'believes that the others have heard it' : 'has to hear of that at once'}.`);
    isBusError(error);
    expect(calls, 'Redis was asked although the bus is down: what waits in a frozen connection is delivered minutes later.').toEqual([]);
    expect(clock.timers() - timers, 'A timer is left.').toBe(0);
  });
  check("Redis's own error is passed on", async () => {
    const { bus, calls, clock, timers } = await begin(async () => {
      throw new Error('OOM command not allowed');
    });
    const { is } = await settled(bus.publish('lobby', 'Hi'));
    if (is !== 'rejected') fail(`publish() has ${is} although Redis refused it: the caller has to know.`);
    expect(calls, 'Wrong commands for one publish that Redis refused.').toEqual([['lobby', 'Hi']]);
    expect(clock.timers() - timers, 'A timer is left after Redis has refused.').toBe(0);
    expect(bus.status, 'The bus says down although Redis has answered, with an error of its own: this.lost() is for where no answer comes.').toBe('up');
  });
  check('several at once, each with its own time', async () => {
    const { bus, advance } = await begin(() => new Promise(() => {}));
    const first = bus.publish('lobby', '1');
    first.catch(() => {});
    advance(timeoutMs - 600);
    const second = bus.publish('lobby', '2');
    second.catch(() => {});
    advance(600);
    expect((await settled(first)).is, 'The first of two unanswered publishes, after timeoutMs: each has a timer of its own.').toBe('rejected');
    advance(timeoutMs - 600);
    expect((await settled(second)).is, 'The second of two unanswered publishes, timeoutMs after it began: each has a timer of its own.').toBe('rejected');
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
    expect(await hear(fromOther({ node: 'node-10', message: said('node-1 is back') })), "Wrong messages for somebody here, when node-10 says 'node-1 is back' to node-1: the node's own messages are those with its name as `node`.").toEqual(['node-1 is back']);
  });
  check('only in its room', async () => {
    const { come, hear } = await begin();
    const bob = await come('Bob', 'kitchen');
    expect(await hear(fromOther({ room: 'kitchen' })), 'A message for another room was heard in the lobby.').toEqual([]);
    expect(brief(await bob.heard()), 'Wrong messages in the kitchen, when one for the kitchen came.').toEqual(['Hi']);
  });
  check("what this node has sent itself is not heard twice", async () => {
    const { node, hear } = await begin();
    expect(await hear(fromOther({ node: 'node-1' })), 'A node\'s own message came back from the bus, and its people heard it again: deliver has brought it to them already.').toEqual([]);
    expect(node.dropped, 'Its own message was counted as dropped: it is a good envelope.').toBe(0);
  });
  check('its own numbers are not compared', async () => {
    const { node, hear } = await begin();
    await hear(fromOther({ message: said('one') }));
    expect(await node.chat.history.after('lobby', 'id of one'), 'Wrong history after a message from another node: this.hear brings it into the history, too.').toEqual([]);
    expect(await hear(fromOther({ node: 'node-1' }), fromOther({ node: 'node-1', seq: 3 })), 'Wrong messages after numbers 1 and 3 of this node itself: whatever did not come back, its people have heard it.').toEqual([]);
    expect(await node.chat.history.after('lobby', 'id of one'), 'Wrong history after numbers 1 and 3 of this node itself. this.sequences.place takes 2 for missed, and the history is given up: it is asked about other nodes only.').toEqual([]);
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
        node.receive(text);
      } catch (error) {
        fail(`receive() threw on ${what}: a ${(error as Error)?.name}. In node-redis an error there costs every other message that came in the same piece.`);
      }
      expect(node.dropped, `Wrong count of dropped texts after twice ${what}.`).toBe(2);
      node.receive(fromOther({}));
      expect(brief(await ann.heard()), `Wrong messages after ${what} and a good one.`).toEqual(['Hi']);
      expect(node.dropped, 'A good envelope was counted as dropped.').toBe(2);
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
  check('`gap` is for everyone in that room, on this node alone', async () => {
    const { node, bus, ann, come } = await begin();
    const bob = await come('Bob', 'kitchen');
    await ann.heard();
    bus.published.length = 0;
    const [{ userId }] = node.chat.rooms.users('lobby');
    for (const seq of [5, 7]) node.receive(fromOther({ seq, except: userId }));
    expect(brief(await ann.heard()), 'Wrong messages for Ann where number 6 is missing. She is the exception of number 7; of number 6 nobody knows.').toEqual(['gap']);
    expect(brief(await bob.heard()), 'Wrong messages in the kitchen, where nothing is missing, when something is in the lobby.').toEqual([]);
    expect(bus.published.map(({ text }) => text), 'What went out on the bus when something was missing here: the other nodes have it.').toEqual([]);
  });
  check('typing is heard, and has no number of its own', async () => {
    const { hear } = await begin();
    const typing = fromOther({ seq: 2, message: { type: 'typing', userId: 'u9', name: 'Zoe' } });
    expect(await hear(fromOther({}), typing, fromOther({ seq: 2, message: said('two') })), 'Wrong messages for a text, `typing`, and another text with the number that `typing` came with: this.sequences.place knows what to make of that.').toEqual(['Hi', 'typing', 'two']);
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
    await hear(fromOther({ seq: 3, message: { type: 'gap' } }));
    expect(await node.chat.history.after('lobby', 'id of one'), 'Wrong history after another node has told a `gap`: this.hear takes care of that, too.').toBe(undefined);
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
      expect(await ann.heard(), `Wrong messages for somebody on this node, where ${what}.`).toEqual([said('Hi')]);
    });
  }
  check('here only those in the room', async () => {
    const { node, come } = await begin();
    const bob = await come('Bob', 'kitchen');
    node.deliver('lobby', said('Hi'));
    expect(brief(await bob.heard()), 'Wrong messages in the kitchen, when something was said in the lobby.').toEqual([]);
  });
  check('one envelope goes out, on the channel of the room', async () => {
    const { node, bus } = await begin();
    node.deliver('lobby', said('Hi'), 'u1');
    const [first, ...more] = envelopes(bus);
    expect(bus.published.map((one) => one.channel), 'Wrong channels for one message: the other nodes listen on `this.channelOf(room)`.').toEqual([channel]);
    expect(more.length, 'More than one envelope went out for one message.').toBe(0);
    const { epoch, ...rest } = first;
    expect(rest, 'Wrong envelope: the others need to know whose it is, for which room, and who is not to get it.').toEqual({ v: 1, node: 'node-1', seq: rest.seq, room: 'lobby', message: said('Hi'), except: 'u1' });
    node.deliver('lobby', said('to all'));
    expect(envelopes(bus)[1].except, 'Wrong `except` in the envelope of a message that is for everyone.').toBe(undefined);
  });
  check('also where the bus is down: it knows what to do', async () => {
    const { node, bus } = await begin();
    bus.status = 'down';
    node.deliver('lobby', said('Hi'));
    expect(envelopes(bus).length, 'Wrong number of envelopes for one message while the bus is down: this.send remembers which rooms have missed something, and a bus may keep the text for later.').toBe(1);
  });
  check('numbered one up, for each room', async () => {
    const { node, bus } = await begin();
    for (const room of ['lobby', 'lobby', 'attic', 'lobby']) node.deliver(room, said('Hi'));
    const numbers = envelopes(bus).map(({ room, seq }) => `${room} ${seq}`);
    const first = envelopes(bus)[0].seq;
    expect(numbers, 'Wrong numbers for four messages: `this.sequences.next(room)` gives each the next of its room, or the others report a gap.').toEqual([`lobby ${first}`, `lobby ${first + 1}`, 'attic 1', `lobby ${first + 2}`]);
    const epochs = () => new Set(envelopes(bus).filter(({ room }) => room === 'lobby').map(({ epoch }) => epoch)).size;
    expect(epochs(), 'Wrong number of epochs for three messages in one room: it comes from `this.sequences.next(room)`, and with another one each time nobody sees what is missing.').toBe(1);
    node.sequences.restart();
    node.deliver('lobby', said('Hi'));
    expect([envelopes(bus)[4].seq, epochs()], 'Wrong number, and epochs in all, after this.sequences.restart(), which an outage brings: `this.sequences.next(room)` begins again with 1, in another epoch.').toEqual([1, 2]);
  });
  check('typing uses up no number', async () => {
    const { node, bus } = await begin();
    for (const message of [said('one'), { type: 'typing', userId: 'u9', name: 'Zoe' } as const, said('two')]) node.deliver('lobby', message);
    const [one, typing, two] = envelopes(bus);
    expect(bus.published.length, 'Wrong number of envelopes for a text, `typing`, and another text.').toBe(3);
    expect([typing.seq, two.seq], 'Wrong numbers for `typing` and the text behind it: `this.send` gives the number of `typing` back, which may be lost without harm.').toEqual([one.seq + 1, one.seq + 1]);
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
    expect(bus.published.length, 'Wrong number of envelopes for two messages that the bus has refused.').toBe(2);
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
    const heard = await one.ann.heard();
    expect(brief(heard), 'Wrong messages for Ann, who said it, on the first node.').toEqual(['Hi Bob']);
    expect(brief(await bob.heard()), 'Wrong messages for Bob, on the second node.').toEqual(['Hi Bob']);
    bob.say({ type: 'chat', text: 'Hi Ann' });
    expect(brief(await bob.heard()), 'Wrong messages for Bob, who said it, on the second node.').toEqual(['Hi Ann']);
    expect(brief(await one.ann.heard()), 'Wrong messages for Ann, on the first node.').toEqual(['Hi Ann']);
    const [{ id }] = heard as ChatMessage[];
    expect(brief((await one.node.chat.history.after('lobby', id)) ?? []), "Wrong history on the first node behind 'Hi Bob': the chat has added that itself, and this.hear is for what comes from other nodes.").toEqual(['Hi Ann']);
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
    node.receive = function (text) {
      if (this !== node) fail('`this` in receive is not the node: a method that is handed on loses its object. (text) => this.receive(text) keeps it.');
      received.push(text);
    };
    await within(node.retainRoom('lobby'), 'the end of retainRoom()', () => show(bus.commands));
    expect(bus.commands, 'Wrong commands for the first hold of the lobby.').toEqual([`SUBSCRIBE ${channel}`]);
    try {
      bus.feed(channel, 'a text');
    } catch (error) {
      if (error instanceof Error && error.name === 'Finding') throw error;
      fail(`What came on the channel went past this.receive, and threw ${(error as Error)?.name}.`);
    }
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
    const { count } = node.held.get('lobby') ?? {};
    bus.acknowledge();
    await Promise.all(holds);
    expect(bus.commands, 'Wrong commands for three holds of one room at once: everyone here would hear each message several times.').toEqual([`SUBSCRIBE ${channel}`]);
    expect(count, 'Wrong `count` in this.held for three holds, while the acknowledgement is on its way: a release that comes now goes by it.').toBe(3);
  });
  check('also where the bus is down: it subscribes when it can', async () => {
    const { node, bus } = await begin();
    bus.status = 'down';
    bus.held = [];
    let isDone = false;
    const holding = node.retainRoom('lobby').then(() => (isDone = true));
    await settle();
    expect(bus.commands, 'Wrong commands for a hold while the bus is down: it keeps that in mind, and subscribes as soon as it is up.').toEqual([`SUBSCRIBE ${channel}`]);
    if (isDone) fail('retainRoom() has resolved while the bus is down: nothing is acknowledged yet. Whoever does not want to wait for it sees to that.');
    bus.acknowledge();
    await within(holding, 'the end of retainRoom(), once the subscription is acknowledged', () => show(bus.commands));
  });
  check('with people: each join holds the room for a moment, the room itself for as long as somebody is in it', async () => {
    const { node, bus, come } = await begin();
    await come('Ann', 'lobby');
    await come('Bob', 'lobby');
    await settle();
    expect([bus.listeners(channel), node.held.get('lobby')?.count], 'Wrong subscriptions and `count` with two people in the lobby: each call of retainRoom counts, since each is followed by a release.').toEqual([1, 1]);
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
    const other = await openNode(['retainRoom'], 'node-1', new ScriptedBus(), { prefix: 'other' });
    await other.node.retainRoom('lobby');
    expect(other.bus.commands, "Wrong commands on a node with the prefix 'other': `this.channelOf(room)` has it in front.").toEqual(['SUBSCRIBE other:room:lobby']);
  });
  check('held, let go, and held again', async () => {
    const { node, bus } = await begin();
    await node.retainRoom('lobby');
    await node.releaseRoom('lobby');
    await node.retainRoom('lobby');
    expect(bus.commands, 'Wrong commands for hold, release, hold.').toEqual([`SUBSCRIBE ${channel}`, `UNSUBSCRIBE ${channel}`, `SUBSCRIBE ${channel}`]);
    expect(bus.listeners(channel), 'Wrong number of subscriptions at the end.').toBe(1);
  });
  check('held again before the release has got to the end of the subscription', async () => {
    const { node, bus } = await begin();
    await node.retainRoom('lobby');
    const leaving = node.releaseRoom('lobby');
    await node.retainRoom('lobby');
    await leaving;
    expect(bus.listeners(channel), 'Wrong number of subscriptions after hold, release, hold, in one go: while this.held has the room, its subscription is shared, also where `count` is 0.').toBe(1);
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
    const { node, bus } = opened;
    await node.retainRoom('lobby');
    bus.held = [];
    let isDone = false;
    const leaving = node.releaseRoom('lobby').then(() => (isDone = true));
    await settle();
    if (isDone) fail('releaseRoom() has resolved before the bus has acknowledged the end of the subscription: it awaits what `off` gave, and off() itself.');
    bus.acknowledge();
    await within(leaving, 'the end of releaseRoom()', () => show(bus.commands));
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
    expect(on, 'Wrong number of SUBSCRIBE for two holds, both before the first is acknowledged: with two, two handlers listen for a while, and `typing` is heard twice. Look at the count again after the await, before the room is forgotten.').toBe(1);
    expect(off, `Wrong number of UNSUBSCRIBE, after ${on} SUBSCRIBE: each subscription ends once. Two releases waited for the same \`off\`, and both found a count of 0; the second has to find the room forgotten.`).toBe(on);
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
    await node.releaseRoom('lobby').catch((error) => fail(`releaseRoom() has rejected for a room that nobody holds (${error}): this.held.get gives undefined there, and there is nothing to do.`));
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
  const goodbye = (person: Person, what = 'the close frame of a node that shuts down') => person.client.closed(what);
  /** How many `left` went out on the bus. */
  const lefts = ({ published }: ScriptedBus) => published.filter(({ text }) => readEnvelope(text).message.type === 'left').length;
  const health = (port: number) =>
    new Promise<number | undefined>((resolve) => {
      get({ port, host: '127.0.0.1', path: '/healthz', agent: false }, (response) => (response.resume(), resolve(response.statusCode))).on('error', () => resolve(undefined));
    });

  check('everyone is told 1012, the others hear who has left, and the bus is closed last', async () => {
    const { node, bus, shutdown, persons, clock } = await begin(['Ann', 'Bob']);
    const done = shutdown(node, { pauseMs: 0 });
    for (const person of persons) expect((await goodbye(person, 'the goodbye for two people at once, where `batch` is 50')).code, 'Wrong close code: 1012 says that the service restarts, and that connecting again makes sense.').toBe(1012);
    clock.advance(0);
    await within(done, 'the end of shutdown(), with everyone gone', () => `${node.app.wss.clients.size} connections are left.`);
    clock.advance(0);
    expect(bus.closed, 'Wrong number of times that the bus was closed: node.end() does it.').toBe(1);
    expect(lefts(bus), 'Wrong number of `left` on the bus from two people whose node shut down: node.end() closes the bus, so it comes when everybody is gone.').toBe(2);
  });
  check('batch by batch, with a random pause between two', async () => {
    const { node, shutdown, persons, clock } = await begin();
    const done = shutdown(node, { batch: 2, pauseMs: 1000, random: () => 0.5 });
    const open = async () => {
      for (const person of persons.filter(isOpen)) await person.heard(); // who is being closed answers no more
      return persons.filter(isOpen).length;
    };
    await Promise.all(persons.slice(0, 2).map((person) => goodbye(person, 'the goodbye for the first two of five people, at once, where `batch` is 2')));
    expect(await open(), 'Wrong number of open connections after the first batch of 2, of 5: all at once would come back at once, to the other nodes.').toBe(3);
    clock.advance(499);
    await settle();
    expect(await open(), 'Wrong number of open connections 499 ms after the first batch, where the pause is random() (0.5) times pauseMs (1000 ms).').toBe(3);
    clock.advance(1);
    await Promise.all(persons.slice(2, 4).map((person) => goodbye(person, 'the goodbye for the next two of five people, 500 ms later: random() (0.5) times pauseMs (1000 ms)')));
    expect(await open(), 'Wrong number of open connections after the second batch.').toBe(1);
    clock.advance(500);
    await goodbye(persons[4], 'the goodbye for the last of five people, after a second pause');
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
    await within(goodbye(persons[1]), 'the second goodbye after a pause of 100 ms (random() was 0.1)', () => 'A pause begins with the batch in front of it, not when that has been answered: one client may never answer.');
    clock.advance(899);
    await settle();
    await persons[2].heard().catch(() => fail('The third goodbye came before its pause of 900 ms was over (random() was 0.1, then 0.9): each pause is drawn anew.'));
    clock.advance(1);
    await within(goodbye(persons[2]), 'the third goodbye after a pause of 900 ms (random() was 0.9)', () => 'It has not come.');
    await settle();
    clock.advance(1000);
    await within(done, 'the end of shutdown()', () => `${node.app.wss.clients.size} connections are left.`);
  });
  check('unready first: the balancer and new clients are turned away, while the others are still here', async () => {
    const { node, port, shutdown, persons, clock } = await begin(['Ann', 'Bob']);
    const done = shutdown(node, { batch: 1, pauseMs: 1000, random: () => 0.5 });
    expect(node.isStopping, 'Wrong `isStopping` as soon as shutdown() was called.').toBe(true);
    await goodbye(persons[0]);
    expect(await health(port), 'Wrong status of GET /healthz during the shutdown, where one of two is still here: the balancer goes by it.').toBe(503);
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
    expect(lefts(bus), 'Wrong number of `left` on the bus from two people, one of whom was cut off: node.end() closes the bus, so it waits for their `close`, too.').toBe(2);
    bob.client.socket.terminate();
  });
  check('one deadline for all: told or not, and whoever stalls in front of them', async () => {
    const { node, bus, shutdown, persons, clock } = await begin(['Ann', 'Bob', 'Cleo']);
    const [ann, bob] = persons;
    ann.client.socket.pause();
    const done = shutdown(node, { batch: 1, pauseMs: 1000, deadlineMs: 1500, random: () => 1 });
    clock.advance(1000);
    await goodbye(bob, 'the goodbye for Bob, whose pause of 1000 ms is over: Ann, who was told before him, answers nothing, and nobody waits for her');
    while (node.app.wss.clients.size > 2) await turn(); // Bob's own end of the connection may be ahead of the server's
    await settle();
    clock.advance(499);
    await settle();
    expect(node.app.wss.clients.size, 'Wrong number of connections 1 ms before the deadline of 1500 ms: one does not answer, and the last one\'s turn comes after 2000 ms.').toBe(2);
    clock.advance(1);
    await within(done, 'the end of shutdown() at its deadline of 1500 ms, in the middle of the batches', () => `${node.app.wss.clients.size} connections are left. The deadline counts from the beginning, for all connections; when the last one is gone, no pause is waited for.`);
    expect(lefts(bus), 'Wrong number of `left` on the bus from three people, two of whom were cut off: node.end() closes the bus, so it waits for their `close`, too.').toBe(3);
    clock.advance(1000);
    ann.client.socket.terminate();
  });
  check('resolves when the node has ended', async () => {
    const { node, bus, shutdown } = await begin([]);
    const close = bus.close.bind(bus);
    let letGo = () => {};
    bus.close = () => new Promise((resolve) => (letGo = () => resolve(close())));
    let isDone = false;
    const done = shutdown(node).then(() => (isDone = true));
    await settle();
    const isEarly = isDone;
    letGo();
    await done;
    if (isEarly) fail('shutdown() has resolved before node.end() has: whoever ends the process then cuts off what is still on its way.');
  });
  check('nobody connected: ends at once, and leaves no timer', async () => {
    const { node, bus, shutdown, clock } = await begin([]);
    await within(shutdown(node), 'the end of shutdown(), with nobody connected', () => `${clock.timers()} timers are running.`);
    expect(bus.closed, 'Wrong number of times that the bus was closed.').toBe(1);
  });
});
