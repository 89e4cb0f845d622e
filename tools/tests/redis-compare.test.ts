/** The stand-in compared with Redis: both get the same bytes, and must send the same bytes back, in RESP2 and in RESP3. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { installedRedis, startRedis, type Redis } from '#tools/brokers/redis.ts';
import { command, RawRedis } from './helpers/redis-raw.ts';

const version = installedRedis();
const comparable = version?.startsWith('7.0.');
if (!comparable)
  console.log(
    `The stand-in is not compared with a real Redis: ${version ? `it answers as 7.0 does, and this is ${version}` : 'no redis-server is installed'}.`,
  );

interface Step {
  bytes: Buffer | string;
  /** one of three connections; the first by default */
  by?: 'a' | 'b' | 'c';
  /** the other side ends the connection */
  ends?: boolean;
  /** no answer yet: the rest comes with the next step */
  part?: boolean;
}
const by = (who: 'a' | 'b' | 'c', ...words: string[]): Step => ({ by: who, bytes: command(...words) });
const ends = (bytes: Buffer | string): Step => ({ bytes, ends: true });
const part = (bytes: string): Step => ({ bytes, part: true });
const c = command;
const any = Buffer.from([0, 255, 13, 10, 42, 36, 128]);

const sequences: Record<string, (Step | Step['bytes'])[]> = {
  PING: [c('PING')],
  'PING in other cases': [c('ping'), c('PiNg')],
  'PING with a payload': [c('PING', 'hello'), c('PING', ''), c('PING', 'é ☕ *'), c('PING', any)],
  'PING with two': [c('PING', 'a', 'b')],
  'PING while subscribed': [c('SUBSCRIBE', 'x'), c('PING'), c('PING', 'y'), c('PING', 'y', 'z')],
  'PING after the last UNSUBSCRIBE': [c('SUBSCRIBE', 'x'), c('UNSUBSCRIBE', 'x'), c('PING')],

  HELLO: [c('HELLO')],
  'HELLO 2': [c('HELLO', '2')],
  'HELLO 3': [c('HELLO', '3')],
  'HELLO there and back': [c('HELLO', '3'), c('CLIENT', 'GETNAME'), c('HELLO', '2'), c('CLIENT', 'GETNAME')],
  'HELLO in lower case': [c('hello', '3', 'setname', 'bob'), c('client', 'getname')],
  'HELLO of a version that there is not': [c('HELLO', '1'), c('HELLO', '4'), c('HELLO', '-3')],
  'HELLO of no version': [
    c('HELLO', 'x'),
    c('HELLO', ''),
    c('HELLO', '03'),
    c('HELLO', '+3'),
    c('HELLO', ' 3'),
    c('HELLO', '3x'),
    c('HELLO', '99999999999999999999'),
    c('HELLO', 'AUTH', 'default', 'x'),
  ],
  'HELLO with AUTH, any password': [
    c('HELLO', '3', 'AUTH', 'default', 'anything'),
    c('HELLO', '3', 'AUTH', 'default', ''),
  ],
  'HELLO with AUTH of a stranger': [c('HELLO', '3', 'AUTH', 'nobody', 'x'), c('HELLO')],
  'HELLO with SETNAME': [
    c('HELLO', '3', 'SETNAME', 'bob'),
    c('CLIENT', 'GETNAME'),
    c('HELLO', '2', 'SETNAME', ''),
    c('CLIENT', 'GETNAME'),
  ],
  'HELLO with both': [c('HELLO', '3', 'AUTH', 'default', 'x', 'SETNAME', 'bob'), c('CLIENT', 'GETNAME')],
  'HELLO with the last of two names': [c('HELLO', '3', 'SETNAME', 'bob', 'SETNAME', 'eve'), c('CLIENT', 'GETNAME')],
  'HELLO with a name that may not be': [c('HELLO', '3', 'SETNAME', 'a b'), c('CLIENT', 'GETNAME')],
  'HELLO with options cut short': [
    c('HELLO', '3', 'AUTH'),
    c('HELLO', '3', 'AUTH', 'default'),
    c('HELLO', '3', 'SETNAME'),
  ],
  'HELLO with an unknown option': [
    c('HELLO', '3', 'FOO'),
    c('HELLO', '3', 'SETNAME', 'bob', 'foo'),
    c('CLIENT', 'GETNAME'),
  ],
  'HELLO while subscribed': [c('SUBSCRIBE', 'x'), c('HELLO', '3'), c('HELLO', '2'), c('PING'), c('HELLO', '3')],

  'SUBSCRIBE to one': [c('SUBSCRIBE', 'x')],
  'SUBSCRIBE to several, one twice': [c('SUBSCRIBE', 'x', 'y', 'x'), c('subscribe', 'y', 'z')],
  'SUBSCRIBE to none': [c('SUBSCRIBE')],
  'SUBSCRIBE to any bytes': [
    c('SUBSCRIBE', any, 'é ☕', '*', '', ' '),
    by('b', 'PUBLISH', '*', '1'),
    by('b', 'PUBLISH', 'é ☕', '☕'),
    by('b', 'PUBLISH', '', '3'),
  ],
  'UNSUBSCRIBE from some': [
    c('SUBSCRIBE', 'x', 'y', 'z'),
    c('UNSUBSCRIBE', 'y', 'x'),
    by('b', 'PUBLISH', 'x', '1'),
    by('b', 'PUBLISH', 'z', '2'),
  ],
  // From several channels, the order would be that of Redis's hash table, which is not promised.
  'UNSUBSCRIBE from all, which is one': [c('SUBSCRIBE', 'x'), c('UNSUBSCRIBE'), by('b', 'PUBLISH', 'x', '1')],
  'UNSUBSCRIBE without a subscription': [c('UNSUBSCRIBE'), c('UNSUBSCRIBE', 'x', 'y')],
  'UNSUBSCRIBE from another': [c('SUBSCRIBE', 'x'), c('UNSUBSCRIBE', 'y', 'y'), by('b', 'PUBLISH', 'x', '1')],

  'PUBLISH to nobody': [c('PUBLISH', 'x', 'hi')],
  'PUBLISH to two of three': [
    by('a', 'SUBSCRIBE', 'x'),
    by('b', 'SUBSCRIBE', 'x', 'y'),
    by('c', 'PUBLISH', 'x', 'hi'),
    by('c', 'PUBLISH', 'y', 'ho'),
  ],
  'PUBLISH any bytes': [
    c('SUBSCRIBE', 'x'),
    { by: 'b', bytes: c('PUBLISH', 'x', any) },
    by('b', 'PUBLISH', 'x', ''),
    by('b', 'PUBLISH', 'x', 'a\r\n+b\r\n'),
  ],
  'PUBLISH a long text': [c('SUBSCRIBE', 'x'), by('b', 'publish', 'x', 'ab☕'.repeat(50_000))],
  'PUBLISH with too few and too many': [c('PUBLISH'), c('PUBLISH', 'x'), c('PUBLISH', 'x', 'y', 'z')],
  'PUBLISH on a subscribed connection': [c('SUBSCRIBE', 'x'), c('PUBLISH', 'x', 'hi'), c('PUBLISH', 'x')],
  'PUBLISH to who speaks the other protocol': [
    c('SUBSCRIBE', 'x'),
    by('b', 'HELLO', '2'),
    by('b', 'SUBSCRIBE', 'x'),
    by('c', 'PUBLISH', 'x', 'hi'),
  ],
  'PUBLISH to who has left': [c('SUBSCRIBE', 'x'), ends(c('QUIT')), by('b', 'PUBLISH', 'x', 'hi')],

  'CLIENT ID': [c('CLIENT', 'ID'), c('client', 'id')],
  'CLIENT SETNAME and GETNAME': [
    c('CLIENT', 'GETNAME'),
    c('CLIENT', 'SETNAME', 'bob'),
    c('CLIENT', 'GETNAME'),
    c('CLIENT', 'SETNAME', ''),
    c('CLIENT', 'GETNAME'),
  ],
  'CLIENT SETNAME to what may not be': [
    c('CLIENT', 'SETNAME', 'a b'),
    c('CLIENT', 'SETNAME', 'a\nb'),
    c('CLIENT', 'SETNAME', 'é'),
    c('CLIENT', 'GETNAME'),
  ],
  'CLIENT with the wrong number': [
    c('CLIENT'),
    c('CLIENT', 'ID', 'x'),
    c('CLIENT', 'GETNAME', 'x'),
    c('CLIENT', 'SETNAME'),
    c('CLIENT', 'SETNAME', 'x', 'y'),
  ],
  'CLIENT SETINFO, which is of 7.2': [
    c('CLIENT', 'SETINFO', 'LIB-NAME', 'node-redis'),
    c('CLIENT', 'SETINFO', 'LIB-VER', '6'),
  ],
  'CLIENT MAINT_NOTIFICATIONS, which is of 8': [
    c('CLIENT', 'MAINT_NOTIFICATIONS', 'ON', 'moving-endpoint-type', 'none'),
  ],
  'CLIENT with an unknown subcommand': [
    c('CLIENT', 'FoO'),
    c('client', 'x'.repeat(200), 'y'),
    c('CLIENT', 'a\r\nb'),
    c('CLIENT', 'a\0b'),
    c('CLIENT', 'constructor'),
  ],
  'CLIENT on a subscribed connection': [
    c('SUBSCRIBE', 'x'),
    c('CLIENT', 'SETNAME', 'bob'),
    c('CLIENT', 'GETNAME'),
    c('CLIENT', 'FOO'),
    c('CLIENT', 'SETNAME'),
  ],

  QUIT: [ends(c('QUIT'))],
  'QUIT with more words': [ends(c('quit', 'now'))],
  'QUIT while subscribed': [c('SUBSCRIBE', 'x'), ends(c('QUIT'))],
  'QUIT between others': [ends(Buffer.concat([c('PING'), c('QUIT'), c('PING')]))],

  'an unknown command': [c('foo'), c('FOO', 'bar', 'b z'), c('')],
  'an unknown command while subscribed': [c('SUBSCRIBE', 'x'), c('foo', 'bar')],
  'an unknown command of many words': [c('foo', ...Array<string>(50).fill('bar'))],
  'an unknown command of long words': [
    c('x'.repeat(200)),
    c('foo', 'x'.repeat(200), 'y'),
    c('foo', 'x'.repeat(123), 'y', 'z'),
    c('foo', 'x'.repeat(125), 'y'),
  ],
  'an unknown command of any bytes': [c('foo', any), c('a\r\nb', 'c\nd', "it's"), c('foo', 'é')],
  'an unknown command by a name that JavaScript has': [c('constructor'), c('__proto__', 'x')],

  'several commands at once': [Buffer.concat([c('PING'), c('SUBSCRIBE', 'x'), c('foo'), c('PING', '2')])],
  'a command in two parts': [part('*2\r\n$4\r\nPI'), part('NG\r\n$2\r\nh'), 'i\r\n'],
  'an empty line, and empty arrays': ['\r\n', '*0\r\n', '*-1\r\n', '*-7\r\n', c('PING')],
  'lines of words': ['PING\r\n', 'ping  hello \n', 'foo bar\r\n'],
  'line feeds that nobody looks at': ['*1\rx$4\rxPINGxx'],

  'error: no count of words': [c('PING'), ends('*\r\n')],
  'error: a count in letters': [ends('*x\r\n')],
  'error: a count with a plus': [ends('*+1\r\n')],
  'error: a count with a zero in front': [ends('*01\r\n')],
  'error: a count that is too high': [ends('*2147483648\r\n')],
  'error: a count without an end': [ends(`*${'1'.repeat(70_000)}`)],
  'error: something else than $': [ends('*1\r\n:1\r\n')],
  'error: a line break instead of $': [ends('*1\r\n\r\n')],
  'error: a word without its length': [ends('*1\r\nPING\r\n')],
  'error: no length': [ends('*1\r\n$\r\n')],
  'error: a length in letters': [ends('*2\r\n$4\r\nPING\r\n$x\r\n')],
  'error: a length below zero': [ends('*1\r\n$-1\r\n')],
  'error: a length over 512 MB': [ends('*1\r\n$536870913\r\n')],
  'error: a length without an end': [ends(`*1\r\n$${'1'.repeat(70_000)}`)],
  'error: a line without an end': [ends('x'.repeat(70_000))],
  'error: while subscribed': [c('SUBSCRIBE', 'x'), ends('*1\r\n+PING\r\n'), by('b', 'PUBLISH', 'x', 'hi')],
};

