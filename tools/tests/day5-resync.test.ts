/** After an outage: one resync, in slices, also in a room with 5,000 members. Fake sockets, and no clock. */
import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, onCleanUp } from '#kit';
import { Member } from '#day3/given/rooms.ts';
import type { ServerMessage, User } from '#day3/given/server-messages.ts';
import { MemoryBroker, MemoryBus } from '../../day5-scaling/tests/helpers/memory-bus.ts';
import { openNode } from './helpers/day5/nodes.ts';

const MEMBERS = 5000;

/** A node with many members in one room. Their sockets remember what is sent to them. */
async function begin(members: number) {
  const broker = new MemoryBroker();
  const bus = new MemoryBus(broker);
  await bus.connect();
  const { node } = await openNode('node-1', bus);
  const heard: string[][] = [];
  /** characters that were sent in each turn of the event loop */
  const perTurn = [0];
  /** how often the list of people was turned into JSON, seen by the first user in it */
  const lists = { count: 0 };
  let ticking = setImmediate(function tick() {
    perTurn.push(0);
    ticking = setImmediate(tick);
  });
  onCleanUp(() => clearImmediate(ticking));
  const newMember = (user: User): Member => {
    const mine: string[] = [];
    heard.push(mine);
    const send = (text: string): void => {
      mine.push(text);
      perTurn[perTurn.length - 1] += text.length;
    };
    return new Member({ readyState: 1, OPEN: 1, bufferedAmount: 0, send } as never, user);
  };
  const all = Array.from({ length: members }, (_, i) => {
    const user: User = { userId: `user-${i}`, name: `Somebody called ${i}` };
    if (i === 0) Object.assign(user, { toJSON: () => (lists.count++, { userId: 'user-0', name: 'First' }) });
    return newMember(user);
  });
  for (const member of all) {
    node.chat.rooms.add('lobby', member);
  }
  const parsed = (i: number): ServerMessage[] => heard[i].map((text) => JSON.parse(text));
  const types = (i: number): string[] => parsed(i).map(({ type }) => type);
  const count = (type: string): number => heard.flat().filter((text) => text.startsWith(`{"type":"${type}"`)).length;
  const quiet = async (): Promise<void> => {
    for (let last = -1, now = heard.flat().length; last !== now; last = now, now = heard.flat().length)
      for (let i = 0; i < 5; i++) await turn();
  };
  const outage = (): void => {
    broker.set(true);
    broker.set(false);
  };
  return { broker, node, all, newMember, heard, perTurn, lists, parsed, types, count, quiet, outage };
}

exercise('day5 resync', (check) => {
  check('5,000 members in one room: each gets one init, in slices, and the list is serialized once', async () => {
    const { perTurn, lists, count, types, parsed, quiet, outage } = await begin(MEMBERS);

    outage();
    const atOnce = count('init');
    await quiet();

    expect(atOnce, 'init messages in the turn in which the bus came back').toBeLessThan(100);
    expect(Math.max(...perTurn), 'characters sent in one turn').toBeLessThan(3_000_000);
    expect(lists.count).toBe(1);
    expect(count('init')).toBe(MEMBERS);
    expect(types(0)).toEqual(['error', 'gap', 'init']);
    expect(types(MEMBERS - 1)).toEqual(['error', 'gap', 'init']);
    const [, , init] = parsed(MEMBERS - 1);
    expect(init).toMatchObject({ type: 'init', room: 'lobby', userId: `user-${MEMBERS - 1}` });
    expect(init.type === 'init' && init.onlineUsers.length).toBe(MEMBERS);
  });
  check('the bus goes down and up again during a resync: one resync goes on, and nobody is left out', async () => {
    const { broker, perTurn, heard, count, types, quiet, outage } = await begin(1000);

    outage();
    await turn();
    const before = count('init');
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(1000);
    broker.set(true);
    for (let i = 0; i < 5; i++) await turn();
    expect(count('init'), 'while the bus is down, nobody is sent a list that is about to be wrong').toBe(before);
    outage();
    await quiet();

    expect(count('init'), 'those who had theirs before the second outage get another one').toBe(before + 1000);
    for (const i of [0, 999]) expect(types(i).filter((type) => type === 'gap')).toHaveLength(2);
    for (const i of heard.keys()) expect(types(i).at(-1)).toBe('init');
    expect(Math.max(...perTurn)).toBeLessThan(3_000_000);
  });
  check('somebody comes, and somebody goes, during a resync: the lists that follow say so', async () => {
    const { node, all, newMember, parsed, types, quiet, outage } = await begin(1000);

    outage();
    await turn();
    node.chat.leave(all[500]);
    node.chat.join(newMember({ userId: 'late', name: 'Late' }), 'lobby');
    await quiet();

    const last = parsed(999).at(-1)!;
    const names = last.type === 'init' ? last.onlineUsers.map(({ userId }) => userId) : [];
    expect(names).toContain('late');
    expect(names).not.toContain('user-500');
    expect(types(500), 'somebody who has left gets nothing more').not.toContain('init');
    expect(types(1000), 'somebody who has just come has an init already').toEqual(['init']);
  });
});
