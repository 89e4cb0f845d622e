import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, fakeClock, load, onCleanUp, show, thrownBy, within } from '#kit';
import { BusError } from '#day5/bus.ts';
import type { ServerMessage } from '#day3/server-messages.ts';
import type { Entry } from '#day5/bonus/entries.ts';
import { NatsBus as ReferenceBus } from '#solutions/day5-scaling/bonus/nats-bus.ts';
import { natsForTests, natsMissing } from '#tools/nats/server.ts';
import { lineTo } from '../line-to.ts';
import { brief, openNode, said, ScriptedBus } from '../subject.ts';

exercise('5.a Presence.sweep', (check) => {
  /** A node with one person in the lobby, and a clock; `report` is what another node says. */
  const begin = async () => {
    const { Presence } = await load(() => import('#day5/bonus/presence.ts'), 'Presence');
    let presence!: InstanceType<typeof Presence>;
    const bus = new ScriptedBus();
    const opened = await openNode([], 'node-1', bus, {
      presence: (node) => (presence = new Presence(node, { everyMs: 3_600_000, ttlMs: 12_000 })),
    });
    const ann = await opened.come('Ann', 'lobby');
    const clock = fakeClock();
    onCleanUp(() => presence.goodbye());
    const report = (node: string, fields: object) => bus.feed('chat:presence', JSON.stringify({ v: 1, node, epoch: 'e', version: 0, ...fields }));
    const people = (...names: string[]) => names.map((name) => ({ room: 'lobby', userId: `id of ${name}`, name }));
    return { ...opened, presence, ann, clock, report, people };
  };
  const names = (messages: ServerMessage[]) => messages.map((message) => `${message.type} ${'name' in message ? message.name : ''}`);

  check('a node that was silent for ttlMs is gone, and its people with it', async () => {
    const { presence, ann, clock, report, people } = await begin();
    report('node-2', { type: 'all', people: people('Bob', 'Cleo') });
    expect(names(await ann.heard()), 'Wrong messages when another node tells of its people.').toEqual(['joined Bob', 'joined Cleo']);
    clock.advance(12_000);
    presence.sweep();
    expect(names(await ann.heard()), 'Wrong messages after ttlMs (12,000 ms) without a sign of life from the other node: its people are told as left.').toEqual(['left Bob', 'left Cleo']);
    expect(presence.users('lobby'), 'Wrong users elsewhere in the lobby, with the other node gone.').toEqual([]);
    presence.sweep();
    expect([...presence.others.keys()], 'Wrong nodes in this.others.').toEqual([]);
    expect(names(await ann.heard()), 'What is gone was told as left again at the next sweep.').toEqual([]);
  });
  check('a moment before that it is still there', async () => {
    const { presence, ann, clock, report, people } = await begin();
    report('node-2', { type: 'all', people: people('Bob') });
    await ann.heard();
    clock.advance(11_999);
    presence.sweep();
    expect(names(await ann.heard()), 'Wrong messages after 11,999 ms of silence, where ttlMs is 12,000 (heardAt is by performance.now(); Date.now() is another clock).').toEqual([]);
    expect(presence.users('lobby').map(({ name }) => name), 'Wrong users elsewhere after 11,999 ms of silence.').toEqual(['Bob']);
    clock.advance(1);
    presence.sweep();
    expect(names(await ann.heard()), 'Wrong messages 1 ms later: a sweep is no sign of life.').toEqual(['left Bob']);
  });
  check('a node with nobody on it is forgotten like any other', async () => {
    const { presence, clock, report } = await begin();
    report('node-2', { type: 'all', people: [] });
    clock.advance(12_000);
    presence.sweep();
    expect([...presence.others.keys()], 'Wrong nodes in this.others, where one with nobody on it was silent for ttlMs: it is dead, too.').toEqual([]);
  });
  check('a late sign of life is in time: nobody leaves and joins', async () => {
    const { presence, ann, clock, report, people } = await begin();
    report('node-2', { type: 'all', people: people('Bob') });
    await ann.heard();
    for (let i = 0; i < 4; i++) {
      clock.advance(11_000);
      report('node-2', { type: 'alive' });
      clock.advance(2000);
      presence.sweep();
    }
    expect(names(await ann.heard()), 'Wrong messages where a sign of life comes every 13 s, with a ttlMs of 12 s, each 11 s after the last sweep at the latest.').toEqual([]);
  });
  check('only the silent one', async () => {
    const { presence, ann, clock, report, people } = await begin();
    report('node-2', { type: 'all', people: people('Bob') });
    report('node-3', { type: 'all', people: people('Cleo') });
    report('node-4', { type: 'all', people: people('Dan') });
    await ann.heard();
    clock.advance(7000);
    report('node-3', { type: 'alive' });
    clock.advance(5000);
    presence.sweep();
    expect(names(await ann.heard()).sort(), 'Wrong messages where two of three nodes have been silent for 12 s, the third for 5 s.').toEqual(['left Bob', 'left Dan']);
    expect(presence.users('lobby').map(({ name }) => name), 'Wrong users elsewhere, with one of three other nodes alive.').toEqual(['Cleo']);
  });
  check('who is on another node as well has not left', async () => {
    const { node, presence, ann, clock, report, people } = await begin();
    const [me] = node.chat.rooms.users('lobby');
    report('node-2', { type: 'all', people: [...people('Bob'), { room: 'lobby', ...me }] });
    report('node-3', { type: 'all', people: people('Bob') });
    await ann.heard();
    clock.advance(7000);
    report('node-3', { type: 'alive' });
    clock.advance(5000);
    presence.sweep();
    expect(names(await ann.heard()), 'Bob is on two nodes, and one of them is gone; Ann was there, too, and is here: for the people here nothing has changed.').toEqual([]);
  });
  check('nobody else: nothing happens', async () => {
    const { presence, ann, clock } = await begin();
    clock.advance(60_000);
    presence.sweep();
    expect(names(await ann.heard()), 'Wrong messages where there is no other node.').toEqual([]);
    await turn();
  });
});