/** What must differ: the version, and the numbers of the connections. */
const masked = (replies: string): string =>
  replies.replace(/(\$7\r\nversion\r\n)\$\d+\r\n[^\r]+/g, '$1(version)').replace(/(\$2\r\nid\r\n):\d+/g, '$1(id)');

describe.skipIf(!comparable)('the stand-in answers as Redis does', () => {
  let servers: Redis[] = [];
  beforeAll(async () => {
    servers = [await startRedis(), await startRedis({ standIn: true })];
    return async () => void (await Promise.all(servers.map(({ stop }) => stop())));
  });
  afterAll(() => expect(servers.map(({ kind }) => kind)).toEqual(['redis-server', 'stand-in']));

  describe.each([2, 3])('in RESP%i', (protocol) => {
    test.each(Object.entries(sequences))('%s', async (name, steps) => {
      const [real, ours] = await Promise.all(
        servers.map(({ url }) => play(Number(new URL(url).port), protocol, steps)),
      );
      // CLIENT ID answers with the number and nothing else.
      const mask = (replies: string) => (name === 'CLIENT ID' ? replies.replace(/:\d+/g, ':(id)') : masked(replies));
      expect(ours.map(mask)).toEqual(real.map(mask));
    });
  });
});

/** Runs the steps one after the other, each to its end. Returns what each connection has received, step by step. */
async function play(port: number, protocol: number, steps: (Step | Step['bytes'])[]): Promise<string[]> {
  const peers = { a: await RawRedis.open(port), b: await RawRedis.open(port), c: await RawRedis.open(port) };
  onTestFinished(() => Object.values(peers).forEach((peer) => peer.close()));
  for (const peer of Object.values(peers)) {
    if (protocol === 3) peer.write(command('HELLO', '3'));
    await peer.answers();
  }
  const log: string[] = [];
  for (const step of steps) {
    const {
      by: who = 'a',
      bytes,
      ends,
      part,
    }: Step = typeof step === 'string' || Buffer.isBuffer(step) ? { bytes: step } : step;
    peers[who].write(bytes);
    if (part) continue;
    log.push(`${who}: ${ends ? await peers[who].end() : await peers[who].answers()}`);
    for (const other of ['a', 'b', 'c'] as const)
      if (other !== who) log.push(`${other} hears: ${await peers[other].answers()}`);
  }
  return log;
}
