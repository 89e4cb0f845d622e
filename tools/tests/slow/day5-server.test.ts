/** Day 5's server on the command line: what it says about Redis, and one line for each mistake. */
import { expect, onTestFinished, test } from 'vitest';
import { startRedis } from '#tools/brokers/redis.ts';
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
