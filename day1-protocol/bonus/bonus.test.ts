import { WebSocket } from 'ws';
import { connect, exercise, expect, fail, frame, load, onCleanUp, rawConnect, serve, serveTcp, show, thrownBy } from '#kit';
import { binaryCases, connectAndGreet, expectText, malformedCases } from '../echo.cases.ts';

exercise('1.a broadcast', (check) => {
  async function start() {
    const { broadcast } = await load(() => import('#day1/bonus/broadcast.ts'), 'broadcast');
    const served = await serve((wss) => wss.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data)))));
    return { broadcast, ...served };
  }

  check('everybody hears it once, as text', async () => {
    const { broadcast, url, wss } = await start();
    const clients = [await connect(url), await connect(url), await connect(url)];
    broadcast(wss.clients, 'καλημέρα');
    for (const [i, client] of clients.entries()) {
      const heard = await client.fence();
      if (heard.length !== 1) fail(`Client ${i + 1} of 3 heard ${heard.length} messages; one was sent to everybody.`);
      expectText(heard[0], 'καλημέρα');
    }
  });
  check('who is not open is passed over, and the others hear', async () => {
    const { broadcast, url, wss } = await start();
    const first = await connect(url);
    await connect(url);
    const last = await connect(url);
    const connecting = new WebSocket(url);
    connecting.on('error', () => {});
    onCleanUp(() => connecting.terminate());
    const [one, leaving, three] = wss.clients;
    leaving.close();
    broadcast([connecting, one, leaving, three], 'still here');
    for (const client of [first, last]) {
      const heard = await client.fence();
      expect(heard.map(({ text }) => text), 'Wrong messages at an open client, while another one is connecting, and one is closing.').toEqual(['still here']);
    }
  });
  check('any iterable will do', async () => {
    const { broadcast, url, wss } = await start();
    const client = await connect(url);
    const members: Iterable<WebSocket> = { [Symbol.iterator]: () => wss.clients.values() }; // and no more: a generator has forEach since Node 22
    const thrown = thrownBy(() => broadcast(members, 'Hi'));
    if (thrown !== undefined) fail(`broadcast threw ${show(String(thrown))} on an Iterable that is no Set: it has neither forEach nor a length. for…of takes any.`);
    expect((await client.fence()).map(({ text }) => text), 'Wrong messages at a client that came out of an Iterable.').toEqual(['Hi']);
  });
});

exercise('1.b encodeFrame', (check) => {
  const subject = () => load(() => import('#day1/bonus/encode.ts'), 'encodeFrame');
  const key = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);
  const hello = Buffer.from('Hello');
  const bytes = (length: number): Uint8Array => new Uint8Array(length).map((_, i) => (i * 7) % 256);
  const cases: [string, number, Uint8Array, Uint8Array | undefined][] = [
    ["the RFC's unmasked \"Hello\"", 1, hello, undefined],
    ["the RFC's masked \"Hello\"", 1, hello, key],
    ["the RFC's ping", 9, hello, undefined],
    ['an empty close', 8, bytes(0), undefined],
    ['125 bytes', 2, bytes(125), key],
    ['126 bytes', 2, bytes(126), undefined],
    ['256 bytes', 2, bytes(256), undefined],
    ['65535 bytes', 2, bytes(65_535), key],
    ['65536 bytes', 2, bytes(65_536), undefined],
  ];
  for (const [what, opcode, payload, mask] of cases) {
    check(what, async () => {
      const { encodeFrame } = await subject();
      const encoded: unknown = encodeFrame(opcode, payload, mask);
      const expected = frame(opcode, payload, { masked: mask !== undefined });
      if (!(encoded instanceof Uint8Array)) return fail(`encodeFrame gave ${show(encoded)}; a Uint8Array was expected.`);
      if (Buffer.compare(encoded, expected) !== 0) fail(`Wrong frame for ${what} (opcode ${opcode}, ${mask ? 'masked' : 'no mask'}): ${show(encoded)}; expected ${show(expected)}.`);
    });
  }
  check('the payload is left as it is', async () => {
    const { encodeFrame } = await subject();
    const payload = bytes(10);
    encodeFrame(2, payload, key);
    if (Buffer.compare(payload, bytes(10)) !== 0) fail('The payload that was passed in is masked now: whoever sends it to a second peer sends noise.');
  });
});

