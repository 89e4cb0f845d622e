import { exercise, expect, fail, show, within } from '#kit';
import { openNode } from './helpers/subject.ts';
import { channel, forLater, settle } from './helpers/settle.ts';

exercise('5.6 ChatNode.releaseRoom', (check) => {
  const begin = () => openNode(['releaseRoom']);
  /** Nobody holds the room: it has no subscription, and is not in the map. */
  const isGone = ({ node, bus }: Awaited<ReturnType<typeof begin>>, when: string) => {
    expect(
      bus.listeners(channel),
      `Wrong number of subscriptions ${when}. A room with nobody in it should have none, or Redis goes on sending all its messages here: call the function that held.off resolves with.`,
    ).toBe(0);
    expect(
      node.held.size,
      `Wrong number of rooms in this.held ${when}. Delete the room: the next hold has to subscribe again.`,
    ).toBe(0);
  };

  check('the last hold is released: the subscription ends', async () => {
    const opened = await begin();
    const { node, bus } = opened;
    await node.retainRoom('lobby');
    bus.held = [];
    let isDone = false;
    const leaving = forLater(node.releaseRoom('lobby').then(() => (isDone = true)));
    await settle();
    const isUnsubscribed = bus.commands.length > 1;
    const { count } = node.held.get('lobby') ?? {};
    if (isDone && !isUnsubscribed && count === 0)
      fail(
        'One hold was released, and `count` is 0, but releaseRoom returned as if somebody were left. `held.count--` gives the number from before; `--held.count` gives the one after.',
      );
    if (isDone && !isUnsubscribed)
      fail(
        `One hold was released, and releaseRoom has resolved without ending the subscription. \`count\` is ${show(count)}.`,
      );
    if (isDone)
      fail(
        'releaseRoom() has resolved before the bus has acknowledged the end of the subscription. The function that ends it returns a promise: await that, too.',
        { hint: 2 },
      );
    bus.acknowledge();
    await within(
      leaving,
      'the end of releaseRoom(), after the bus has acknowledged the end of the subscription',
      () => `The bus got ${show(bus.commands)}.`,
    );
    isGone(opened, 'after one hold and its release');
  });
  check('others still hold the room: it stays', async () => {
    const { node, bus } = await begin();
    await node.retainRoom('lobby');
    await node.retainRoom('lobby');
    await node.releaseRoom('lobby');
    expect(
      bus.commands,
      'Two holds, and one was released. Wrong commands: somebody is still there, so the subscription goes on.',
    ).toEqual([`SUBSCRIBE ${channel}`]);
    expect(
      node.held.get('lobby')?.count,
      'Two holds, and one was released. Wrong `count` in this.held: a release removes one hold.',
    ).toBe(1);
  });
  check('a room that nobody holds: nothing happens', async () => {
    const { node, bus } = await begin();
    await node
      .releaseRoom('lobby')
      .catch((error) =>
        fail(
          `releaseRoom() rejected for a room that nobody holds (${error}). this.held.get(room) is undefined then, and there is nothing to do.`,
        ),
      );
    expect(bus.commands, 'A room was released that nobody holds. Wrong commands; there should be none.').toEqual([]);
    await node.retainRoom('lobby');
    expect(
      bus.listeners(channel),
      'A room was released that nobody held, and then held. Wrong number of subscriptions.',
    ).toBe(1);
  });
  check(
    'the last one leaves, and somebody comes back at once: still subscribed',
    async () => {
      const opened = await begin();
      const { node, bus } = opened;
      await node.retainRoom('lobby');
      const leaving = forLater(node.releaseRoom('lobby'));
      await node.retainRoom('lobby');
      await leaving;
      await settle();
      expect(
        bus.listeners(channel),
        'Hold, release, and hold again before the release had ended. Wrong number of subscriptions: after `await held.off`, look at the count again before you end anything.',
      ).toBe(1);
      expect(
        node.held.get('lobby')?.count,
        'Hold, release, and hold again before the release had ended. Wrong `count`: somebody is there.',
      ).toBe(1);
      await node.releaseRoom('lobby');
      isGone(opened, 'after the last release');
    },
    { hint: 2 },
  );
  check(
    'released before the subscription is acknowledged',
    async () => {
      const opened = await begin();
      const { node, bus } = opened;
      bus.held = [];
      const holding = forLater(node.retainRoom('lobby'));
      const leaving = forLater(node.releaseRoom('lobby'));
      await settle();
      bus.acknowledge();
      await holding;
      await within(
        leaving,
        'the end of releaseRoom(), after the bus has acknowledged the subscription',
        () => `The bus got ${show(bus.commands)}.`,
      );
      isGone(opened, 'after a release that came before the acknowledgement');
    },
    { hint: 2 },
  );
  check(
    'somebody comes back while the UNSUBSCRIBE is on its way',
    async () => {
      const { node, bus } = await begin();
      await node.retainRoom('lobby');
      bus.held = [];
      const leaving = forLater(node.releaseRoom('lobby'));
      await settle();
      const holding = forLater(node.retainRoom('lobby'));
      await settle();
      bus.acknowledge();
      await within(
        Promise.all([leaving, holding]),
        'the end of a release, and of a hold that came in the meantime',
        () => `The bus got ${show(bus.commands)}.`,
      );
      await settle();
      expect(
        bus.listeners(channel),
        `A room was held while its last subscription was ending (${bus.commands.join(', ')}). Wrong number of subscriptions. Delete the room from this.held before you await the end: then the new hold subscribes again.`,
      ).toBe(1);
      expect(
        node.held.get('lobby')?.count,
        'A room was held while its last subscription was ending. Wrong `count`: somebody is there.',
      ).toBe(1);
    },
    { hint: 2 },
  );
  check(
    'in and out, in and out, before anything is acknowledged',
    async () => {
      const opened = await begin();
      const { node, bus } = opened;
      bus.held = [];
      const all = [
        node.retainRoom('lobby'),
        node.releaseRoom('lobby'),
        node.retainRoom('lobby'),
        node.releaseRoom('lobby'),
      ];
      await settle();
      bus.acknowledge();
      await within(
        Promise.all(all),
        'the end of two holds and two releases',
        () => `The bus got ${show(bus.commands)}.`,
      );
      isGone(opened, 'after two holds and two releases, all before the acknowledgement');
      const [on, off] = ['SUBSCRIBE', 'UNSUBSCRIBE'].map(
        (verb) => bus.commands.filter((command) => command.startsWith(verb)).length,
      );
      expect(
        on,
        'Hold, release, hold, release, all before the first acknowledgement. This is the number of SUBSCRIBE commands: with two, two handlers listen for a while, and `typing` is heard twice. Forget the room only after the await.',
      ).toBe(1);
      expect(
        off,
        'Hold, release, hold, release, all before the first acknowledgement. This is the number of UNSUBSCRIBE commands. Both releases waited for the same subscription, and both found a count of 0: the second one should notice that this.held no longer has this entry.',
      ).toBe(1);
      await node.retainRoom('lobby');
      await settle();
      expect(
        [bus.listeners(channel), node.held.get('lobby')?.count],
        'After that somebody else held the room. Wrong number of subscriptions, and wrong `count`.',
      ).toEqual([1, 1]);
    },
    { hint: 2 },
  );
  check('people come and go, in one room after another', async () => {
    const opened = await begin();
    const { node, bus, come } = opened;
    const [ann, bob] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    ann.say({ type: 'join', room: 'kitchen' });
    await ann.heard();
    await settle();
    const subscriptions = () => [bus.listeners(channel), bus.listeners('chat:room:kitchen')];
    expect(
      subscriptions(),
      'Ann went from the lobby to the kitchen, and Bob is in the lobby. Wrong numbers of subscriptions (lobby, kitchen).',
    ).toEqual([1, 1]);
    bob.say({ type: 'join', room: 'kitchen' });
    await bob.heard();
    await settle();
    expect(
      subscriptions(),
      'Ann and Bob are in the kitchen, and nobody is in the lobby. Wrong numbers of subscriptions (lobby, kitchen).',
    ).toEqual([0, 1]);
    expect([...node.held.keys()], 'Ann and Bob are in the kitchen. Wrong rooms in this.held.').toEqual(['kitchen']);
  });
});
