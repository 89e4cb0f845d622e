import { WebSocketServer } from 'ws';
import { vi } from 'vitest';
import { connect, exercise, expect, fail, fakeClock, frame, load, rawConnect, serve, show, thrownBy, within, type Client } from '#kit';
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
  check('a key with + and / in it, taken as it came', async () => {
    const { acceptKey } = await subject();
    expect(acceptKey('+/vMDT6fQ4xx/+y5V0+kgA=='), 'Wrong answer to the key +/vMDT6fQ4xx/+y5V0+kgA==. One key in two has a + or a / in it: none of its characters is changed.').toBe('FaXVNop09Zh1uKS96BqY8XnIv4I=');
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
    ['2147483648 bytes, in 64 bits: bit 31 is no sign', [0x82, 127, 0, 0, 0, 0, 0x80, 0, 0, 0], 2_147_483_648, 10],
    ['281474976710661 bytes, in 64 bits: more than 48 of them count', [0x82, 127, 0, 1, 0, 0, 0, 0, 0, 5], 281_474_976_710_661, 10],
    ['5 bytes, masked, and the masking key has not come yet', [0x81, 0x85], 5, 2],
    ['200 bytes, masked, and half of the masking key has come', [0x82, 0xfe, 0x00, 0xc8, 1, 2], 200, 4],
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
    // What Node hands out is often a window on a shared buffer: byteOffset is not 0, and other bytes stand behind the last.
    const windowOn = (bytes: number[]) => Uint8Array.from([9, 9, 9, ...bytes, 9, 9, 9, 9, 9, 9, 9, 9]).subarray(3, 3 + bytes.length);
    for (const [bytes, length, next] of [[[0x82, 126, 0x01, 0x00], 256, 4], [[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0], 65_536, 10]] as const) {
      const window = windowOn([...bytes]);
      expect(readLength(window), `Wrong length read from ${show(window)}, a subarray of a larger buffer (its byteOffset is 3).`).toEqual({ length, next });
    }
    for (const bytes of [[], [0x81], [0x82, 126, 1], [0x82, 127, 0, 0, 0, 0, 0, 1, 0]]) {
      const window = windowOn(bytes);
      const thrown = thrownBy(() => readLength(window));
      if (thrown !== undefined) fail(`Threw ${show(String(thrown))} on ${show(window)}, a subarray of a larger buffer: an incomplete frame is no error.`);
      expect(readLength(window), `Only ${show(window)} have arrived. They are a subarray of a larger buffer: what stands behind them is not this frame's.`).toBeUndefined();
    }
  });
  check('a length with the highest bit set is no small one, and no negative one', async () => {
    const { readLength } = await subject();
    // The RFC wants that bit to be 0. Whoever sends it attacks: refuse it here, or let decodeFrame refuse it for its size.
    const bytes = Uint8Array.from([0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 5]);
    const thrown = thrownBy(() => readLength(bytes));
    if (thrown instanceof ProtocolError) return;
    if (thrown !== undefined) fail(`Threw ${show(String(thrown))} on ${show(bytes)}: the 64 bits are unsigned.`);
    const read = readLength(bytes);
    if (!(Number(read?.length) > Number.MAX_SAFE_INTEGER)) fail(`Read ${show(read)} from ${show(bytes)}: these 64 bits, unsigned, are 2 ** 63 + 5. A negative or small length makes the reader take the next frame from the wrong place, and undefined makes it wait for ever.`);
  });
  check('the bytes are left as they are', async () => {
    const { readLength } = await subject();
    const bytes = Uint8Array.from([0x82, 0xfe, 0x00, 0xc8, 1, 2, 3, 4]);
    readLength(bytes);
    if (bytes[1] !== 0xfe) fail(`The bytes that were passed in were changed: 82 fe 00 c8 … is now ${show(bytes)}. Who reads them next no longer sees the mask bit, and refuses the frame.`);
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
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 31) % 256);
    // A Buffer, too: that is what Node hands out, and its slice() is a window where a Uint8Array's is a copy.
    for (const payload of [bytes.slice(), Buffer.from(bytes)] as Uint8Array[]) {
      const kind = payload instanceof Buffer ? ' (a Buffer, whose slice() is no copy)' : '';
      const mask = key.slice();
      const masked = unmask(payload, mask);
      if (Buffer.compare(payload, bytes) !== 0) fail(`The payload that was passed in was changed${kind}. It may be a window on the buffer that holds the next frames: leave it, and return a new array.`);
      if (Buffer.compare(mask, key) !== 0) fail(`The key that was passed in was changed: 37 fa 21 3d is now ${show(mask)}.`);
      same(unmask(masked, mask), bytes, `Masking 300 bytes${kind}, and unmasking them again,`);
    }
    const payload = Uint8Array.of(1, 2, 3);
    if (unmask(payload, new Uint8Array(4)) === payload) fail('With a key of four zeros the payload itself came back. A new array is promised: the buffer that the payload is a window on will be used again.');
  });
  check('payload and key in the middle of a larger buffer', async () => {
    const { unmask } = await subject();
    // As they stand in a frame: the key at an odd place, the payload behind it, the next frame behind that.
    const frame = Uint8Array.from([0x81, 0x85, 0x82, ...key, 0x7f, 0x9f, 0x4d, 0x51, 0x58, 0x81, 0x80]);
    const thrown = thrownBy(() => unmask(frame.subarray(7, 12), frame.subarray(3, 7)));
    if (thrown !== undefined) fail(`Threw ${show(String(thrown))} on a payload and a key that are subarrays of a larger buffer (byteOffset 7 and 3).`);
    same(unmask(frame.subarray(7, 12), frame.subarray(3, 7)), Buffer.from('Hello'), 'Unmasking 7f 9f 4d 51 58 with the key 37 fa 21 3d, both subarrays of a larger buffer,');
  });
  check('a payload of 1000000 bytes', async () => {
    const { unmask } = await subject();
    const zeros = new Uint8Array(1_000_000);
    same(unmask(zeros, key), zeros.map((_, i) => key[i % 4]), 'Unmasking 1000000 zero bytes with the key 37 fa 21 3d');
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
    ['a middle fragment: neither the first nor the last', { ...ok, opcode: 0, fin: false }, 'client'],
    ['an empty text', { ...ok, length: 0 }, 'client'],
    ['binary of 100000 bytes', { ...ok, opcode: 2, length: 100_000 }, 'client'],
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
    ['a pong of 126 bytes', { ...ok, opcode: 10, length: 126 }, 'client'],
    ['a ping in fragments', { ...ok, opcode: 9, fin: false, masked: false }, 'server'],
    ['a close in fragments', { ...ok, opcode: 8, fin: false }, 'client'],
    ['RSV1 and RSV2 together', { ...ok, rsv: 6 }, 'client'],
    ['RSV1 on a ping', { ...ok, opcode: 9, rsv: 4 }, 'client'],
    ['a client that does not mask its ping', { ...ok, opcode: 9, masked: false }, 'client'],
    ['a client that does not mask an empty text', { ...ok, masked: false, length: 0 }, 'client'],
    ['a server that masks its pong', { ...ok, opcode: 10 }, 'server'],
  ];
  for (const [what, header, from] of right) {
    check(`allowed: ${what}`, async () => {
      const { checkFrame } = await subject();
      const thrown = thrownBy(() => checkFrame({ ...header }, from));
      if (thrown !== undefined) fail(`Refused, though the RFC allows it: ${what} (from the ${from}, ${show(header)}). It threw ${show(String(thrown))}.`);
    });
  }
  for (const [what, header, from] of wrong) {
    check(`refused: ${what}`, async () => {
      const { checkFrame } = await subject();
      const thrown = thrownBy(() => checkFrame({ ...header }, from));
      if (thrown === undefined) fail(`Let through: ${what} (from the ${from}, ${show(header)}). It should have thrown a ProtocolError with code 1002.`);
      if (!(thrown instanceof ProtocolError)) fail(`On ${what}, it threw ${show(String(thrown))}, which is not a ProtocolError: the caller could not tell the peer why.`);
      expect(thrown.code, `Wrong close code for ${what}.`).toBe(1002);
    });
  }
  check('each header is looked at on its own, and left as it is', async () => {
    const { checkFrame } = await subject();
    // One server has many clients: what one has sent says nothing about the next frame of another.
    for (const header of [{ ...ok, fin: false }, ok, { ...ok, opcode: 0 }, { ...ok, opcode: 0 }]) {
      const given = { ...header };
      const thrown = thrownBy(() => checkFrame(given, 'client'));
      if (thrown !== undefined) fail(`Refused ${show(header)} after other headers, though it breaks no rule of its own: it threw ${show(String(thrown))}. Frames of many connections come here, so nothing may be remembered between two calls.`);
      expect(given, 'The header that was passed in was changed.').toEqual(header);
    }
  });
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
  check('a bad frame that comes together with the handshake', async () => {
    const { url, port } = await startEcho();
    const healthy = await connect(url);
    const peer = await rawConnect(port, { behind: frame(1, 'Hi', { masked: false }) });
    await peer.takeFrame('the greeting');
    await peer.endOrBytes('the close frame, or the end of the connection');
    await healthy.fence('still there?');
  });
  check('a bad frame after a good one, and nothing of that connection is left', async () => {
    const { url, port, wss } = await startEcho();
    const healthy = await connect(url);
    const peer = await rawConnect(port);
    const gone = new Promise<void>((resolve) => [...wss.clients][1].on('close', resolve));
    await peer.takeFrame('the greeting');
    peer.write(frame(1, 'Hi'));
    await peer.takeFrame('the echo');
    peer.write(frame(1, 'Hi', { masked: false }));
    await peer.endOrBytes('the close frame, or the end of the connection');
    peer.socket.end();
    await within(gone, "the event 'close' of the connection that broke the protocol, on the server", () => 'Are its listeners removed?');
    await healthy.fence('still there?');
    expect(wss.clients.size, 'Wrong number of connections in wss.clients: the healthy one should be left.').toBe(1);
  });
});

