import { WebSocketServer } from 'ws';
import { connect, exercise, expect, fail, fakeClock, load, rawConnect, serve, show, thrownBy, type Client } from '#kit';
import type { Header } from '#day1/rfc6455.ts';
import { ProtocolError } from '#day1/rfc6455.ts';
import { binaryCases, malformedCases } from './echo.cases.ts';

exercise('1.1 acceptKey', (check) => {
  const subject = () => load(() => import('#day1/handshake.ts'), 'acceptKey');

  check("the RFC's own example", async () => {
    const { acceptKey } = await subject();
    expect(acceptKey('dGhlIHNhbXBsZSBub25jZQ=='), "Wrong answer to the key of RFC 6455's example, dGhlIHNhbXBsZSBub25jZQ==.").toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  });
  check('another key, another answer', async () => {
    const { acceptKey } = await subject();
    expect(acceptKey('x3JJHMbDL1EzLkh9GBhXDw=='), 'Wrong answer to the key x3JJHMbDL1EzLkh9GBhXDw==.').toBe('HSmrc0sMlYUkAGmm5OPpG2HaGWk=');
  });
});

exercise('1.2 readLength', (check) => {
  const subject = () => load(() => import('#day1/frames.ts'), 'readLength');
  const cases: [string, number[], number, number][] = [
    ['0 bytes, in the seven bits', [0x81, 0x00], 0, 2],
    ['125 bytes, in the seven bits', [0x82, 0x7d], 125, 2],
    ['126 bytes, in 16 bits', [0x82, 126, 0x00, 0x7e], 126, 4],
    ['256 bytes, in 16 bits', [0x82, 126, 0x01, 0x00], 256, 4],
    ['65535 bytes, in 16 bits', [0x82, 126, 0xff, 0xff], 65_535, 4],
    ['65536 bytes, in 64 bits', [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0], 65_536, 10],
    ['4294967301 bytes, in 64 bits', [0x82, 127, 0, 0, 0, 1, 0, 0, 0, 5], 4_294_967_301, 10],
    ['5 bytes, masked: the mask bit is no part of the length', [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d], 5, 2],
    ['200 bytes, masked', [0x82, 0xfe, 0x00, 0xc8, 1, 2, 3, 4], 200, 4],
  ];
  for (const [what, bytes, length, next] of cases) {
    check(what, async () => {
      const { readLength } = await subject();
      const read = readLength(Uint8Array.from(bytes));
      expect(read, `Wrong length read from ${show(Uint8Array.from(bytes))}.`).toEqual({ length, next });
    });
  }
  check('undefined while the length is not all there', async () => {
    const { readLength } = await subject();
    for (const bytes of [[], [0x81], [0x82, 126], [0x82, 126, 1], [0x82, 127, 0, 0, 0, 0, 0, 1, 0], [0x82, 0xff, 0, 0, 0]]) {
      const part = Uint8Array.from(bytes);
      const thrown = thrownBy(() => readLength(part));
      if (thrown !== undefined) fail(`Threw ${show(String(thrown))} on ${show(part)}: TCP may deliver a frame in pieces, so an incomplete one is no error.`);
      expect(readLength(part), `Only ${show(part)} have arrived, so the length is not known yet.`).toBeUndefined();
    }
  });
  check('bytes in the middle of a larger buffer', async () => {
    const { readLength } = await subject();
    // What Node hands out is often a window on a shared buffer: byteOffset is not 0.
    const window = Uint8Array.from([9, 9, 9, 0x82, 126, 0x01, 0x00]).subarray(3);
    expect(readLength(window), `Wrong length read from ${show(window)}, a subarray of a larger buffer (its byteOffset is 3).`).toEqual({ length: 256, next: 4 });
  });
});

