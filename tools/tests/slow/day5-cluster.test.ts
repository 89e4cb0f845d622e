/** The demonstration of day 5, as a script: a node and Redis are killed and revived. The bots' figures show that the promises hold. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { installedRedis } from '#tools/brokers/redis.ts';
import { runToEnd } from '#tools/tests/helpers/start-server.ts';

/** Runs it to its end. */
const run = (...args: string[]) => runToEnd('day5-scaling/demo/cluster.ts', ['--port', '0', ...args]);
const bots = (stdout: string): string[] => stdout.split('\n').filter((line) => /^ {2}\w+ +in \w+ +said/.test(line));
/** The figures of the last line. They add up: three bots should hear each message. */
function total(stdout: string): {
  heard: number;
  unheard: number;
  lost: number;
  announced: string | undefined;
  twice: number;
} {
  const [, announced] = /lost(?: \((\w+) announced\))?; \d+ twice\.\s*$/.exec(stdout) ?? [];
  const [said, toHear, heard, unheard, lost, twice] = (
    stdout
      .trim()
      .split('\n')
      .at(-1)!
      .replace(/\(.*?\)/, '')
      .match(/\d+/g) ?? []
  ).map(Number);
  expect({ toHear, sum: heard + unheard + lost }).toEqual({ toHear: 3 * said, sum: 3 * said });
  return { heard, unheard, lost, announced, twice };
}

describe.skipIf(!installedRedis())('on a real Redis', () => {
  test('with a Stream nothing is lost and nothing comes twice', async () => {
    const { code, stdout, stderr } = await run(
      '--stream',
      '--script',
      'wait 3, kill 1, wait 4, revive 1, kill redis, wait 3, revive redis, wait 4, stop 2, wait 3',
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(bots(stdout)).toHaveLength(9);
    for (const line of bots(stdout))
      expect(line).toMatch(/said [1-9]\d*; ([1-9]\d*) to hear: \1 heard, 0 not yet, 0 lost; 0 twice$/);
    expect(total(stdout)).toMatchObject({ unheard: 0, lost: 0, twice: 0 });
    expect(stdout.match(/node 1 is .*/g)?.slice(0, 5)).toEqual([
      'node 1 is starting.',
      'node 1 is ready.',
      'node 1 is gone.',
      'node 1 is starting.',
      'node 1 is ready, and empty: existing connections stay on the other nodes.',
    ]);
  });
});

test("--mine runs the learner's files, and says once what is not written", async () => {
  const { code, stdout } = await run('--mine', '--stand-in', '--script', 'wait 1');
  expect(code).toBe(0);
  expect(stdout.split('\n')[1]).toBe('Starting Redis, a balancer, and three nodes on your files …');
  expect(stdout).toContain('Three of your nodes over the stand-in.');
  const unwritten = stdout.match(/Exercise 5\.\d, .* is not written yet/g) ?? [];
  expect(new Set(unwritten).size).toBe(unwritten.length);
  expect(total(stdout)).toMatchObject({ twice: 0 });
});

test('lan: the balancer says how others reach it, and the dashboard stays on this machine', async () => {
  const { code, stdout } = await run('lan', '--stand-in', '--script', 'wait 0');
  expect(code).toBe(0);
  expect(stdout).toMatch(/On every other machine, type:|No network is connected/);
  expect(stdout.indexOf('Dashboard on')).toBeGreaterThan(stdout.search(/other machine|No network/));
});

test('without a Stream, whatever is lost in an outage of Redis is announced by gap, on the stand-in too', async () => {
  const { code, stdout, stderr } = await run(
    '--stand-in',
    '--script',
    'wait 2, kill redis, wait 4, revive redis, wait 5',
  );
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(total(stdout).lost).toBeGreaterThan(0);
  expect(total(stdout)).toMatchObject({ unheard: 0, announced: 'all', twice: 0 });
});

test('a script that ends in an outage: what nobody heard counts as lost, and the figures add up', async () => {
  const { code, stdout } = await run('--stand-in', '--script', 'wait 2, kill redis, wait 3');
  expect(code).toBe(0);
  expect(total(stdout).lost).toBeGreaterThan(0);
});

test('a port that is in use gets one line, before anything is started', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { code, stdout, stderr } = await run('--port', String(port));
  expect(stderr).toMatch(new RegExp(`^The balancer's port ${port} \\(--port\\) is in use\\. Try --port \\d+\\.\n$`));
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});

test.each([
  [['--script', 'wait 3, bang'], /^Unknown step "bang"\. Known are: /],
  [['--script', 'stop redis'], /^Unknown step "stop redis"\./],
  [['--stream', '--stand-in'], /^--stream needs a real Redis/],
  [['--fast'], /^Unknown flag --fast\. What can be given: /],
])('%j gets one line and exit code 1', async (args, line) => {
  const { code, stdout, stderr } = await run(...args);
  expect(stderr).toMatch(line);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});
