/** A Redis that answers but doesn't do its work: the bus is down, and says why in Redis's own words. */
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { createClient } from '@redis/client';
import { exercise, expect, onCleanUp, serveTcp, within } from '#kit';
import { StreamBus } from '#day5/given/for-bonus/stream-bus.ts';
import { inWords } from '#day5/given/internals/reasons.ts';
import type { RedisClient } from '#day5/given/internals/redis-options.ts';
import { RedisBus } from '#solutions/day5-scaling/redis-bus.ts';
import { startRedis } from '#tools/brokers/redis.ts';
import { redis } from '../../../day5-scaling/tests/helpers/line.ts';
import { until } from '../helpers/day5/nodes.ts';

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
  if (redis.kind === 'stand-in') console.log('Users and replicas: skipped. The stand-in has none.');
  else {
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

    check('the canary uses the prefix: a user who may use only these channels is enough', async () => {
      const own = await startRedis();
      onCleanUp(() => own.stop());
      const root = await admin(own.url);
      await root.sendCommand(['ACL', 'SETUSER', 'app', 'on', '>pw', '+@all', '~*', 'resetchannels', '&mine:*']);
      const bus = new RedisBus({ url: own.url.replace('//', '//app:pw@'), pingMs: 30, prefix: 'mine' });
      onCleanUp(() => bus.close());

      await bus.connect();

      await until(bus, 'up', 'with the right to use the channels of its prefix');
    });

    check('the rights in the lesson are enough, also for a Stream', async () => {
      const own = await startRedis();
      onCleanUp(() => own.stop());
      const lesson = readFileSync(new URL('../../../day5-scaling/README.md', import.meta.url), 'utf8');
      const [, words] = /`ACL (SETUSER chat on >password [^`]*)`/.exec(lesson) ?? [];
      await (await admin(own.url)).sendCommand(['ACL', ...words.split(' ')]);
      for (const Bus of [RedisBus, StreamBus]) {
        const bus = new Bus({ url: own.url.replace('//', '//chat:password@'), pingMs: 30, name: 'node-1' });
        onCleanUp(() => bus.close());

        await bus.connect();
        await until(bus, 'up', 'with these rights');
        const heard = new Promise<string>(
          (resolve) => void bus.subscribe('chat:room:lobby', resolve).then(() => bus.publish('chat:room:lobby', 'Hi')),
        );

        expect(await within(heard, 'the text', () => `${bus.status}: ${bus.reason}`)).toBe('Hi');
      }
    });

    check('a replica: never up, with the reason; up when it becomes a master', async () => {
      const [master, replica] = [await startRedis(), await startRedis()];
      onCleanUp(() => Promise.all([master.stop(), replica.stop()]).then(() => {}));
      const root = await admin(replica.url);
      const { hostname, port } = new URL(master.url);
      await root.sendCommand(['REPLICAOF', hostname, port]);
      const bus = new RedisBus({ url: replica.url, pingMs: 30 });
      onCleanUp(() => bus.close());
      const changes: string[] = [];
      bus.onStatus((status) => changes.push(status));

      await bus.connect();
      await reasonOf(bus, /replica/);
      expect(changes).toEqual([]);

      await root.sendCommand(['REPLICAOF', 'NO', 'ONE']);
      await until(bus, 'up', 'as a master');
      expect(changes).toEqual(['up']);
    });

    check(
      'a master becomes a replica: down, with the reason; a Stream keeps what is said until it is a master',
      async () => {
        const [own, other] = [await startRedis(), await startRedis()];
        onCleanUp(() => Promise.all([own.stop(), other.stop()]).then(() => {}));
        const root = await admin(own.url);
        const [plain, stream] = [RedisBus, StreamBus].map((Bus) => new Bus({ url: own.url, pingMs: 30 }));
        onCleanUp(() => Promise.all([plain.close(), stream.close()]).then(() => {}));
        await Promise.all([plain, stream].map((bus) => bus.connect()));
        await Promise.all([plain, stream].map((bus) => until(bus, 'up', 'on a master')));
        const texts: string[] = [];
        await stream.subscribe('room', (text) => texts.push(text));
        const { hostname, port } = new URL(other.url);

        await root.sendCommand(['REPLICAOF', hostname, port]);
        const publishing = stream.publish('room', 'Hi');
        await Promise.all([reasonOf(plain, /replica/), reasonOf(stream, /READONLY|replica/)]);
        await expect(plain.publish('room', 'Hi')).rejects.toThrow(/replica/);

        await root.sendCommand(['REPLICAOF', 'NO', 'ONE']);
        await Promise.all([plain, stream].map((bus) => until(bus, 'up', 'as a master again')));
        await publishing;
        const heard = async (): Promise<void> => {
          while (texts.length === 0) await new Promise((resolve) => setImmediate(resolve));
        };
        await within(heard(), 'the text of the outage', () => `${stream.status}: ${stream.reason}`);
        expect(texts).toEqual(['Hi']);
      },
    );

    check('a failover behind one address: the bus connects again, and so to the new master', async () => {
      const [old, next] = [await startRedis(), await startRedis()];
      onCleanUp(() => Promise.all([old.stop(), next.stop()]).then(() => {}));
      let target = old.url; // as of a name or a load balancer
      const server = createServer((near) => {
        const far = connect(Number(new URL(target).port), '127.0.0.1');
        for (const [from, to] of [[near, far] as const, [far, near] as const])
          from
            .on('error', () => {})
            .on('close', () => to.destroy())
            .pipe(to);
        onCleanUp(() => void near.destroy());
      });
      const bus = new RedisBus({ url: `redis://127.0.0.1:${await serveTcp(server)}`, pingMs: 30 });
      onCleanUp(() => bus.close());
      await bus.connect();
      await until(bus, 'up', 'on the old master');
      const { hostname, port } = new URL(next.url);

      target = next.url;
      await (await admin(old.url)).sendCommand(['REPLICAOF', hostname, port]);
      await until(bus, 'down', 'on what is a replica now');
      await until(bus, 'up', 'on the new master');

      expect(String(await (await admin(next.url)).sendCommand(['PUBSUB', 'CHANNELS']))).toMatch(/chat:canary/);
    });
  }
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
  check('a malformed address is refused with the reason, which does not repeat the password', () => {
    for (const [url, reason] of [
      ['redis://user:secret@host:99999', /port .* number from 1 to 65535/],
      ['redis://user:secret@host/abc', /number of a database/],
      ['http://:secret@host', /not the address of a Redis/],
      ['redis://:se@cret@ho st', /not the address of a Redis|cannot be read/],
      [':secret@host', /not the address of a Redis/],
    ] as const) {
      expect(() => new RedisBus({ url })).toThrow(reason);
      expect(() => new RedisBus({ url })).not.toThrow(/cret/);
    }
  });
  check('an address with rediss: that gets no answer: the reason asks about TLS', () => {
    expect(inWords(new Error('Connection timeout'))).toMatch(/TLS/);
  });
});