exercise('1.3 unmask', (check) => {
  const subject = () => load(() => import('#day1/frames.ts'), 'unmask');
  const key = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);
  const same = (actual: unknown, expected: Uint8Array, what: string): void => {
    if (!(actual instanceof Uint8Array)) return fail(`${what} gave ${show(actual)}; a Uint8Array of ${expected.length} bytes was expected.`);
    if (Buffer.compare(actual, expected) !== 0) fail(`${what} gave ${show(actual)}; expected ${show(expected)}.`);
  };

  check("the RFC's masked \"Hello\"", async () => {
    const { unmask } = await subject();
    same(unmask(Uint8Array.of(0x7f, 0x9f, 0x4d, 0x51, 0x58), key), Buffer.from('Hello'), 'Unmasking 7f 9f 4d 51 58 with the key 37 fa 21 3d');
  });
  check('the key starts again after four bytes, however long the payload', async () => {
    const { unmask } = await subject();
    same(unmask(new Uint8Array(9), Uint8Array.of(1, 2, 3, 4)), Uint8Array.of(1, 2, 3, 4, 1, 2, 3, 4, 1), 'Unmasking nine zero bytes with the key 01 02 03 04');
  });
  check('an empty payload', async () => {
    const { unmask } = await subject();
    same(unmask(new Uint8Array(0), key), new Uint8Array(0), 'Unmasking an empty payload');
  });
  check('twice gives the start again, and the input is left as it was', async () => {
    const { unmask } = await subject();
    const payload = Uint8Array.from({ length: 300 }, (_, i) => (i * 31) % 256);
    const before = payload.slice();
    const masked = unmask(payload, key);
    if (Buffer.compare(payload, before) !== 0) fail('The payload that was passed in was changed. It may be a window on the buffer that holds the next frames: leave it, and return a new array.');
    same(unmask(masked, key), before, 'Masking 300 bytes, and unmasking them again,');
  });
});

exercise('1.4 checkFrame', (check) => {
  const subject = () => load(() => import('#day1/frames.ts'), 'checkFrame');
  const ok: Header = { fin: true, rsv: 0, opcode: 1, masked: true, length: 5 };
  const right: [string, Header, 'client' | 'server'][] = [
    ["a client's masked text", ok, 'client'],
    ["a server's unmasked text", { ...ok, masked: false }, 'server'],
    ['a first fragment: text without fin', { ...ok, fin: false }, 'client'],
    ['a last fragment', { ...ok, opcode: 0 }, 'client'],
    ['a ping of 125 bytes', { ...ok, opcode: 9, length: 125 }, 'client'],
    ['binary of 126 bytes', { ...ok, opcode: 2, length: 126 }, 'client'],
    ['a close without a payload', { ...ok, opcode: 8, length: 0, masked: false }, 'server'],
  ];
  const wrong: [string, Header, 'client' | 'server'][] = [
    ['a client that does not mask', { ...ok, masked: false }, 'client'],
    ['a server that masks', ok, 'server'],
    ['RSV1', { ...ok, rsv: 4 }, 'client'],
    ['RSV2', { ...ok, rsv: 2 }, 'client'],
    ['RSV3', { ...ok, rsv: 1, masked: false }, 'server'],
    ['a ping of 126 bytes', { ...ok, opcode: 9, length: 126 }, 'client'],
    ['a close of 126 bytes', { ...ok, opcode: 8, length: 126, masked: false }, 'server'],
    ['a pong in fragments', { ...ok, opcode: 10, fin: false }, 'client'],
  ];
  for (const [what, header, from] of right) {
    check(`allowed: ${what}`, async () => {
      const { checkFrame } = await subject();
      const thrown = thrownBy(() => checkFrame(header, from));
      if (thrown !== undefined) fail(`Refused, though the RFC allows it: ${what} (from the ${from}, ${show(header)}). It threw ${show(String(thrown))}.`);
    });
  }
  for (const [what, header, from] of wrong) {
    check(`refused: ${what}`, async () => {
      const { checkFrame } = await subject();
      const thrown = thrownBy(() => checkFrame(header, from));
      if (thrown === undefined) fail(`Let through: ${what} (from the ${from}, ${show(header)}). A ProtocolError with code 1002 was expected.`);
      if (!(thrown instanceof ProtocolError)) fail(`On ${what}, it threw ${show(String(thrown))}, which is not a ProtocolError: the caller could not tell the peer why.`);
      expect(thrown.code, `Wrong close code for ${what}.`).toBe(1002);
    });
  }
});

/** The learner's echo on a real server. */
async function startEcho() {
  const { echo } = await load(() => import('#day1/echo.ts'), 'echo');
  return serve((wss) => wss.on('connection', echo), { maxPayload: 1024 * 1024 });
}

exercise('1.5 echo: reply', (check) => binaryCases(check, startEcho));

exercise('1.6 echo: survive', (check) => {
  malformedCases(check, startEcho);
  check('a message over maxPayload closes that connection, and no other', async () => {
    const { url } = await startEcho();
    const [healthy, greedy] = [await connect(url), await connect(url)];
    greedy.send(new Uint8Array(1024 * 1024 + 1));
    const { code } = await greedy.closed('the end of the connection that sent too much');
    expect(code, 'The one that sent too much is told so by code 1009.').toBe(1009);
    await healthy.fence('still there?');
  });
});

