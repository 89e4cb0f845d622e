/** The stand-in, used by the real client library, and by hand. */
import { createClient } from '@redis/client';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startStandIn, type StandIn } from '#tools/brokers/redis-stand-in.ts';
import { ask } from '#tools/brokers/ask.ts';
import { redisForTests } from '#tools/brokers/redis.ts';
import { command, RawRedis } from './helpers/redis-raw.ts';

let redis: StandIn;
beforeEach(async () => {
  redis = await startStandIn();
  return () => redis.stop();
});

/** A list that can be waited for: others add to it. */
function mailbox() {
  const got: string[] = [];
  let wake = (): void => {};
  const add = (text: string, channel: string) => {
    got.push(`${channel}: ${text}`);
    wake();
  };
  const until = async (count: number) => {
    while (got.length < count) await new Promise<void>((resolve) => (wake = resolve));
    return got;
  };
  return { add, got, until };
}

const raw = async (): Promise<RawRedis> => {
  const peer = await RawRedis.open(redis.port);
  onTestFinished(() => peer.close());
  return peer;
};

describe.each([2, 3] as const)('@redis/client in RESP%i', (RESP) => {
  /** A client that reconnects at once, and is closed when the test ends. */
  async function connected() {
    const client = createClient({ url: redis.url, RESP, socket: { reconnectStrategy: 1 } });
    client.on('error', () => {});
    onTestFinished(() => void (client.isOpen && client.destroy()));
    await client.connect();
    return client;
  }
  const pair = async () => ({ publisher: await connected(), subscriber: await connected() });

  test('a subscriber gets what is published, whatever the text is', async () => {
    const { publisher, subscriber } = await pair();
    const { add, until } = mailbox();
    await subscriber.subscribe(['room é *', 'other'], add);
    const texts = ['hello', '', 'héllo ☕ 𝄞', 'two\r\nlines', '*1\r\n$4\r\nPING\r\n', 'long '.repeat(100_000)];
    for (const text of texts) expect(await publisher.publish('room é *', text)).toBe(1);
    expect(await publisher.publish('room', 'nobody')).toBe(0);
    expect(await until(texts.length)).toEqual(texts.map((text) => `room é *: ${text}`));
  });

  test('many messages at once arrive in order', async () => {
    const { publisher, subscriber } = await pair();
    const { add, until } = mailbox();
    await subscriber.subscribe('x', add);
    const numbers = Array.from({ length: 2000 }, (_, i) => String(i));
    expect(await Promise.all(numbers.map((number) => publisher.publish('x', number)))).toEqual(numbers.map(() => 1));
    expect(await until(2000)).toEqual(numbers.map((number) => `x: ${number}`));
  });

  test('a buffer arrives unchanged', async () => {
    const { publisher, subscriber } = await pair();
    const bytes = Buffer.from([0, 255, 13, 10, 128]);
    let came: (bytes: Buffer) => void = () => {};
    const message = new Promise<Buffer>((resolve) => (came = resolve));
    await subscriber.subscribe('x', came, true);
    await publisher.publish('x', bytes);
    expect(await message).toEqual(bytes);
  });

  test('nothing arrives after unsubscribe', async () => {
    const { publisher, subscriber } = await pair();
    const { add, got, until } = mailbox();
    await subscriber.subscribe(['x', 'y', 'z'], add);
    await subscriber.unsubscribe('x');
    expect([await publisher.publish('x', '1'), await publisher.publish('y', '2')]).toEqual([0, 1]);
    await until(1);
    await subscriber.unsubscribe();
    expect([await publisher.publish('y', '3'), await publisher.publish('z', '4')]).toEqual([0, 0]);
    await subscriber.ping();
    expect(got).toEqual(['y: 2']);
  });

  test('a duplicate subscribes while the first publishes, and both go on', async () => {
    const publisher = await connected();
    const subscriber = publisher.duplicate();
    subscriber.on('error', () => {});
    await subscriber.connect();
    const { add, until } = mailbox();
    await subscriber.subscribe('x', add);
    await publisher.publish('x', 'hi');
    expect(await until(1)).toEqual(['x: hi']);
    expect([await publisher.ping(), await subscriber.ping()]).toEqual(['PONG', expect.stringMatching(/^pong$/i)]);
    await subscriber.close();
    while (redis.connections.size > 1) await turn();
    expect(await publisher.publish('x', 'hi')).toBe(0);
  });

  test('both reconnect after their connections are destroyed, with their subscription', async () => {
    const { publisher, subscriber } = await pair();
    const { add, until } = mailbox();
    await subscriber.subscribe(['x', 'y'], add);
    const back = Promise.all(
      [publisher, subscriber].map((client) => new Promise((resolve) => client.once('ready', resolve))),
    );
    for (const socket of redis.connections) socket.destroy();
    await back;
    expect(await publisher.publish('y', 'again')).toBe(1);
    expect(await until(1)).toEqual(['y: again']);
  });

  test('both reconnect after it was stopped and started again', async () => {
    const { publisher, subscriber } = await pair();
    const { add, until } = mailbox();
    await subscriber.subscribe('x', add);
    const back = Promise.all(
      [publisher, subscriber].map((client) => new Promise((resolve) => client.once('ready', resolve))),
    );
    await redis.stop();
    redis = await startStandIn({ port: redis.port });
    await back;
    expect(await publisher.publish('x', 'again')).toBe(1);
    expect(await until(1)).toEqual(['x: again']);
  });

  test('close, and destroy, leave nothing behind', async () => {
    const { publisher, subscriber } = await pair();
    await subscriber.subscribe('x', () => {});
    const gone = Promise.all([...redis.connections].map((socket) => once(socket, 'close')));
    await publisher.close();
    subscriber.destroy();
    await gone;
    expect(redis.connections.size).toBe(0);
  });

  test('QUIT is answered, and then the connection ends', async () => {
    const client = await connected();
    expect(await client.sendCommand(['QUIT'])).toBe('OK');
  });

  test('a name, and an id', async () => {
    const client = createClient({ url: redis.url, RESP, name: 'bob' });
    onTestFinished(() => client.destroy());
    await client.connect();
    expect(await client.clientGetName()).toBe('bob');
    expect(await client.clientId()).toEqual(expect.any(Number));
  });

  test('an unknown command is an error, and the connection stays open', async () => {
    const client = await connected();
    await expect(client.set('a', 'b')).rejects.toThrow("ERR unknown command 'SET', with args beginning with: 'a' 'b'");
    expect(await client.ping()).toBe('PONG');
    await expect(client.pSubscribe('a*', () => {})).rejects.toThrow("ERR unknown command 'psubscribe'");
  });
});

