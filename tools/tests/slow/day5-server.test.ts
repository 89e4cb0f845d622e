/** Day 5's server on the command line: what it says about Redis, and one line for each mistake. */
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { startRedis } from '#tools/brokers/redis.ts';
import { clusterMissing, startCluster } from '#tools/brokers/redis-cluster.ts';
import { runToEnd, startServer } from '#tools/tests/helpers/start-server.ts';

const SERVER = 'day5-scaling/server.ts';

const solution = true;

test('a wrong address, a wrong flag, a Stream on the stand-in: one line and exit code 1', async () => {
  const redis = await startRedis({ standIn: true });
  onTestFinished(redis.stop);
  const cases: [string[], NodeJS.ProcessEnv, RegExp][] = [
    [[], { REDIS_URL: 'http://127.0.0.1' }, /^REDIS_URL: That is not the address of a Redis/],
    [['--streem'], {}, /^Unknown flag --streem\..*--stream/],
    [
      ['--stream'],
      { REDIS_URL: redis.url },
      /^--stream needs a real Redis, and what listens at redis:.* is the stand-in\./,
    ],
  ];
  const answers = await Promise.all(
    cases.map(([args, env]) => runToEnd(SERVER, ['--port', '0', ...args], { solution, env })),
  );
  answers.forEach(({ code, stdout, stderr }, i) => {
    expect(stderr).toMatch(cases[i][2]);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});

test('without a Redis it says so once, serves, and ends with exit code 0', async () => {
  const env = { REDIS_URL: 'redis://127.0.0.1:1' };
  const [one, other] = await Promise.all([1, 2].map(() => startServer(SERVER, { solution, env })));
  onTestFinished(() => Promise.all([one.stop(), other.stop()]).then(() => {}));
  await expect.poll(one.output, { timeout: 20_000 }).toContain('Redis: down.');
  const health = await Promise.all([one, other].map(async ({ url }) => (await fetch(`${url}/healthz`)).json()));
  expect(health[0]).toMatchObject({ ready: false, bus: 'down' });
  expect(health[0].node).not.toBe(health[1].node); // with any free port, too
  await one.stop();
  if (process.platform !== 'win32') expect(one.exitCode()).toBe(0);
  expect(one.output().match(/Redis:/g)).toHaveLength(1);
});

test('rediss: in front of a Redis without TLS: one line, with the reason and without the password', async () => {
  const redis = await startRedis();
  onTestFinished(redis.stop);
  const env = { REDIS_URL: redis.url.replace('redis://', 'rediss://:open-sesame@') };
  const server = await startServer(SERVER, { solution, env });
  onTestFinished(server.stop);
  await expect.poll(server.output, { timeout: 30_000 }).toContain('Redis:');
  expect(server.output()).toMatch(/^Redis: down\. .*TLS.*$/m);
  expect(server.output()).not.toContain('open-sesame');
});

test.skipIf(process.platform === 'win32')(
  'stopped in an outage: its people and the log are told that the others did not get everything',
  async () => {
    const server = await startServer(SERVER, { solution, env: { REDIS_URL: 'redis://127.0.0.1:1' } });
    onTestFinished(server.stop);
    const answer = await fetch(`${server.url}/token`, { method: 'POST', body: JSON.stringify({ name: 'Ann' }) });
    const { token } = (await answer.json()) as { token: string };
    const ann = new WebSocket(server.ws, ['chat', `token.${token}`]);
    const heard: string[] = [];
    ann.on('message', (data) => heard.push(String(data)));
    await once(ann, 'open');
    ann.send('{"type":"join","room":"lobby"}');
    ann.send('{"type":"chat","text":"Hi"}');
    await expect.poll(() => heard.at(-1), { timeout: 20_000 }).toContain('"text":"Hi"');

    const closed = once(ann, 'close');
    await server.stop();

    expect((await closed)[0]).toBe(1012);
    expect(JSON.parse(heard.at(-1)!)).toMatchObject({ type: 'error', code: 'undelivered' });
    expect(server.output()).toContain('In 1 room, the other nodes did not get everything that was said here.');
    expect(server.exitCode()).toBe(0);
  },
);

test.skipIf(clusterMissing()).each([{ args: [] }, { args: ['--stream'] }])(
  'with several addresses it uses a Redis Cluster, whose servers list its connections by name: $args',
  { timeout: 60_000 },
  async ({ args }) => {
    const cluster = await startCluster();
    onTestFinished(cluster.stop);

    const server = await startServer(SERVER, { solution, args, env: { REDIS_URL: cluster.url } });
    onTestFinished(() => server.stop());

    await expect.poll(server.output, { timeout: 20_000 }).toContain('Redis: up.');
    const { node } = await (await fetch(`${server.url}/healthz`)).json();
    for (const { command } of cluster.masters) {
      const connections = String(await command('CLIENT', 'LIST'));
      expect(connections).toContain(` name=websockets-in-5-days:${node} `);
    }
  },
);
