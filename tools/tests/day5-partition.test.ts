/** A network that swallows what is sent, and ends no connection: a cable that was pulled, a firewall that has forgotten a connection. */
import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, onCleanUp, within } from '#kit';
import { RedisBus } from '#solutions/day5-scaling/redis-bus.ts';
import { lineTo, redis } from '../../day5-scaling/tests/helpers/line.ts';
import { until } from './helpers/day5/nodes.ts';

async function onALine() {
  const line = await lineTo(redis.url);
  const bus = new RedisBus({ url: line.url, timeoutMs: 60, pingMs: 20 });
  onCleanUp(() => bus.close());
  await within(bus.connect(), 'the connections', () => String(bus.reason));
  await until(bus, 'up', 'once it is connected');
  return { line, bus };
}

exercise('day5 partition', (check) => {
  check('both connections swallow everything from now on, new ones work: down, and up again by itself', async () => {
    const { line, bus } = await onALine();

    line.freeze();
    line.state.isFrozen = false; // new connections get through
    await until(bus, 'down', 'with connections that swallow everything');
    await until(bus, 'up', 'with new connections');

    const heard = new Promise((resolve) => void bus.subscribe('after', resolve).then(() => bus.publish('after', 'Hi')));
    expect(await within(heard, 'a text', () => String(bus.reason))).toBe('Hi');
  });

  for (const [number, which] of ['publishes', 'listens'].entries())
    check(`the same with the connection that ${which} alone, while rooms are opened all the time`, async () => {
      const { line, bus } = await onALine();

      line.freeze(true, number);
      await until(bus, 'down', 'with a connection that swallows everything');
      let count = 0;
      const heard = new Set<string>();
      const timer = setInterval(() => void bus.subscribe(`room ${++count}`, (text) => heard.add(text)), 20);
      onCleanUp(() => clearInterval(timer));
      await until(bus, 'up', 'with a new connection');
      clearInterval(timer);

      const other = new RedisBus({ url: redis.url, timeoutMs: 60_000 });
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
});
