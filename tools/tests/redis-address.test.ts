/** What is reported about an address without a Redis: the real reason, and never the password. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { addressProblem, masked } from '#tools/brokers/address.ts';
import { startStandIn } from '#tools/brokers/redis-stand-in.ts';
import { ask, redisForTests, startRedis } from '#tools/brokers/redis.ts';

const PASSWORD = 'open-sesame';

describe('an address', () => {
  test.each([
    [`redis://:${PASSWORD}@127.0.0.1:99999`, /port .* number from 1 to 65535/],
    [`redis://:${PASSWORD}@127.0.0.1:abc`, /port .* number from 1 to 65535/],
    [`redis://:${PASSWORD}@127.0.0.1:0`, /port .* number from 1 to 65535/],
    [`redis://:${PASSWORD}@127.0.0.1:6379/abc`, /path .* number of a database/],
    [`redis://:${PASSWORD}`, /address/],
    [`redis://:${PASSWORD}/%@127.0.0.1:6379`, /write \/ as %2F/],
    [`redis://u:12/${PASSWORD}@127.0.0.1:6379`, /path .* number of a database/],
    [`redis://:${PASSWORD}%zz@127.0.0.1:6379`, /write % as %25/],
    [`http://:${PASSWORD}@127.0.0.1:6379`, /not the address of a Redis/],
    [`:${PASSWORD}@127.0.0.1:6379`, /not the address of a Redis/],
    [`redis:///0`, /names no host|cannot be read|not the address/],
    [`redis://[::1`, /not the address of a Redis|port/],
  ])('%s is refused for what is wrong with it', async (url, reason) => {
    const error = await ask(url).catch((thrown: Error) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(reason);
    expect((error as Error).message).not.toContain(PASSWORD);
  });

  test.each([
    'redis://127.0.0.1:6379',
    'redis://localhost',
    'redis://[::1]:6379/2',
    'rediss://user:p%40ss%2F@redis.example:6380/0',
    'REDIS://127.0.0.1',
  ])('%s is one', (url) => expect(addressProblem(url)).toBeUndefined());

  test.each([
    [`redis://user:${PASSWORD}@127.0.0.1:6379/0`, 'redis://user:***@127.0.0.1:6379/0'],
    ['redis://:p%40ss@127.0.0.1', 'redis://:***@127.0.0.1'],
    ['redis://127.0.0.1:6379', 'redis://127.0.0.1:6379'],
    [`redis://:${PASSWORD}@127.0.0.1:99999`, 'redis://***@127.0.0.1:99999'],
  ])('%s is shown as %s', (url, shown) => expect(masked(url)).toBe(shown));
});

describe('what is there', () => {
  const NO_TLS = {
    there: 'other',
    reason: 'it does not answer in TLS, which is what rediss: means. If it is a Redis without TLS, write redis:',
  };
  test('a stand-in, if the address begins with rediss:', async () => {
    const { url, stop } = await startStandIn();
    onTestFinished(stop);
    expect(await ask(url.replace('redis:', 'rediss:'))).toEqual(NO_TLS);
  });

  test('a real Redis, which waits for more bytes if the address begins with rediss:', async () => {
    const { url, stop } = await startRedis();
    onTestFinished(stop);
    expect(await ask(url.replace('redis:', 'rediss:'), 100)).toEqual(NO_TLS);
  });

  test('a wrong password: the words of Redis, without the password', async () => {
    const { port, stop } = await startStandIn();
    onTestFinished(stop);
    const answer = await ask(`redis://:open%2Dsesame@127.0.0.1:${port}`);
    expect(answer).toMatchObject({ there: 'other', reason: expect.stringMatching(/AUTH.*\*\*\*/) });
    expect(JSON.stringify(answer)).not.toContain(PASSWORD);
  });

  test.each([
    ['-NOAUTH Authentication required.\r\n', /wants a password/],
    ['-WRONGPASS invalid username-password pair or user is disabled.\r\n', /does not accept this name and password/],
    ['-ERR max number of clients reached\r\n', /^ERR max number of clients reached$/],
  ])('a server that answers %j', async (words, reason) => {
    const server = createServer((socket) => {
      socket.setEncoding('utf8').on('error', () => {});
      socket.on('data', (commands: string) => socket.write(words.repeat(commands.match(/^\*\d/gm)?.length ?? 0)));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const answer = await ask(`redis://127.0.0.1:${port}`);
    expect(answer).toEqual({ there: 'other', reason: expect.stringMatching(reason) });
  });
});

test('the suites say that the variable REDIS_URL is wrong', async () => {
  vi.stubEnv('REDIS', '');
  vi.stubEnv('REDIS_URL', `redis://:${PASSWORD}@127.0.0.1:99999`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const error = await redisForTests(() => {}).catch((thrown: Error) => thrown);
  expect((error as Error).message).toBe('REDIS_URL: The port of the address must be a number from 1 to 65535.');
});
