import { expect, test } from 'vitest';
import { runToEnd } from '#tools/tests/helpers/start-server.ts';

test('day 3: the attack harms nobody, and each of its scenes is answered', { timeout: 120_000 }, async () => {
  const { code, stdout, stderr } = await runToEnd('day3-chat/demo/attack.ts', ['--seconds', '1', '--rate', '50']);
  expect(stderr).toBe('');
  for (const answer of [
    'invalid-json',
    'unknown type "dance"',
    'renamed: <script>',
    'rate-limited',
    'closing with 1009',
    'closing with 1002',
    '403 to a foreign Origin',
    '401 to no token',
    '401 to a forged token',
    'closing with 1013',
  ])
    expect(stdout).toContain(answer);
  expect(stdout).not.toMatch(/broken!|let in!/);
  expect(stdout).toMatch(/Bob received each of them once and in order\.\n$/);
  expect(code).toBe(0);
});

test('day 3: the attack on your own files', { timeout: 120_000 }, async () => {
  const { code, stdout } = await runToEnd('day3-chat/demo/attack.ts', ['--mine', '--seconds', '1'], { solution: true });
  expect(stdout).toMatch(/^Your own chat is attacked. To watch it, open http:\/\/127.0.0.1:\d+ and enter./);
  expect(stdout).toContain('closing with 1013');
  expect(stdout).not.toMatch(/broken!|let in!|Nobody stopped it/);
  expect(stdout).toMatch(/Bob received each of them once and in order\.\n$/);
  expect(code).toBe(0);
});

test('day 3: the attack refuses a wrong option in one line', async () => {
  const { code, stdout, stderr } = await runToEnd('day3-chat/demo/attack.ts', ['--rate', 'fast']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^--rate takes a whole number from 1 to 500.*"fast"\.\n$/);
});
