import { exercise, expect, fail, show, within } from '#kit';
import { openNode, ScriptedBus } from './helpers/subject.ts';
import { channel, settle } from './helpers/settle.ts';

exercise('5.5 ChatNode.retainRoom', (check) => {
  const begin = () => openNode(['retainRoom']);

  check('the first hold subscribes, and what comes is received', async () => {
    const { node, bus } = await begin();
    const received: string[] = [];
    node.receive = function (text) {
      if (this !== node)
        fail(
          '`this` in receive is not the node: a method that is handed on loses its object. (text) => this.receive(text) keeps it.',
        );
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
    expect(
      done,
      'Which of two holds have resolved before the bus has acknowledged the subscription: a message that comes now is heard by nobody here.',
    ).toEqual([]);
    bus.acknowledge();
    await within(
      Promise.all(holds),
      'the end of both holds, once the subscription is acknowledged',
      () => `Resolved are ${show(done)}.`,
    );
  });
  check('two joins at once: one SUBSCRIBE', async () => {
    const { node, bus } = await begin();
    bus.held = [];
    const holds = [node.retainRoom('lobby'), node.retainRoom('lobby'), node.retainRoom('lobby')];
    await settle();
    const { count } = node.held.get('lobby') ?? {};
    bus.acknowledge();
    await Promise.all(holds);
    expect(
      bus.commands,
      'Wrong commands for three holds of one room at once: everyone here would hear each message several times.',
    ).toEqual([`SUBSCRIBE ${channel}`]);
    expect(
      count,
      'Wrong `count` in this.held for three holds, while the acknowledgement is on its way: a release that comes now goes by it.',
    ).toBe(3);
  });
  check('also where the bus is down: it subscribes when it can', async () => {
    const { node, bus } = await begin();
    bus.status = 'down';
    bus.held = [];
    let isDone = false;
    const holding = node.retainRoom('lobby').then(() => (isDone = true));
    await settle();
    expect(
      bus.commands,
      'Wrong commands for a hold while the bus is down: it keeps that in mind, and subscribes as soon as it is up.',
    ).toEqual([`SUBSCRIBE ${channel}`]);
    if (isDone)
      fail(
        'retainRoom() has resolved while the bus is down: nothing is acknowledged yet. Whoever does not want to wait for it sees to that.',
      );
    bus.acknowledge();
    await within(holding, 'the end of retainRoom(), once the subscription is acknowledged', () => show(bus.commands));
  });
  check(
    'with people: each join holds the room for a moment, the room itself for as long as somebody is in it',
    async () => {
      const { node, bus, come } = await begin();
      await come('Ann', 'lobby');
      await come('Bob', 'lobby');
      await settle();
      expect(
        [bus.listeners(channel), node.held.get('lobby')?.count],
        'Wrong subscriptions and `count` with two people in the lobby: each call of retainRoom counts, since each is followed by a release.',
      ).toEqual([1, 1]);
    },
  );
  check('one after the other: still one', async () => {
    const { node, bus } = await begin();
    await node.retainRoom('lobby');
    await node.retainRoom('lobby');
    expect(bus.commands, 'Wrong commands for two holds of one room, one after the other.').toEqual([
      `SUBSCRIBE ${channel}`,
    ]);
    expect(
      node.held.get('lobby')?.count,
      'Wrong `count` in this.held after two holds of the lobby: releaseRoom goes by it.',
    ).toBe(2);
  });
  check('each room has its own, whatever it is called', async () => {
    const { node, bus } = await begin();
    const rooms = ['lobby', '*', '__proto__', 'two words', 'πλατεία'];
    for (const room of rooms) await node.retainRoom(room);
    expect(bus.commands, 'Wrong commands for five rooms.').toEqual(rooms.map((room) => `SUBSCRIBE chat:room:${room}`));
    const other = await openNode(['retainRoom'], 'node-1', new ScriptedBus(), { prefix: 'other' });
    await other.node.retainRoom('lobby');
    expect(
      other.bus.commands,
      "Wrong commands on a node with the prefix 'other': `this.channelOf(room)` has it in front.",
    ).toEqual(['SUBSCRIBE other:room:lobby']);
  });
  check('held, let go, and held again', async () => {
    const { node, bus } = await begin();
    await node.retainRoom('lobby');
    await node.releaseRoom('lobby');
    await node.retainRoom('lobby');
    expect(bus.commands, 'Wrong commands for hold, release, hold.').toEqual([
      `SUBSCRIBE ${channel}`,
      `UNSUBSCRIBE ${channel}`,
      `SUBSCRIBE ${channel}`,
    ]);
    expect(bus.listeners(channel), 'Wrong number of subscriptions at the end.').toBe(1);
  });
  check('held again before the release has got to the end of the subscription', async () => {
    const { node, bus } = await begin();
    await node.retainRoom('lobby');
    const leaving = node.releaseRoom('lobby');
    await node.retainRoom('lobby');
    await leaving;
    expect(
      bus.listeners(channel),
      'Wrong number of subscriptions after hold, release, hold, in one go: while this.held has the room, its subscription is shared, also where `count` is 0.',
    ).toBe(1);
  });
});
