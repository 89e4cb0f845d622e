import { exercise, expect, fail, show, within } from '#kit';
import { openNode, ScriptedBus } from './helpers/subject.ts';
import { channel, forLater, settle } from './helpers/settle.ts';

exercise('5.5 ChatNode.retainRoom', (check) => {
  const begin = () => openNode(['retainRoom']);

  check('the first hold subscribes, and what arrives is received', async () => {
    const { node, bus } = await begin();
    const received: string[] = [];
    node.receive = function (text) {
      if (this !== node)
        fail(
          'In receive, `this` is not the node. A method that is passed on alone loses its object: write (text) => this.receive(text).',
          { hint: 2 },
        );
      received.push(text);
    };
    await within(
      node.retainRoom('lobby'),
      'the end of retainRoom(), although the bus has answered',
      () => `The bus got ${show(bus.commands)}.`,
    );
    if (bus.commands.length === 0)
      fail("retainRoom('lobby') has resolved without a call of this.bus.subscribe. The room gets no messages.");
    expect(bus.commands, "Wrong commands after retainRoom('lobby'). Subscribe once, to this.channelOf(room).").toEqual([
      `SUBSCRIBE ${channel}`,
    ]);
    try {
      bus.feed(channel, 'a text');
    } catch (error) {
      if (error instanceof Error && error.name === 'Finding') throw error;
      fail(
        `A text arrived on the channel, and the handler that you passed to this.bus.subscribe threw ${(error as Error)?.name}. It should pass the text to this.receive, which copes with anything.`,
        { hint: 2 },
      );
    }
    expect(
      [...received],
      'A text arrived on the channel. The handler that you pass to this.bus.subscribe should call this.receive(text) with it, once.',
    ).toEqual(['a text']);
  });
  check('two holds, one after the other: one subscription', async () => {
    const { node, bus } = await begin();
    await node.retainRoom('lobby');
    await node.retainRoom('lobby');
    expect(
      bus.commands,
      "Wrong commands after retainRoom('lobby') twice. While this.held has the room, don't subscribe again.",
    ).toEqual([`SUBSCRIBE ${channel}`]);
    expect(
      node.held.get('lobby')?.count,
      "Wrong `count` in this.held after retainRoom('lobby') twice. Every call adds 1, because every call is followed by a releaseRoom.",
    ).toBe(2);
  });
  check(
    'resolves with the acknowledgement of the bus, for everyone who holds the room',
    async () => {
      const { node, bus } = await begin();
      bus.held = [];
      const done: number[] = [];
      const holds = [1, 2].map((which) => forLater(node.retainRoom('lobby').then(() => done.push(which))));
      await settle();
      if (done.length > 0)
        fail(
          `Two holds wait for one subscription, and ${done.length > 1 ? `numbers ${done.join(' and ')} have` : `number ${done[0]} has`} resolved before the bus has acknowledged it. A message that comes now would be missed: every call awaits \`off\`.`,
        );
      bus.acknowledge();
      await within(Promise.all(holds), 'the end of both holds, after the bus has acknowledged the subscription', () =>
        done.length > 0 ? `Only number ${done[0]} has resolved.` : 'Neither has resolved.',
      );
    },
    { hint: 2 },
  );
  check(
    'three joins at once: one SUBSCRIBE',
    async () => {
      const { node, bus } = await begin();
      bus.held = [];
      const holds = [node.retainRoom('lobby'), node.retainRoom('lobby'), node.retainRoom('lobby')];
      await settle();
      const { count } = node.held.get('lobby') ?? {};
      bus.acknowledge();
      await Promise.all(holds);
      expect(
        bus.commands,
        'Wrong commands for three holds of one room at once. Put the entry into this.held before you await anything: then the second call finds it.',
      ).toEqual([`SUBSCRIBE ${channel}`]);
      expect(
        count,
        'Wrong `count` in this.held for three holds, while the acknowledgement is on its way. Add 1 before you await: a release that comes now looks at it.',
      ).toBe(3);
    },
    { hint: 2 },
  );
  check('each room has its own subscription, whatever its name is', async () => {
    const { node, bus } = await begin();
    const rooms = ['lobby', 'kitchen', 'two words', 'πλατεία', '*', '__proto__'];
    for (const room of rooms) await node.retainRoom(room);
    expect(bus.commands, `Wrong commands after holds of the rooms ${show(rooms)}.`).toEqual(
      rooms.map((room) => `SUBSCRIBE chat:room:${room}`),
    );
    const other = await openNode(['retainRoom'], 'node-1', new ScriptedBus(), { prefix: 'other' });
    await other.node.retainRoom('lobby');
    expect(
      other.bus.commands,
      "Wrong commands on a node whose channels begin with 'other'. Use this.channelOf(room), which knows the prefix.",
    ).toEqual(['SUBSCRIBE other:room:lobby']);
  });
  check(
    'also while the bus is down: it subscribes when it can',
    async () => {
      const { node, bus } = await begin();
      bus.status = 'down';
      bus.held = [];
      let isDone = false;
      const holding = forLater(node.retainRoom('lobby').then(() => (isDone = true)));
      await settle();
      expect(
        bus.commands,
        'Wrong commands for a hold while the bus is down. Call this.bus.subscribe anyway: the bus remembers it, and subscribes as soon as it is up.',
      ).toEqual([`SUBSCRIBE ${channel}`]);
      if (isDone)
        fail(
          'retainRoom() has resolved while the bus is down, but nothing is acknowledged yet. Wait here; callers who are in a hurry know what to do.',
        );
      bus.acknowledge();
      await within(
        holding,
        'the end of retainRoom(), after the bus has acknowledged the subscription',
        () => `The bus got ${show(bus.commands)}.`,
      );
    },
    { hint: 2 },
  );
  check('two people in a room: one hold is left', async () => {
    const { node, bus, come } = await begin();
    await come('Ann', 'lobby');
    await come('Bob', 'lobby');
    await settle();
    expect(
      [bus.listeners(channel), node.held.get('lobby')?.count],
      'Ann and Bob are in the lobby. Wrong number of subscriptions, and wrong `count`. Each join holds the room and releases it, and the first member adds a hold that stays: every call of retainRoom must count.',
    ).toEqual([1, 1]);
  });
  check(
    'held, released, and held again',
    async () => {
      const { node, bus } = await begin();
      await node.retainRoom('lobby');
      await node.releaseRoom('lobby');
      await node.retainRoom('lobby');
      expect(
        bus.commands,
        'Wrong commands for hold, release, hold, each awaited. releaseRoom deletes the room from this.held, so the last hold subscribes again.',
      ).toEqual([`SUBSCRIBE ${channel}`, `UNSUBSCRIBE ${channel}`, `SUBSCRIBE ${channel}`]);
      expect(bus.listeners(channel), 'Wrong number of subscriptions after hold, release, hold.').toBe(1);
    },
    { hint: 2 },
  );
  check(
    'held again while a release is still going on',
    async () => {
      const { node, bus } = await begin();
      await node.retainRoom('lobby');
      const leaving = forLater(node.releaseRoom('lobby'));
      await node.retainRoom('lobby');
      await leaving;
      expect(
        bus.listeners(channel),
        'Wrong number of subscriptions after hold, release, hold. The release had not ended yet. As long as this.held has the room, share its subscription, even if `count` is 0.',
      ).toBe(1);
    },
    { hint: 2 },
  );
});