exercise('1.7 startHeartbeat', (check) => {
  const INTERVAL = 30_000;

  /** A server with the learner's heartbeat, an answer to fences, and a clock that stands still. */
  async function start() {
    const { startHeartbeat } = await load(() => import('#day1/heartbeat.ts'), 'startHeartbeat');
    const clock = fakeClock();
    const served = await serve((wss) => {
      wss.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data))));
      startHeartbeat(wss, INTERVAL);
    });
    /** Time passes; then each of the living gets its ping and its pong is back. */
    const beat = async (ms: number, ...living: Client[]): Promise<void> => {
      clock.advance(ms);
      // Twice: the first round trip brings the ping, the second follows the pong.
      for (const client of [...living, ...living]) {
        await client.fence().catch((error) => fail(client.closedWith ? 'The sweep cut off a client that is alive, and that has answered each ping it got.' : error.message));
      }
    };
    return { ...served, clock, beat };
  }
  const open = (wss: WebSocketServer): number => [...wss.clients].filter((socket) => socket.readyState === socket.OPEN).length;

  check('each interval, every client gets one ping', async () => {
    const { url, clock, beat } = await start();
    const clients = [await connect(url), await connect(url)];
    clock.advance(INTERVAL - 1);
    for (const client of clients) await client.fence();
    expect(clients.map((client) => client.pings), 'Wrong number of pings to two clients before the first interval is over.').toEqual([0, 0]);
    await beat(1, ...clients);
    expect(clients.map((client) => client.pings), 'Wrong number of pings to two clients after one interval.').toEqual([1, 1]);
    await beat(INTERVAL, ...clients);
    expect(clients.map((client) => client.pings), 'Wrong number of pings to two clients after two intervals.').toEqual([2, 2]);
  });
  check('who answers stays, however long', async () => {
    const { url, wss, beat } = await start();
    const client = await connect(url);
    for (let i = 0; i < 5; i++) {
      await beat(INTERVAL, client);
      if (open(wss) !== 1) fail(`A client that answers every ping was cut off after ${i + 1} intervals.`);
    }
  });
  check('who never answers is terminated at the second sweep', async () => {
    const { url, port, wss, beat } = await start();
    const living = await connect(url);
    const dead = await rawConnect(port);
    await beat(INTERVAL, living);
    if (open(wss) !== 2) fail('A silent client was cut off at the first sweep: it has had no interval in which to answer.');
    await beat(INTERVAL, living);
    if (open(wss) !== 1) fail('A client that has not answered for a whole interval is still connected.');
    expect((await dead.takeFrame('the ping')).opcode, 'The first frame that the silent client gets is a ping: opcode 9.').toBe(9);
    await dead.endOrBytes('the end of the connection');
    if (dead.bytes.length) fail(`A dead peer was sent a closing handshake (${show(dead.bytes)}): it will never answer that either, and the connection stays until close() gives up. terminate() ends it at once.`);
  });
  check('five dead peers do not save one another, nor harm the five living', async () => {
    const { url, port, wss, beat } = await start();
    const living: Client[] = [];
    for (let i = 0; i < 5; i++) {
      await rawConnect(port);
      living.push(await connect(url));
    }
    await beat(INTERVAL, ...living);
    await beat(INTERVAL, ...living);
    const left = open(wss);
    if (left > 5) fail(`One sweep left ${left - 5} of 5 dead connections standing. Does the sweep end at the first dead one?`);
    if (left < 5) fail(`One sweep cut off ${5 - left} of 5 living connections.`);
    expect(living.map((client) => client.pings), 'Wrong number of pings to the five living after two intervals.').toEqual([2, 2, 2, 2, 2]);
  });
  check('who joins later is treated the same', async () => {
    const { url, port, wss, beat } = await start();
    const first = await connect(url);
    await beat(INTERVAL, first);
    await rawConnect(port);
    await beat(INTERVAL, first);
    if (open(wss) !== 2) fail('A client that joined between two sweeps was cut off at its first one, before any ping.');
    await beat(INTERVAL, first);
    if (open(wss) !== 1) fail('A silent client that joined later is still connected after two sweeps.');
  });
  check('no timer outlives the server', async () => {
    const { url, clock, beat, close } = await start();
    const client = await connect(url);
    await beat(INTERVAL, client);
    expect(client.pings, 'Wrong number of pings after one interval.').toBe(1);
    await close();
    expect(clock.timers(), 'Wrong number of timers still running after the server has closed.').toBe(0);
  });
});
