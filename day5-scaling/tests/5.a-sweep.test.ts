import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fakeClock, load, onCleanUp } from '#kit';
import type { ServerMessage } from '#day3/given/server-messages.ts';
import { openNode, ScriptedBus } from './helpers/subject.ts';

exercise('5.a Presence.sweep', (check) => {
  /** A node with Ann in the lobby, and a clock. `report` sends what another node says about its people. */
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
    const report = (node: string, fields: object) =>
      bus.feed('chat:presence', JSON.stringify({ v: 1, node, epoch: 'e', version: 0, ...fields }));
    const people = (...names: string[]) => names.map((name) => ({ room: 'lobby', userId: `id of ${name}`, name }));
    return { ...opened, presence, ann, clock, report, people };
  };
  const names = (messages: ServerMessage[]) =>
    messages.map((message) => `${message.type} ${'name' in message ? message.name : ''}`);

  check('a node that is silent for ttlMs is forgotten, with its people', async () => {
    const { presence, ann, clock, report, people } = await begin();
    report('node-2', { type: 'all', people: people('Bob', 'Cleo') });
    expect(names(await ann.heard()), 'Another node reported its people. Wrong messages for Ann.').toEqual([
      'joined Bob',
      'joined Cleo',
    ]);
    clock.advance(12_000);
    presence.sweep();
    expect(
      names(await ann.heard()),
      'The other node has been silent for 12,000 ms, and ttlMs is 12,000. Ann should hear that its people have left: this.forget(name) tells everyone.',
    ).toEqual(['left Bob', 'left Cleo']);
    expect(presence.users('lobby'), 'The other node has been forgotten. Wrong people on other nodes.').toEqual([]);
    presence.sweep();
    expect(
      [...presence.others.keys()],
      'A node was forgotten, and sweep() was called again. Wrong nodes in this.others.',
    ).toEqual([]);
    expect(
      names(await ann.heard()),
      'A node was forgotten, and sweep() was called again. Ann heard of it a second time.',
    ).toEqual([]);
  });
  check(
    'a moment before that, it is still there',
    async () => {
      const { presence, ann, clock, report, people } = await begin();
      report('node-2', { type: 'all', people: people('Bob') });
      await ann.heard();
      clock.advance(11_999);
      presence.sweep();
      expect(
        names(await ann.heard()),
        'A node has been silent for 11,999 ms, and ttlMs is 12,000: it is too early to forget it. heardAt is by performance.now(); Date.now() is another clock.',
      ).toEqual([]);
      expect(
        presence.users('lobby').map(({ name }) => name),
        'A node has been silent for 11,999 ms, and ttlMs is 12,000. Wrong people on other nodes.',
      ).toEqual(['Bob']);
      clock.advance(1);
      presence.sweep();
      expect(
        names(await ann.heard()),
        'sweep() was called after 11,999 ms and again after 12,000 ms of silence. The first call must not change heardAt: only a report of that node does.',
      ).toEqual(['left Bob']);
    },
    { hint: 2 },
  );
  check(
    'a node without people is forgotten, too',
    async () => {
      const { presence, clock, report } = await begin();
      report('node-2', { type: 'all', people: [] });
      clock.advance(12_000);
      presence.sweep();
      expect(
        [...presence.others.keys()],
        'A node without people has been silent for ttlMs. Wrong nodes in this.others: it is dead, too.',
      ).toEqual([]);
    },
    { hint: 2 },
  );
  check(
    'a node that reports in time stays',
    async () => {
      const { presence, ann, clock, report, people } = await begin();
      report('node-2', { type: 'all', people: people('Bob') });
      await ann.heard();
      for (let i = 0; i < 4; i++) {
        clock.advance(11_000);
        report('node-2', { type: 'alive' });
        clock.advance(2000);
        presence.sweep();
      }
      expect(
        names(await ann.heard()),
        'At each sweep the other node had been silent for 2 s, and ttlMs is 12 s. Ann should hear nothing: compare with heardAt, not with the last sweep.',
      ).toEqual([]);
    },
    { hint: 2 },
  );
  check(
    'only the silent nodes are forgotten',
    async () => {
      const { presence, ann, clock, report, people } = await begin();
      report('node-2', { type: 'all', people: people('Bob') });
      report('node-3', { type: 'all', people: people('Cleo') });
      report('node-4', { type: 'all', people: people('Dan') });
      await ann.heard();
      clock.advance(7000);
      report('node-3', { type: 'alive' });
      clock.advance(5000);
      presence.sweep();
      expect(
        names(await ann.heard()).sort(),
        'Of three nodes, two have been silent for 12 s and one for 5 s. Only the people of those two have left: look at each node.',
      ).toEqual(['left Bob', 'left Dan']);
      expect(
        presence.users('lobby').map(({ name }) => name),
        'Of three nodes, one is alive. Wrong people on other nodes.',
      ).toEqual(['Cleo']);
    },
    { hint: 2 },
  );
  check(
    'people who are on another node as well have not left',
    async () => {
      const { node, presence, ann, clock, report, people } = await begin();
      const [me] = node.chat.rooms.users('lobby');
      report('node-2', { type: 'all', people: [...people('Bob'), { room: 'lobby', ...me }] });
      report('node-3', { type: 'all', people: people('Bob') });
      await ann.heard();
      clock.advance(7000);
      report('node-3', { type: 'alive' });
      clock.advance(5000);
      presence.sweep();
      expect(
        names(await ann.heard()),
        'Bob was on two nodes, and Ann on one of them and here. One node is forgotten. Ann should hear nothing, because both are still there: this.forget(name) knows that.',
      ).toEqual([]);
    },
    { hint: 2 },
  );
  check('without other nodes nothing happens', async () => {
    const { presence, ann, clock } = await begin();
    clock.advance(60_000);
    presence.sweep();
    expect(names(await ann.heard()), 'This is the only node, and sweep() was called. Ann should hear nothing.').toEqual(
      [],
    );
    await turn();
  });
});