describe('bytes', () => {
  /** Writes, and waits until the other side has read it all. */
  async function writeAlone(peer: RawRedis, socket: Socket, bytes: Buffer): Promise<void> {
    const wanted = socket.bytesRead + bytes.length;
    peer.write(bytes);
    while (socket.bytesRead < wanted) await turn();
  }

  const talk = Buffer.concat([
    command('HELLO', '3'),
    command('SUBSCRIBE', 'é', '*'),
    command('PUBLISH', 'é', 'a\r\nb'),
    Buffer.from('PING\r\n'),
    command('UNSUBSCRIBE', '*'),
    command('foo'),
  ]);

  test('cut in two at any byte, or into single bytes: the answers are the same', async () => {
    const id = /id\r\n:\d+/;
    const whole = await raw();
    whole.write(talk);
    const expected = (await whole.answers()).replace(id, 'id');
    expect(expected).toContain('>3\r\n$7\r\nmessage\r\n$2\r\nÃ©\r\n$4\r\na\r\nb\r\n:1\r\n+PONG\r\n');
    whole.close();
    while (redis.connections.size > 0) await turn();
    const cuts = [
      ...Array.from({ length: talk.length - 1 }, (_, i) => [i + 1]),
      Array.from({ length: talk.length - 1 }, (_, i) => i + 1),
    ];
    for (const cut of cuts) {
      const before = new Set(redis.connections);
      const peer = await raw();
      let socket: Socket | undefined;
      while (!(socket = [...redis.connections].find((one) => !before.has(one)))) await turn();
      const ends = [0, ...cut, talk.length];
      for (let i = 1; i < ends.length; i++) await writeAlone(peer, socket, talk.subarray(ends[i - 1], ends[i]));
      expect((await peer.answers()).replace(id, 'id'), `cut at ${cut}`).toBe(expected);
      peer.close();
      // PUBLISH answers with the number of its receivers: the next connection must not count this one.
      while (redis.connections.has(socket)) await turn();
    }
  });

  test('unsubscribing from all channels reports each one', async () => {
    const peer = await raw();
    peer.write(command('SUBSCRIBE', 'x', 'y', 'z'));
    await peer.answers();
    peer.write(command('UNSUBSCRIBE'));
    expect((await peer.answers()).match(/(?<=\r\n)[xyz](?=\r\n)|:\d/g)?.sort()).toEqual([
      ':0',
      ':1',
      ':2',
      'x',
      'y',
      'z',
    ]);
  });

  test('a protocol error is reported, and ends that connection only', async () => {
    const [bad, good] = [await raw(), await raw()];
    bad.write('*1\r\n+PING\r\n');
    expect(await bad.end()).toBe("-ERR Protocol error: expected '$', got '+'\r\n(closed)");
    good.write(command('PING'));
    expect(await good.answers()).toBe('+PONG\r\n');
  });

  test('a connection that breaks in the middle of a command or an answer does not harm the others', async () => {
    const [half, silent, good] = [await raw(), await raw(), await raw()];
    half.write('*2\r\n$4\r\nPING\r\n$100\r\nabc');
    silent.write(command('SUBSCRIBE', 'x'));
    await silent.answers();
    half.socket.resetAndDestroy();
    silent.socket.resetAndDestroy();
    for (let i = 0; i < 20; i++) good.write(command('PUBLISH', 'x', 'y'.repeat(1000)));
    good.write(command('PING'));
    expect(await good.answers()).toMatch(/(:[01]\r\n){20}\+PONG\r\n$/);
  });

  test('a subscriber that reads nothing is cut off at 32 MB, and the others still get everything', async () => {
    const [slow, fast, publisher] = [await raw(), await raw(), await raw()];
    for (const peer of [slow, fast]) {
      peer.write(command('SUBSCRIBE', 'x'));
      await peer.answers();
    }
    slow.socket.pause();
    const megabyte = 'x'.repeat(1024 * 1024);
    let receivers = 2;
    let sent = 0;
    while (receivers === 2 && sent < 100) {
      publisher.write(command('PUBLISH', 'x', megabyte));
      receivers = Number((await publisher.answers()).slice(1));
      sent++;
      // Some of it is in the buffers of the two sockets.
      if (receivers === 2) expect((await fast.answers()).length).toBeGreaterThan(megabyte.length);
    }
    expect(sent).toBeGreaterThan(32);
    expect(receivers).toBe(1);
  });
});

