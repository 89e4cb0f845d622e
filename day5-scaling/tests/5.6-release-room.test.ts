import { exercise, expect, fail, show, within } from '#kit';
import { openNode } from './helpers/subject.ts';
import { channel, settle } from './helpers/settle.ts';

exercise('5.6 ChatNode.releaseRoom', (check) => {
  const begin = () => openNode(['releaseRoom']);
  /** A room that nobody holds is in no map and on no channel. */
  const isGone = ({ node, bus }: Awaited<ReturnType<typeof begin>>, when: string) => {
    expect(
      bus.listeners(channel),
      `Wrong number of subscriptions ${when}: a room with nobody in it costs Redis and this node a copy of all that is said there.`,
    ).toBe(0);
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
    if (isDone)
      fail(
        'releaseRoom() has resolved before the bus has acknowledged the end of the subscription: it awaits what `off` gave, and off() itself.',
      );
    bus.acknowledge();
    await within(leaving, 'the end of releaseRoom()', () => show(bus.commands));
    isGone(opened, 'after one hold and its release');
  });
  check('not the last one: nothing happens', async () => {
    const { node, bus } = await begin();
    await node.retainRoom('lobby');
    await node.retainRoom('lobby');
    await node.releaseRoom('lobby');
    expect(bus.commands, 'Wrong commands after two holds and one release: somebody is still there.').toEqual([
      `SUBSCRIBE ${channel}`,
    ]);
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
    expect(
      bus.listeners(channel),
      'Wrong number of subscriptions after hold, release, hold, in one go: who has come back hears nothing, or all twice.',
    ).toBe(1);
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
    const all = [
      node.retainRoom('lobby'),
      node.releaseRoom('lobby'),
      node.retainRoom('lobby'),
      node.releaseRoom('lobby'),
    ];
    await settle();
    bus.acknowledge();
    await within(Promise.all(all), 'the end of two holds and two releases', () => show(bus.commands));
    isGone(opened, 'after two holds and two releases, all before the acknowledgement');
    const [on, off] = ['SUBSCRIBE', 'UNSUBSCRIBE'].map(
      (verb) => bus.commands.filter((command) => command.startsWith(verb)).length,
    );
    expect(
      on,
      'Wrong number of SUBSCRIBE for two holds, both before the first is acknowledged: with two, two handlers listen for a while, and `typing` is heard twice. Look at the count again after the await, before the room is forgotten.',
    ).toBe(1);
    expect(
      off,
      `Wrong number of UNSUBSCRIBE, after ${on} SUBSCRIBE: each subscription ends once. Two releases waited for the same \`off\`, and both found a count of 0; the second has to find the room forgotten.`,
    ).toBe(on);
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
    await within(Promise.all([leaving, holding]), 'the end of a release, and of a hold that came meanwhile', () =>
      show(bus.commands),
    );
    await settle();
    expect(
      bus.listeners(channel),
      `Wrong number of subscriptions for somebody who came back while the end of the last one was under way (${bus.commands.join(', ')}): delete the room from this.held before you await off().`,
    ).toBe(1);
    expect(
      node.held.get('lobby')?.count,
      'Wrong `count` for somebody who came back while the end of the last subscription was under way.',
    ).toBe(1);
  });
  check('a room that nobody holds: nothing happens', async () => {
    const { node, bus } = await begin();
    await node
      .releaseRoom('lobby')
      .catch((error) =>
        fail(
          `releaseRoom() has rejected for a room that nobody holds (${error}): this.held.get gives undefined there, and there is nothing to do.`,
        ),
      );
    expect(bus.commands, 'Wrong commands for the release of a room that nobody holds.').toEqual([]);
    await node.retainRoom('lobby');
    expect(bus.listeners(channel), 'Wrong number of subscriptions for the first hold, after a release too many.').toBe(
      1,
    );
  });
  check('people come and go, in one room after another', async () => {
    const opened = await begin();
    const { node, bus, come } = opened;
    const [ann, bob] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    ann.say({ type: 'join', room: 'kitchen' });
    await ann.heard();
    await settle();
    expect(
      [bus.listeners(channel), bus.listeners('chat:room:kitchen')],
      'Wrong subscriptions (lobby, kitchen) with one person in each.',
    ).toEqual([1, 1]);
    bob.say({ type: 'join', room: 'kitchen' });
    await bob.heard();
    await settle();
    expect(
      [bus.listeners(channel), bus.listeners('chat:room:kitchen')],
      'Wrong subscriptions (lobby, kitchen) with both in the kitchen.',
    ).toEqual([0, 1]);
    expect([...node.held.keys()], 'Wrong rooms in this.held.').toEqual(['kitchen']);
  });
});