exercise('1.c checkUpgrade', (check) => {
  const subject = () => load(() => import('#day1/bonus/upgrade.ts'), 'checkUpgrade');
  const headers = {
    host: 'localhost',
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
  };
  const request = (change: Record<string, string | undefined> = {}, method = 'GET', httpVersion = '1.1') => ({ method, httpVersion, headers: { ...headers, ...change } });
  const lower = (all: Record<string, string>) => Object.fromEntries(Object.entries(all).map(([name, value]) => [name.toLowerCase(), value]));

  const cases: [string, number, ReturnType<typeof request>][] = [
    ['a right request', 101, request()],
    ['Firefox: Connection: keep-alive, Upgrade', 101, request({ connection: 'keep-alive, Upgrade' })],
    ['other upper and lower case', 101, request({ connection: 'keep-alive,UPGRADE', upgrade: 'WebSocket' })],
    ['POST', 405, request({}, 'POST')],
    ['HTTP/1.0', 400, request({}, 'GET', '1.0')],
    ['no Upgrade', 400, request({ upgrade: undefined })],
    ['Upgrade to another protocol', 400, request({ upgrade: 'h2c' })],
    ['no Connection', 400, request({ connection: undefined })],
    ['Connection: keep-alive', 400, request({ connection: 'keep-alive' })],
    ['Connection with a token that only contains the word', 400, request({ connection: 'no-upgrade' })],
    ['no key', 400, request({ 'sec-websocket-key': undefined })],
    ['a key of 15 bytes', 400, request({ 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25j' })],
    ['a key that is not base64', 400, request({ 'sec-websocket-key': 'the sample nonce, 24 c!!' })],
    ['version 8', 426, request({ 'sec-websocket-version': '8' })],
  ];
  for (const [what, status, asked] of cases) {
    check(`${what}: ${status}`, async () => {
      const { checkUpgrade } = await subject();
      expect(checkUpgrade(asked)?.status, `Wrong status for ${what}.`).toBe(status);
    });
  }
  check('no version at all: 426 or 400', async () => {
    const { checkUpgrade } = await subject();
    expect([400, 426], 'Wrong status for a request without Sec-WebSocket-Version.').toContain(checkUpgrade(request({ 'sec-websocket-version': undefined }))?.status);
  });
  check('the headers of each answer', async () => {
    const { checkUpgrade } = await subject();
    const opened = lower(checkUpgrade(request()).headers);
    expect(opened['sec-websocket-accept'], 'Wrong Sec-WebSocket-Accept in the 101.').toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(opened.upgrade?.toLowerCase(), 'Wrong Upgrade header in the 101.').toBe('websocket');
    expect(opened.connection?.toLowerCase(), 'Wrong Connection header in the 101.').toBe('upgrade');
    expect(lower(checkUpgrade(request({}, 'POST')).headers).allow, 'A 405 says in Allow which methods there are.').toBe('GET');
    expect(lower(checkUpgrade(request({ 'sec-websocket-version': '8' })).headers)['sec-websocket-version'], 'A 426 says in Sec-WebSocket-Version which version there is.').toBe('13');
  });
});

exercise('1.d answer', (check) => {
  async function start() {
    const { createRawServer } = await load(() => import('#day1/bonus/raw-server.ts'), 'createRawServer');
    const port = await serveTcp(createRawServer());
    return { port, url: `ws://127.0.0.1:${port}` };
  }
  /** A TCP peer that has been greeted. */
  async function peer() {
    const raw = await rawConnect((await start()).port);
    await raw.takeFrame('the greeting');
    return raw;
  }

  binaryCases(check, start);
  malformedCases(check, start);
  check('a frame that comes byte by byte', async () => {
    const raw = await peer();
    for (const byte of frame(1, 'Hi')) raw.write(Uint8Array.of(byte));
    expect(String((await raw.takeFrame('the echo of "Hi"')).payload), 'Wrong reply.').toBe('Server received: Hi');
  });
  check('three frames in one chunk', async () => {
    const raw = await peer();
    raw.write(Buffer.concat([frame(1, 'one'), frame(1, 'two'), frame(1, 'three')]));
    for (const word of ['one', 'two', 'three']) expect(String((await raw.takeFrame(`the echo of "${word}"`)).payload), 'Wrong reply.').toBe(`Server received: ${word}`);
  });
  check('a ping is answered by a pong with the same data', async () => {
    const raw = await peer();
    raw.write(frame(9, 'are you there?'));
    const { opcode, payload } = await raw.takeFrame('the pong');
    expect({ opcode, data: String(payload) }, 'Wrong answer to a ping.').toEqual({ opcode: 10, data: 'are you there?' });
  });
  check('a pong is not answered', async () => {
    const raw = await peer();
    raw.write(Buffer.concat([frame(10, 'unasked'), frame(1, 'Hi')]));
    expect(String((await raw.takeFrame('the echo of "Hi", behind a pong')).payload), 'Wrong reply.').toBe('Server received: Hi');
  });
  check('fragments become one message, also with a ping between them', async () => {
    const raw = await peer();
    raw.write(Buffer.concat([frame(1, 'κα', { fin: false }), frame(9, 'now?'), frame(0, 'λη', { fin: false }), frame(0, 'μέρα')]));
    const first = await raw.takeFrame('the pong');
    if (first.opcode === 1) fail(`A fragment was answered on its own, with ${show(String(first.payload))}: a message is all its fragments, up to the one with fin.`);
    expect(first.opcode, 'A ping between two fragments is answered at once: opcode 10.').toBe(10);
    const { opcode, payload } = await raw.takeFrame('the echo of three fragments');
    expect({ opcode, text: String(payload) }, 'Wrong reply to a message in three fragments.').toEqual({ opcode: 1, text: 'Server received: καλημέρα' });
  });
  check('a binary message in fragments, and another message after it', async () => {
    const raw = await peer();
    raw.write(Buffer.concat([frame(2, Uint8Array.of(255, 0), { fin: false }), frame(0, Uint8Array.of(1)), frame(1, 'next')]));
    const { opcode, payload } = await raw.takeFrame('the echo of two fragments');
    expect({ opcode, bytes: [...payload] }, 'Wrong reply to a binary message in two fragments.').toEqual({ opcode: 2, bytes: [255, 0, 1] });
    expect(String((await raw.takeFrame('the echo of "next"')).payload), 'Wrong reply to the message after a fragmented one.').toBe('Server received: next');
  });
  check('a character may be cut in two by fragments', async () => {
    const raw = await peer();
    const text = Buffer.from('Zoë');
    raw.write(Buffer.concat([frame(1, text.subarray(0, 3), { fin: false }), frame(0, text.subarray(3))]));
    const { opcode, payload } = await raw.takeFrame('the echo of "Zoë" in two fragments');
    expect({ opcode, text: String(payload) }, 'Wrong reply to a text that is cut within a character. UTF-8 holds for the whole message (RFC 6455 §8.1).').toEqual({ opcode: 1, text: 'Server received: Zoë' });
  });
  check('a close is answered with its code, and the server ends the TCP connection', async () => {
    const client = await connectAndGreet((await start()).url);
    client.socket.close(4321, 'bye');
    expect(await client.closed(), 'Wrong close code or reason at the client.').toEqual({ code: 4321, reason: 'bye' });
    const raw = await peer();
    raw.write(Buffer.concat([frame(8), frame(1, 'anyone?')])); // the text is a fence: behind a close nothing is answered
    expect((await raw.takeFrame('the close frame')).opcode, 'An empty close frame is answered by a close frame: opcode 8.').toBe(8);
    await raw.endOrBytes("the end of the TCP connection, which is the server's part");
    if (raw.bytes.length > 0) fail('The connection goes on behind the close frame. The server ends the TCP connection: connection.close does both.');
  });
  check('text that is not UTF-8 ends with 1007', async () => {
    const raw = await peer();
    raw.write(frame(1, Uint8Array.of(0xc3, 0x28)));
    const { opcode, payload } = await raw.takeFrame('the close frame');
    expect({ opcode, code: payload.length >= 2 ? payload.readUInt16BE() : undefined }, 'Wrong answer to text that is not UTF-8.').toEqual({ opcode: 8, code: 1007 });
  });
});
