/** A Redis that answers, and doesn't do its work: the bus is down, and says why in Redis's own words. */
import { createClient } from '@redis/client';
import { exercise, expect, onCleanUp, within } from '#kit';
import type { RedisClient } from '#day5/given/redis-link.ts';
import { RedisBus } from '#solutions/day5-scaling/redis-bus.ts';
import { startRedis } from '#tools/brokers/redis.ts';
import { redis } from '../../day5-scaling/tests/helpers/line.ts';
import { until } from './helpers/day5/nodes.ts';

/** Resolves when the bus gives a reason that fits. */
async function reasonOf(bus: RedisBus, fits: RegExp): Promise<void> {
  const looking = async (): Promise<void> => {
    while (!fits.test(bus.reason ?? '')) await new Promise((resolve) => setImmediate(resolve));
  };
  await within(looking(), `a reason like ${fits}`, () => `${bus.status}: ${bus.reason}`);
}

async function admin(url: string) {
  const client = createClient({ url });
  client.on('error', () => {});
  await client.connect();
  onCleanUp(() => client.destroy());
  return client;
}

exercise('day5 refusals', (check) => {
  if (redis.kind === 'stand-in') console.log("A user without channels' rights: skipped. The stand-in has no users.");
  else
    check('a user who may use no channel: never up, with the reason; up when the right is given', async () => {
      const own = await startRedis();
      onCleanUp(() => own.stop());
      const root = await admin(own.url);
      await root.sendCommand(['ACL', 'SETUSER', 'app', 'on', '>pw', '+@all', '~*', 'resetchannels']);
      const bus = new RedisBus({ url: own.url.replace('//', '//app:pw@'), pingMs: 30 });
      onCleanUp(() => bus.close());
      const changes: string[] = [];
      bus.onStatus((status) => changes.push(status));

      await bus.connect();
      await reasonOf(bus, /NOPERM/);
      expect(changes).toEqual([]);

      await root.sendCommand(['ACL', 'SETUSER', 'app', 'allchannels']);
      await until(bus, 'up', 'with the right to use channels');
      expect(changes).toEqual(['up']);
    });
  check('the two connections lead to two different Redis: down, and the reason says so', async () => {
    const [one, two] = [await startRedis(), await startRedis()];
    onCleanUp(() => Promise.all([one.stop(), two.stop()]).then(() => {}));
    const bus = new RedisBus({ url: one.url, pingMs: 30, timeoutMs: 200 });
    onCleanUp(() => bus.close());
    bus.publisher = (await admin(one.url)) as RedisClient;
    bus.subscriber = (await admin(two.url)) as RedisClient;

    bus.check();
    await reasonOf(bus, /do not come back/);

    expect(bus.status).toBe('down');
  });
  check('a malformed address: the password is not in the message', () => {
    for (const url of [
      'redis://user:secret@host:99999',
      'http://:secret@host',
      'redis://:se@cret@ho st',
      ':secret@host',
    ]) {
      expect(() => new RedisBus({ url })).toThrow(/is not the address of a Redis/);
      expect(() => new RedisBus({ url })).not.toThrow(/cret/);
    }
  });
  check('an address that no client takes: connect() rejects, and the reason is not about an exercise', async () => {
    const bus = new RedisBus({ url: `${redis.url}/abc` });
    onCleanUp(() => bus.close());

    await bus.connect().catch((error) => bus.check(error));

    expect(bus.status).toBe('down');
    expect(bus.reason).toMatch(/pathname/i);
  });
});
