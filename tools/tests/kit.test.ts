import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CourseCopy, last } from './helpers/course-copy.ts';

/** A suite in which each exercise fails in a different way; 1.7 passes. */
const SUITE = `
import { createServer } from 'node:net';
import { connect as connectTcp } from 'node:net';
import { WebSocket } from 'ws';
import { afterAll } from 'vitest';
import { connect, exercise, expect, fail, fakeClock, frame, load, rawConnect, serve, thrownBy, without } from '#kit';
import { todo, Todo } from '#tools/todo.ts';

const echo = () => serve((wss) => wss.on('connection', (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))));

afterAll(() => todo('1.2', 'long after every check'));

exercise('1.1 a wait that fails', (check) => {
  check('the second hint', () => { fail('Look at the hint.'); }, { hint: 2 });
  check('closed instead', async () => {
    const { url, wss } = await serve((wss) => wss.on('connection', (socket) => socket.close(4001, 'no')));
    const client = await connect(url);
    await client.next('the greeting');
  });
});

exercise('1.2 leaks', (check) => {
  check('a socket', async () => {
    const { url, port } = await echo();
    const socket = connectTcp(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
  });
  check('a server', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
  });
});

exercise('1.3 timers', (check) => {
  check('one is left', async () => {
    const clock = fakeClock();
    setInterval(() => {}, 1000);
    clock.advance(5000);
  });
});

exercise('1.4 crash', (check) => {
  check('in a handler', async () => {
    const { url } = await serve((wss) => wss.on('connection', () => { throw new TypeError('in the handler'); }));
    await connect(url).catch(() => new Promise(() => {}));
  });
});

let goOn;
exercise('1.4 crash', (check) => {
  check('what it began fails while another check runs', () => void new Promise((resolve) => (goOn = resolve)).then(() => { throw new Error('long after'); }));
});

exercise('1.5 got and expected', (check) => {
  check('not guilty', () => new Promise((resolve) => { goOn(); setImmediate(resolve); }));
  check('both values', () => expect({ code: 1006 }, 'Wrong close code.').toEqual({ code: 1000 }));
});

exercise('1.6 waits', (check) => {
  check('another one is not written', () => { thrownBy(() => { throw new Todo('1.5', 'reply'); }); });
  check('another one is not written, but it does not matter here', () => todo('1.5', 'reply'));
});

exercise('1.7 all that works', (check) => {
  check('connect, next, fence, in order', async () => {
    const { url } = await echo();
    const client = await connect(url);
    client.send('one');
    client.send(Uint8Array.of(2));
    const [one, two] = await client.fence();
    expect([one.text, one.isBinary, two.bytes[0], two.isBinary]).toEqual(['one', false, 2, true]);
    expect((await client.fence()).length).toBe(0);
  });
  check('raw bytes, right and wrong', async () => {
    const { port } = await serve((wss) => wss.on('connection', (socket) => socket.on('error', () => {}).on('message', (data) => socket.send(data, { binary: false }))));
    const peer = await rawConnect(port);
    peer.write(frame(1, 'x'.repeat(200)));
    expect(String((await peer.takeFrame('the echo')).payload)).toBe('x'.repeat(200));
    peer.write(frame(1, 'unmasked', { masked: false }));
    const close = await peer.takeFrame('the close frame');
    expect([close.opcode, close.payload.readUInt16BE()]).toEqual([8, 1002]);
  });
  check('a fake clock, together with real sockets', async () => {
    const clock = fakeClock();
    const { url } = await echo();
    const client = await connect(url);
    let fired = 0;
    const timer = setTimeout(() => fired++, 60_000);
    clock.advance(59_999);
    await client.fence();
    expect(fired).toBe(0);
    clock.advance(1);
    expect([fired, clock.timers()]).toEqual([1, 0]);
  });
  check('a silent peer answers no ping, and closes', async () => {
    const { url, wss } = await echo();
    const silent = await connect(url, { autoPong: false });
    let pongs = 0;
    for (const socket of wss.clients) socket.on('pong', () => pongs++).ping();
    await silent.fence();
    await silent.fence();
    expect([silent.pings, pongs]).toEqual([1, 0]);
  });
  check('what a page has not is missing, and back afterwards', () => {
    expect(without(globalThis, 'Buffer', () => typeof Buffer)).toBe('undefined');
    expect(without(crypto, 'randomUUID', () => crypto.randomUUID)).toBe(undefined);
    expect(thrownBy(() => without(globalThis, 'Buffer', () => { throw new Error('in it'); }))).toBeInstanceOf(Error);
    expect([typeof Buffer.from, typeof crypto.randomUUID, Object.hasOwn(crypto, 'randomUUID')]).toEqual(['function', 'function', false]);
  });
  check('what the kit opened is closed, also without a word', async () => {
    const { url } = await echo();
    await connect(url);
    await rawConnect(Number(new URL(url).port));
  });
});
`;

