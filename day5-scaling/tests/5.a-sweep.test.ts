import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fakeClock, load, onCleanUp } from '#kit';
import type { ServerMessage } from '#day3/given/server-messages.ts';
import { openNode, ScriptedBus } from './helpers/subject.ts';

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
    const report = (node: string, fields: object) =>
      bus.feed('chat:presence', JSON.stringify({ v: 1, node, epoch: 'e', version: 0, ...fields }));
    const people = (...names: string[]) => names.map((name) => ({ room: 'lobby', userId: `id of ${name}`, name }));
    return { ...opened, presence, ann, clock, report, people };
  };
  const names = (messages: ServerMessage[]) =>
    messages.map((message) => `${message.type} ${'name' in message ? message.name : ''}`);

  check('a node that was silent for ttlMs is gone, and its people with it', async () => {
    const { presence, ann, clock, report, people } = await begin();
    report('node-2', { type: 'all', people: people('Bob', 'Cleo') });
    expect(names(await ann.heard()), 'Wrong messages when another node tells of its people.').toEqual([
      'joined Bob',
      'joined Cleo',
    ]);
    clock.advance(12_000);
    presence.sweep();
    expect(
      names(await ann.heard()),
      'Wrong messages after ttlMs (12,000 ms) without a sign of life from the other node: its people are told as left.',
    ).toEqual(['left Bob', 'left Cleo']);
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
    expect(
      names(await ann.heard()),
      'Wrong messages after 11,999 ms of silence, where ttlMs is 12,000 (heardAt is by performance.now(); Date.now() is another clock).',
    ).toEqual([]);
    expect(
      presence.users('lobby').map(({ name }) => name),
      'Wrong users elsewhere after 11,999 ms of silence.',
    ).toEqual(['Bob']);
    clock.advance(1);
    presence.sweep();
    expect(names(await ann.heard()), 'Wrong messages 1 ms later: a sweep is no sign of life.').toEqual(['left Bob']);
  });
  check('a node with nobody on it is forgotten like any other', async () => {
    const { presence, clock, report } = await begin();
    report('node-2', { type: 'all', people: [] });
    clock.advance(12_000);
    presence.sweep();
    expect(
      [...presence.others.keys()],
      'Wrong nodes in this.others, where one with nobody on it was silent for ttlMs: it is dead, too.',
    ).toEqual([]);
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
    expect(
      names(await ann.heard()),
      'Wrong messages where a sign of life comes every 13 s, with a ttlMs of 12 s, each 11 s after the last sweep at the latest.',
    ).toEqual([]);
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
    expect(
      names(await ann.heard()).sort(),
      'Wrong messages where two of three nodes have been silent for 12 s, the third for 5 s.',
    ).toEqual(['left Bob', 'left Dan']);
    expect(
      presence.users('lobby').map(({ name }) => name),
      'Wrong users elsewhere, with one of three other nodes alive.',
    ).toEqual(['Cleo']);
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
    expect(
      names(await ann.heard()),
      'Bob is on two nodes, and one of them is gone; Ann was there, too, and is here: for the people here nothing has changed.',
    ).toEqual([]);
  });
  check('nobody else: nothing happens', async () => {
    const { presence, ann, clock } = await begin();
    clock.advance(60_000);
    presence.sweep();
    expect(names(await ann.heard()), 'Wrong messages where there is no other node.').toEqual([]);
    await turn();
  });
});
