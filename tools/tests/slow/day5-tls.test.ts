/** A Redis that speaks TLS: an address with rediss:, the right certificate, and a wrong one. */
import { afterAll, expect, onTestFinished, test } from 'vitest';
import type { RedisOptions } from '#day5/given/internals/redis-options.ts';
import { RedisBus } from '#solutions/day5-scaling/redis-bus.ts';
import { busContract } from '../helpers/day5/bus-contract.ts';
import { onALine } from '../helpers/day5/on-a-line.ts';
import { startTlsRedis } from '../helpers/redis-tls.ts';
import { startServer, type Started } from '../helpers/start-server.ts';

const SERVER = 'day5-scaling/server.ts';
const redis = await startTlsRedis();
if (typeof redis === 'string') {
  console.log(`Redis with TLS: skipped, ${redis}.`);
  test.skip('Redis with TLS', () => {});
} else {
  afterAll(redis.stop);
  const { url, password, certificate, ca } = redis;

  const overTls = (options: RedisOptions): RedisBus => {
    const bus = new RedisBus(options);
    Object.assign(bus.settings.socket!, { ca });
    return bus;
  };
  busContract('RedisBus over TLS', async () => onALine(url, overTls));

  const start = async (env: NodeJS.ProcessEnv, args: string[] = []): Promise<Started> => {
    const server = await startServer(SERVER, { solution: true, env: { REDIS_URL: url, ...env }, args });
    onTestFinished(server.stop);
    return server;
  };

  test.each([[[]], [['--stream']]])('server.ts %j with the certificate: up', async (args) => {
    const server = await start({ NODE_EXTRA_CA_CERTS: certificate }, args);
    await expect.poll(server.output, { timeout: 20_000 }).toContain('Redis: up.');
    expect(server.output()).not.toContain(password);
  });

  test('server.ts without the certificate: one line with the reason, without the password and without a stack', async () => {
    const server = await start({});
    await expect.poll(server.output, { timeout: 20_000 }).toContain('Redis: down.');
    const [line, ...more] = server
      .output()
      .split('\n')
      .filter((one) => one.startsWith('Redis'));
    expect(line).toMatch(/^Redis: down\. .*self-signed certificate.*NODE_EXTRA_CA_CERTS/);
    expect(more).toEqual([]);
    expect(server.output()).not.toContain(password);
    expect(server.output()).not.toMatch(/^\s+at /m);
  });
}