describe('the test kit', { timeout: 60_000 }, () => {
  let course: CourseCopy;
  let output: string;
  beforeAll(async () => {
    course = new CourseCopy({ history: false });
    for (const id of [
      '1.1-accept-key',
      '1.2-read-length',
      '1.3-unmask',
      '1.4-check-frame',
      '1.5-reply',
      '1.6-survive',
      '1.7-start-heartbeat',
    ])
      course.remove(`day1-protocol/tests/${id}.test.ts`);
    course.write('day1-protocol/tests/1.1-all-of-them.test.ts', SUITE);
    ({ output } = await course.run('test', 'day1', 'verbose'));
  });
  afterAll(() => course.drop());

  /** What `verbose` prints about one check. */
  const said = (check: string): string =>
    output.split(/\n\n/).find((part) => part.startsWith(check)) ?? `nothing is said of ${check} in\n${output}`;

  test('a wait that fails says what it waited for, and what arrived instead', () => {
    expect(said('1.1 closed instead')).toContain(
      'waited for the greeting, but the connection ended. The client received nothing at all. The connection is closed, with code 4001.',
    );
  });
  test('the check chooses the hint', () => {
    expect(output).toMatch(
      /What happened +Look at the hint\.[^]*2 of 2 checks fail\. This is the first one\.[^]*Hint +createHash\('sha1'\) makes[^]*npm run hint 1\.1 3/,
    );
  });
  test('todo() outside of any check prints nothing', () => {
    expect(output).not.toContain('Your code printed');
  });
  test('a leak is named', () => {
    expect(said('1.2 a socket')).toMatch(/Left open at the end: a connection to port \d+/);
    expect(said('1.2 a server')).toMatch(/Left open at the end: a server that listens on port \d+/);
  });
  test('a timer that is left at the end is counted', () => {
    expect(said('1.3 one is left')).toContain('1 timer is still running when everything is closed');
  });
  test('a crash counts for the check that caused it', () => {
    expect(said('1.4 in a handler')).toContain('TypeError: in the handler');
  });
  test('even if it happens later, while another check runs', () => {
    expect(said('1.4 what it began')).toContain('Error: long after');
    expect(said('1.5 not guilty')).toContain('nothing is said of');
  });
  test('got and expected', () => {
    expect(output).toContain('✗ 1.5');
    expect(said('1.5 both values')).toContain('Wrong close code.');
  });
  test("another exercise's hole makes this one wait, but only if it mattered", () => {
    expect(output).toContain('… 1.6');
    expect(output).toContain('waits for 1.5');
    expect(said('1.6 another one is not written, but it does not matter here')).toContain('nothing is said of');
  });
  test('the rest passes, and no failure counts for it', () => {
    expect(output).toContain('✓ 1.7');
    expect(last(output)).toBe('1 passed, 6 failed');
  });
});