exercise('5.b missed', (check) => {
  const subject = () => load(() => import('#day5/bonus/missed.ts'), 'missed');
  /** An entry of the stream with a chat message, or with another message. */
  const entry = (number: number, message: ServerMessage | string, seen: number | '' = number - 1): Entry => ({
    id: `1000-${number}`,
    text: JSON.stringify({ v: 1, node: 'node-2', epoch: 'e', seq: number, room: 'lobby', message: typeof message === 'string' ? said(message, message) : message }),
    seen: seen === '' ? '' : `1000-${seen}`,
  });
  const texts = (messages: unknown[] | undefined) => messages && brief(messages as ServerMessage[]);

  check('what stands behind the last one that was seen', async () => {
    const { missed } = await subject();
    const entries = ['a', 'b', 'c', 'd'].map((text, i) => entry(i + 1, text));
    expect(texts(missed(entries, 'b')), 'Wrong messages for somebody who has seen a and b, of a, b, c, d.').toEqual(['c', 'd']);
    expect(missed(entries, 'c'), 'Wrong message behind c: the whole message is replayed.').toEqual([said('d', 'd')]);
  });
  check('nothing missed is an empty list, not a gap', async () => {
    const { missed } = await subject();
    expect(missed([entry(1, 'a'), entry(2, 'b')], 'b'), 'Wrong answer to somebody who has seen the last message.').toEqual([]);
  });
  check('an id that is in no entry: undefined, a gap', async () => {
    const { missed } = await subject();
    expect(missed([entry(1, 'a')], 'gone'), 'Wrong answer to an id that the stream does not have (any more).').toBe(undefined);
    expect(missed([], 'a'), 'Wrong answer from an empty stream.').toBe(undefined);
  });
  check('from where its sender had read, not from where it stands', async () => {
    const { missed } = await subject();
    // x was said on a node that had read up to a. b came into the stream first, and x's own people have not heard it yet.
    const entries = [entry(1, 'a'), entry(2, 'b'), entry(3, 'x', 1), entry(4, 'c')];
    expect(texts(missed(entries, 'x')), 'Wrong messages for somebody whose node showed them x before b, and then died: x stands behind b in the stream, but its sender had read only up to a (`seen`).').toEqual(['b', 'c']);
  });
  check('after an outage that may be far in front', async () => {
    const { missed } = await subject();
    const entries = [entry(1, 'a'), entry(2, 'b'), entry(3, 'c'), entry(4, 'd'), entry(5, 'late', 1)];
    expect(texts(missed(entries, 'late')), 'Wrong messages for somebody whose node was cut off from Redis when it said "late", having read up to a.').toEqual(['b', 'c', 'd']);
  });
  check('`seen` is empty: all that there is', async () => {
    const { missed } = await subject();
    expect(texts(missed([entry(1, 'a'), entry(2, 'b', ''), entry(3, 'c')], 'b')), 'Wrong messages where nobody knows how far the sender had read: better too many than too few, the client knows what it has seen.').toEqual(['a', 'c']);
  });
  check('each once, also where the stream has it twice', async () => {
    const { missed } = await subject();
    const entries = [entry(1, 'a'), entry(2, 'b'), entry(3, 'c'), entry(4, 'b', 1), entry(5, 'a', 1)];
    expect(texts(missed(entries, 'a')), 'Wrong messages where a publish was tried twice, and both arrived: each message once, and not the one that was seen.').toEqual(['b', 'c']);
    const twice = [entry(1, 'a'), entry(2, 'b'), entry(3, 'x', 1), entry(4, 'c'), entry(5, 'x', 4)];
    expect(texts(missed(twice, 'x')), 'Wrong messages behind x, which the stream has twice: its sender had read up to a when it was said (the first `seen`).').toEqual(['b', 'c']);
  });
  check('the same words twice are two messages', async () => {
    const { missed } = await subject();
    const entries = [entry(1, 'a'), entry(2, said('yes', 'm1')), entry(3, said('yes', 'm2'))];
    expect(texts(missed(entries, 'a')), 'Wrong messages where two people have said the same: a message is known by its id.').toEqual(['yes', 'yes']);
  });
  check("in the stream's order, whatever the clocks of the nodes say", async () => {
    const { missed } = await subject();
    const entries = [entry(1, 'a'), entry(2, { ...said('b', 'b'), timestamp: 9 }), entry(3, { ...said('c', 'c'), timestamp: 5 })];
    expect(texts(missed(entries, 'a')), 'Wrong order: b stands before c in the stream, and each `timestamp` is of another node\'s clock.').toEqual(['b', 'c']);
  });
  check('other messages and rubbish in between do not count', async () => {
    const { missed } = await subject();
    const entries = [entry(1, 'a'), entry(2, { type: 'joined', userId: 'a', name: 'a' }), { id: '1000-3', text: 'rubbish', seen: '' }, entry(4, 'b')];
    let found: unknown[] | undefined;
    const error = thrownBy(() => (found = missed(entries, 'a')));
    if (error) fail(`missed() threw ${error}, where one entry is about something else and one is rubbish: chatOf gives undefined there, and it does not count.`);
    expect(texts(found), 'Wrong messages where somebody has joined in between.').toEqual(['b']);
  });
  check("ids are compared as numbers: 9 comes before 10", async () => {
    const { missed } = await subject();
    const entries = Array.from({ length: 12 }, (_, i) => entry(i + 1, `m${i + 1}`));
    expect(texts(missed(entries, 'm9')), 'Wrong messages behind the entry 1000-9.').toEqual(['m10', 'm11', 'm12']);
    const later = [{ ...entry(1, 'early'), id: '999-7' }, entry(3, 'a'), entry(5, 'x', 3), { ...entry(1, 'late'), id: '1001-0' }];
    expect(texts(missed(later, 'x')), 'Wrong messages where the entries are 999-7, 1000-3, 1000-5, which had read up to 1000-3, and 1001-0: the milliseconds count first.').toEqual(['late']);
  });
  check('the entries stay as they are', async () => {
    const { missed } = await subject();
    const entries = [entry(1, 'a'), entry(2, 'b'), entry(3, 'c')];
    missed(entries, 'a');
    expect(entries.map(({ id }) => id), 'The list of entries was changed: it is the caller\'s.').toEqual(['1000-1', '1000-2', '1000-3']);
  });
});