describe('the address', () => {
  test('a taken port is the system’s error', async () => {
    await expect(startStandIn({ port: redis.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('stopping twice is harmless', async () => {
    await redis.stop();
    await redis.stop();
    expect(await ask(redis.url)).toEqual({ there: 'nothing' });
  });

  test('ask knows it by its version', async () => {
    expect(await ask(redis.url)).toEqual({ there: 'redis', kind: 'stand-in', version: '7.0.0-stand-in' });
  });

  test.each(['', 'nonsense', 'http://127.0.0.1:6379', '127.0.0.1:6379'])('ask refuses "%s"', async (url) => {
    await expect(ask(url)).rejects.toThrow('That is not the address of a Redis: redis://127.0.0.1:6379 is one.');
  });
});

describe('redisForTests', () => {
  afterEach(() => void vi.unstubAllEnvs());

  test('REDIS=stand-in takes the stand-in', async () => {
    vi.stubEnv('REDIS', 'stand-in');
    const said: string[] = [];
    const { kind, url, stop } = await redisForTests((line) => said.push(line));
    expect([kind, said.length]).toEqual(['stand-in', 1]);
    expect(said[0]).toMatch(/^Redis: stand-in/);
    await stop();
    expect(await ask(url)).toEqual({ there: 'nothing' });
  });

  test('with REDIS_URL, that Redis is used, and not stopped', async () => {
    vi.stubEnv('REDIS', '');
    vi.stubEnv('REDIS_URL', redis.url);
    const { url, stop } = await redisForTests(() => {});
    expect(url).toBe(redis.url);
    await stop();
    expect(await ask(redis.url)).toMatchObject({ there: 'redis' });
  });

  test('REDIS_URL without a Redis', async () => {
    vi.stubEnv('REDIS', '');
    vi.stubEnv('REDIS_URL', redis.url);
    await redis.stop();
    await expect(redisForTests(() => {})).rejects.toThrow(
      'Nothing listens at REDIS_URL. Start a Redis there, or remove the variable.',
    );
  });

  test('an unknown word in REDIS', async () => {
    vi.stubEnv('REDIS', 'real');
    await expect(redisForTests(() => {})).rejects.toThrow('The variable REDIS can only be stand-in, but it is "real".');
  });
});