exercise('1.7 startHeartbeat', (check) => {
  const INTERVAL = 20_000; // not the 30 seconds of most examples

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
        await client.fence().catch((error) => fail(client.closedWith && !client.trouble ? 'The sweep cut off a client that is alive, and that has answered each ping it got.' : error.message));
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
    if (clock.timers() === 0) fail('No timer is running: neither setInterval nor setTimeout has been called. This suite moves the clock of the global ones; node:timers it cannot move.');
    await beat(1, ...clients);
    expect(clients.map((client) => client.pings), 'Wrong number of pings to two clients after one interval.').toEqual([1, 1]);
    await beat(INTERVAL, ...clients);
    expect(clients.map((client) => client.pings), 'Wrong number of pings to two clients after two intervals.').toEqual([2, 2]);
    const texts = clients.flatMap(({ received }) => received.map(({ text }) => text)).filter((text) => !text.startsWith('fence'));
    if (texts.length > 0) fail(`The clients were sent ${show(texts[0])}, a message. A ping is a frame of its own, which no page sees: a message it must sort out from its own.`);
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
    const opcodes: number[] = [];
    for (;;) {
      await dead.endOrBytes('the end of the connection');
      if (dead.bytes.length === 0) break;
      opcodes.push((await dead.takeFrame('a frame')).opcode);
      await living.fence();
      if (opcodes.at(-1) === 8 && wss.clients.size > 1) fail('A dead peer was sent a closing handshake: it will never answer that either, and the connection stays until close() gives up. terminate() ends it at once.');
    }
    if (opcodes[0] !== 9) fail(`The first frame that the silent client got has opcode ${opcodes[0]}; a ping, opcode 9, was expected.`);
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
  check('who only listens stays, too', async () => {
    const { url, wss, clock } = await start();
    const client = await connect(url); // sends no message at all: only its pongs say that it lives
    const [socket] = wss.clients;
    for (let i = 1; i <= 3; i++) {
      const pong = new Promise<void>((resolve) => socket.once('pong', () => resolve()).once('close', () => resolve()));
      clock.advance(INTERVAL);
      await within(pong, 'the pong, on the server', () => client.story());
      if (open(wss) !== 1) fail(`A client that sends no messages, and answers every ping, was cut off after ${i} intervals. Its answer is the event 'pong'.`);
    }
  });
  check('a sweep that comes late cuts off nobody', async () => {
    const { url, wss, clock, beat } = await start();
    const client = await connect(url);
    for (let i = 1; i <= 3; i++) {
      vi.setSystemTime(Date.now() + 5); // a real timer is always some milliseconds late
      clock.advance(INTERVAL);
      if (open(wss) !== 1) fail('A client that answered the last ping was cut off because the timer came 5 milliseconds late. Ask whether it has answered, and not whether that was an interval ago to the millisecond.');
      await beat(0, client);
    }
  });
  check('when one leaves, the others keep their heartbeat, and nothing of it is left', async () => {
    const { url, port, wss, clock, beat } = await start();
    const leaving = [await connect(url), await connect(url)];
    const sockets = [...wss.clients];
    const staying = await connect(url);
    await beat(INTERVAL, ...leaving, staying);
    const gone = sockets.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
    for (const client of leaving) client.socket.close();
    await within(Promise.all(gone), "the event 'close' of two clients that say goodbye", () => `${open(wss)} are open.`);
    let touched = 0;
    for (const socket of sockets) socket.ping = socket.terminate = () => void touched++;
    await rawConnect(port);
    await beat(INTERVAL, staying);
    expect(staying.pings, 'Wrong number of pings to a client that stays, after two intervals: another one has left between them.').toBe(2);
    await beat(INTERVAL, staying);
    if (open(wss) !== 1) fail('After other clients had left, a silent one was found no more.');
    if (touched > 0) fail('A client that has left is still pinged, or terminated, at each interval: whatever holds it grows with every visitor.');
    if (clock.timers() > 1) fail(`One client is left, and ${clock.timers()} timers run. The timers of those that have left must end with them.`);
  });
  check('after everybody has left, the next one is treated the same', async () => {
    const { url, port, wss, beat } = await start();
    const client = await connect(url);
    const gone = new Promise<void>((resolve) => [...wss.clients][0].once('close', () => resolve()));
    client.socket.close();
    await within(gone, "the event 'close' of the only client", () => client.story());
    await beat(INTERVAL);
    await rawConnect(port);
    await beat(INTERVAL);
    if (open(wss) !== 1) fail('A client that came after all the others had left was cut off at its first sweep.');
    await beat(INTERVAL);
    if (open(wss) !== 0) fail('A silent client that came after all the others had left is still connected after two sweeps. Does the timer end with the last client, and not with the server?');
  });
  check('no timer outlives a server that nobody came to', async () => {
    const { clock, close } = await start();
    clock.advance(INTERVAL);
    await close();
    expect(clock.timers(), 'Wrong number of timers still running after a server without clients has closed.').toBe(0);
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