exercise('5.c NatsBus.publish', (check) => {
  /** The learner's bus on a line of its own to NATS, and another, which hears what comes on one channel. */
  const begin = async ({ timeoutMs = 5000 } = {}) => {
    const { NatsBus } = await load(() => import('#day5/bonus/nats-bus.ts'), 'NatsBus');
    const { url } = await natsForTests();
    const line = await lineTo(url);
    const bus = new NatsBus({ url: line.url, timeoutMs, pingMs: 3_600_000 }); // no ping comes to help
    const other = new ReferenceBus({ url });
    onCleanUp(async () => {
      line.freeze(false);
      await Promise.all([bus.close(), other.close()]);
    });
    for (const one of [bus, other]) await within(one.connect(), 'a connection to NATS', () => String(one.reason));
    const id = randomUUID();
    const listen = async (name: string) => {
      const texts: string[] = [];
      let wake = (): void => {};
      await other.subscribe(`${id}${name}`, (text) => {
        texts.push(text);
        wake();
      });
      /** What has come, once as many have. */
      const atLeast = async (count: number) => {
        while (texts.length < count) await within(new Promise<void>((resolve) => (wake = resolve)), `the text on the channel ${show(name)}`, () => 'Whoever is subscribed to a channel listens on subjectOf(channel).');
        return texts;
      };
      /** What has come of that which NATS has by now. */
      const now = async () => {
        await other.connection!.flush();
        return [...texts];
      };
      return { channel: `${id}${name}`, atLeast, now };
    };
    return { bus, line, listen };
  };
  /** What a promise has come to, when everything that can go on at once has gone on. */
  const soon = async (promise: Promise<void>) => {
    let outcome: unknown = 'pending';
    promise.then(() => (outcome = 'resolved'), (error: unknown) => (outcome = error));
    for (let i = 0; i < 5; i++) await turn();
    return outcome;
  };

  check('a text reaches whoever is subscribed to the channel', async () => {
    const { bus, listen } = await begin();
    const { channel, atLeast } = await listen(':room:lobby');
    await bus.publish(channel, 'Hi');
    expect(await atLeast(1), 'Wrong text at another bus that is subscribed to the channel.').toEqual(['Hi']);
  }, { hint: 2 });
  check('a channel may have any name', async () => {
    const { bus, listen } = await begin();
    for (const name of [' with spaces', '.*', '.>', '.', '\r\n', ' αίθουσα', '']) {
      const { channel, atLeast } = await listen(name);
      await bus.publish(channel, `to ${name}`);
      expect(await atLeast(1), 'Wrong text on a channel with an unusual name.').toEqual([`to ${name}`]);
    }
  }, { hint: 2 });
  check('a hundred at once arrive once each, in order', async () => {
    const { bus, listen } = await begin();
    const { channel, atLeast } = await listen('');
    const all = Array.from({ length: 100 }, (_, i) => `text ${i}`);
    await Promise.all(all.map((text) => bus.publish(channel, text)));
    expect(await atLeast(100), 'Wrong texts where a hundred were published in one go.').toEqual(all);
  }, { hint: 2 });
  check('when publish() has resolved, NATS has the text', async () => {
    const { bus, line, listen } = await begin();
    const { channel, now } = await listen('');
    const connection = bus.connection!;
    const flush = connection.flush.bind(connection);
    connection.flush = () => flush().then(() => line.freeze()); // nothing gets through after the first answer
    await within(bus.publish(channel, 'Hi'), 'the end of publish()', () => 'It is pending.');
    expect(await now(), 'publish() resolved before NATS had the text: the flush answers for what was published before it.').toEqual(['Hi']);
  }, { hint: 2 });
  check('NATS is frozen: publish() rejects, as soon as timeoutMs are over', async () => {
    const { bus, line } = await begin({ timeoutMs: 150 });
    line.freeze();
    const publishing = bus.publish('room', 'Hi').then(() => 'resolved', (error: unknown) => error);
    const outcome = await within(publishing, 'the end of publish(), on a NATS that does not answer', () => 'timeoutMs is 150, and it is still pending.');
    if (outcome === 'resolved') fail('publish() resolved, and NATS never had the text: its connection is frozen. The text only lies in the buffer of the connection.');
    expect(outcome, 'publish() rejects, but not with a BusError.').toBeInstanceOf(BusError);
  }, { hint: 2 });
  check('the bus is down: publish() rejects at once, and nothing is sent', async () => {
    const { bus, line, listen } = await begin({ timeoutMs: 150 });
    const { channel, now } = await listen('');
    await bus.inTime(new Promise(() => {})).catch(() => {}); // an answer that did not come; the connection stands
    expect(bus.status, 'The bus should be down, after an answer that did not come.').toBe('down');
    line.freeze(); // whoever sends something now has no answer
    const outcome = await soon(bus.publish(channel, 'too early'));
    line.freeze(false);
    if (outcome === 'pending') fail('The bus is down, and publish() does not reject at once: it has sent something, and waits for an answer.');
    if (outcome === 'resolved') fail('The bus is down, and publish() resolved: whoever called it believes that the text went out.');
    expect(outcome, 'publish() on a bus that is down rejects, but not with a BusError.').toBeInstanceOf(BusError);
    await bus.connection!.flush();
    expect(await now(), 'publish() rejected, since the bus is down, and the text went out all the same.').toEqual([]);
  }, { hint: 1 });
  check('a text that is larger than NATS takes: rejected, and the next one arrives', async () => {
    const { bus, listen } = await begin();
    const { channel, atLeast } = await listen('');
    let publishing: Promise<void> | undefined;
    const thrown = thrownBy(() => (publishing = bus.publish(channel, 'x'.repeat(2_000_000))));
    if (thrown) fail('publish() threw, where it has to give a promise that rejects: `async` does that.');
    if ((await within(publishing!.then(() => 'resolved', () => 'rejected'), 'the end of publish()', () => 'It is pending.')) === 'resolved') fail('publish() resolved with a text of 2 MB. The limit of NATS is 1 MB, and connection.publish throws there.');
    await bus.publish(channel, 'Hi');
    expect(await atLeast(1), 'Wrong text after one that was too large.').toEqual(['Hi']);
  }, { hint: 2 });
}, { needs: natsMissing });
