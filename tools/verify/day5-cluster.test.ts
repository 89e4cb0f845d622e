/** The demonstration of day 5, as a script: a node is killed and revived, Redis is killed and revived. What the bots count is what is promised. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { installedRedis } from '#tools/redis/start.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Runs it to its end. */
function run(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', 'day5-scaling/demo/cluster.ts', '--port', '0', ...args], { cwd: ROOT }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr });
    });
  });
}
const bots = (stdout: string): string[] => stdout.split('\n').filter((line) => /^ {2}\w+ +in \w+ +said/.test(line));

describe.skipIf(!installedRedis())('on a real Redis', () => {
  test('with a Stream nothing is lost and nothing comes twice', async () => {
    const { code, stdout, stderr } = await run('--stream', '--script', 'wait 3, kill 1, wait 4, revive 1, kill redis, wait 3, revive redis, wait 4, stop 2, wait 3');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(bots(stdout)).toHaveLength(9);
    for (const line of bots(stdout)) expect(line).toMatch(/said [1-9]\d*, heard [1-9]\d*, 0 lost, 0 twice$/);
    expect(stdout).toMatch(/said, \d+ heard: 0 lost, 0 twice\.\s*$/);
  });
});

test('without one, whatever is lost in an outage of Redis is announced by gap, on the stand-in too', async () => {
  const { code, stdout, stderr } = await run('--stand-in', '--script', 'wait 2, kill redis, wait 4, revive redis, wait 5');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const [, lost, told, twice] = /heard: (\d+) lost, (\d+) of them announced by gap, (\d+) twice\.\s*$/.exec(stdout) ?? [];
  expect(Number(lost)).toBeGreaterThan(0);
  expect({ told, twice }).toEqual({ told: lost, twice: '0' });
});

test.each([
  [['--script', 'wait 3, bang'], /^Unknown step "bang"\. Known are: /],
  [['--script', 'stop redis'], /^Unknown step "stop redis"\./],
  [['--stream', '--stand-in'], /^--stream needs a real Redis/],
  [['--fast'], /^Unknown option '--fast'\. What can be given: /],
])('%j gets one line and exit code 1', async (args, line) => {
  const { code, stdout, stderr } = await run(...args);
  expect(stderr).toMatch(line);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});
