/** A network that swallows what is sent, and ends no connection: a cable that was pulled, a firewall that has forgotten a connection. */
import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, onCleanUp, within } from '#kit';
import { Member } from '#day3/given/rooms.ts';
import { Probe } from '#day5/given/internals/probe.ts';
import { StreamBus } from '#day5/given/for-bonus/stream-bus.ts';
import { RedisBus } from '#solutions/day5-scaling/redis-bus.ts';
import { lineTo, redis } from '../../../day5-scaling/tests/helpers/line.ts';
import { openNode, until } from '../helpers/day5/nodes.ts';

async function onALine(Bus: typeof RedisBus | typeof StreamBus = RedisBus) {
  const line = await lineTo(redis.url);
  const bus = new Bus({ url: line.url, timeoutMs: 60, pingMs: 20 });
  onCleanUp(() => bus.close());
  await within(bus.connect(), 'the connections', () => String(bus.reason));
  await until(bus, 'up', 'once it is connected');
  return { line, bus };
}

exercise('day5 partition', (check) => {
  check('a probe that is wanted before the last one was answered is sent right after the answer', async () => {
    const sent: { text: string; answered: () => void }[] = [];
    const results: string[] = [];
    const probe = new Probe({
      timeoutMs: 1000,
      send: (text) => new Promise((answered) => sent.push({ text, answered })),
      succeeded: () => results.push('succeeded'),
      failed: () => results.push('failed'),
    });

    void probe.start();
    probe.isBack(sent[0].text); // it comes back on the other connection before the answer to PUBLISH
    probe.cancel(); // an error
    void probe.start(); // ready again
    expect(sent).toHaveLength(1); // a connection that doesn't answer gets nothing more
    sent[0].answered();
    await turn();

    expect(sent).toHaveLength(2);
    probe.isBack(sent[1].text);
    expect(results).toEqual(['succeeded', 'succeeded']);
  });

  check('both connections swallow everything from now on, new ones work: down, and up again by itself', async () => {
    const { line, bus } = await onALine();

    line.freeze();
    line.state.isFrozen = false; // new connections get through
    await until(bus, 'down', 'with connections that swallow everything');
    await until(bus, 'up', 'with new connections');

    const heard = new Promise((resolve) => void bus.subscribe('after', resolve).then(() => bus.publish('after', 'Hi')));
    expect(await within(heard, 'a text', () => String(bus.reason))).toBe('Hi');
  });

  const buses = redis.kind === 'stand-in' ? [RedisBus] : [RedisBus, StreamBus];
  for (const [Bus, number] of buses.flatMap((one) => [[one, 0] as const, [one, 1] as const]))
    check(`${Bus.name}: its connection ${number} alone, while rooms are opened all the time`, async () => {
      const { line, bus } = await onALine(Bus);

      line.freeze(true, number);
      await until(bus, 'down', 'with a connection that swallows everything');
      let count = 0;
      const heard = new Set<string>();
      const timer = setInterval(() => void bus.subscribe(`room ${++count}`, (text) => heard.add(text)), 20);
      onCleanUp(() => clearInterval(timer));
      await until(bus, 'up', 'with a new connection');
      clearInterval(timer);

      const other = new Bus({ url: redis.url, timeoutMs: 60_000 });
      onCleanUp(() => other.close());
      await other.connect();
      await until(other, 'up', 'on a line of its own');
      const rooms = Array.from({ length: count }, (_, i) => `room ${i + 1}`);
      // On a busy machine the bus may be down once more: its limits are short. Then the texts are sent again.
      const talking = (async () => {
        for (; heard.size < count; await turn()) for (const room of rooms) await other.publish(room, room);
      })();
      await within(talking, `a text in each of ${count} rooms`, () => `There came ${heard.size}. ${bus.reason ?? ''}`);
    });

  check('an attacker opens rooms all through an outage: few of them are kept, and afterwards all works', async () => {
    const line = await lineTo(redis.url);
    const bus = new RedisBus({ url: line.url });
    const { node, come } = await openNode('node-1', bus, { prefix: `partition ${process.pid}` });
    const ann = await come('Ann', 'lobby');
    const socket = { readyState: 1, bufferedAmount: 0, send() {} } as never;
    const attacker = new Member(socket, { userId: 'attacker', name: 'Attacker' });

    for (let i = 0; i < 3000; i++) {
      if (attacker.room !== undefined) node.chat.leave(attacker);
      await node.chat.joining(`room ${i}`, () => node.chat.join(attacker, `room ${i}`));
    }
    node.chat.leave(attacker);
    await turn();
    expect(node.held.size).toBeLessThan(1100);
    const bob = await come('Bob', 'the last room');

    await within(bus.connect(), 'the connections', () => String(bus.reason));
    await until(bus, 'up', 'after the attack');
    const other = await openNode('node-2', await connected(), { prefix: `partition ${process.pid}` });
    for (const [one, room] of [
      [ann, 'lobby'],
      [bob, 'the last room'],
    ] as const) {
      const far = await other.come('Cleo', room);
      far.say({ type: 'chat', text: `in ${room}` });
      await one.upToText(`in ${room}`);
    }
    while (node.held.size > 2) await turn();
  });
});

/** Another bus on the same Redis, up. */
async function connected(): Promise<RedisBus> {
  const bus = new RedisBus({ url: redis.url });
  await bus.connect();
  await until(bus, 'up', 'for the other node');
  return bus;
}
