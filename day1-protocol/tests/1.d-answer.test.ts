import { exercise, expect, fail, frame, load, rawConnect, serveTcp, show } from '#kit';
import { binaryCases, connectAndGreet, malformedCases } from './helpers/echo-cases.ts';

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
    for (const word of ['one', 'two', 'three'])
      expect(String((await raw.takeFrame(`the echo of "${word}"`)).payload), 'Wrong reply.').toBe(
        `Server received: ${word}`,
      );
  });
  check('a ping is answered by a pong with the same data', async () => {
    const raw = await peer();
    raw.write(frame(9, 'are you there?'));
    const { opcode, payload } = await raw.takeFrame('the pong');
    expect({ opcode, data: String(payload) }, 'Wrong answer to a ping.').toEqual({
      opcode: 10,
      data: 'are you there?',
    });
  });
  check('a pong is not answered', async () => {
    const raw = await peer();
    raw.write(Buffer.concat([frame(10, 'unasked'), frame(1, 'Hi')]));
    expect(String((await raw.takeFrame('the echo of "Hi", behind a pong')).payload), 'Wrong reply.').toBe(
      'Server received: Hi',
    );
  });
  check('fragments become one message, also with a ping between them', async () => {
    const raw = await peer();
    raw.write(
      Buffer.concat([
        frame(1, 'κα', { fin: false }),
        frame(9, 'now?'),
        frame(0, 'λη', { fin: false }),
        frame(0, 'μέρα'),
      ]),
    );
    const first = await raw.takeFrame('the pong');
    if (first.opcode === 1)
      fail(
        `A fragment was answered on its own, with ${show(String(first.payload))}: a message is all its fragments, up to the one with fin.`,
      );
    expect(first.opcode, 'A ping between two fragments is answered at once: opcode 10.').toBe(10);
    const { opcode, payload } = await raw.takeFrame('the echo of three fragments');
    expect({ opcode, text: String(payload) }, 'Wrong reply to a message in three fragments.').toEqual({
      opcode: 1,
      text: 'Server received: καλημέρα',
    });
  });
  check('a binary message in fragments, and another message after it', async () => {
    const raw = await peer();
    raw.write(
      Buffer.concat([frame(2, Uint8Array.of(255, 0), { fin: false }), frame(0, Uint8Array.of(1)), frame(1, 'next')]),
    );
    const { opcode, payload } = await raw.takeFrame('the echo of two fragments');
    expect({ opcode, bytes: [...payload] }, 'Wrong reply to a binary message in two fragments.').toEqual({
      opcode: 2,
      bytes: [255, 0, 1],
    });
    expect(
      String((await raw.takeFrame('the echo of "next"')).payload),
      'Wrong reply to the message after a fragmented one.',
    ).toBe('Server received: next');
  });
  check('a character may be cut in two by fragments', async () => {
    const raw = await peer();
    const text = Buffer.from('Zoë');
    raw.write(Buffer.concat([frame(1, text.subarray(0, 3), { fin: false }), frame(0, text.subarray(3))]));
    const { opcode, payload } = await raw.takeFrame('the echo of "Zoë" in two fragments');
    expect(
      { opcode, text: String(payload) },
      'Wrong reply to a text that is cut within a character. UTF-8 holds for the whole message (RFC 6455 §8.1).',
    ).toEqual({ opcode: 1, text: 'Server received: Zoë' });
  });
  check('a close is answered with its code, and the server ends the TCP connection', async () => {
    const client = await connectAndGreet((await start()).url);
    client.socket.close(4321, 'bye');
    expect(await client.closed(), 'Wrong close code or reason at the client.').toEqual({ code: 4321, reason: 'bye' });
    const raw = await peer();
    raw.write(Buffer.concat([frame(8), frame(1, 'anyone?')])); // the text is a fence: behind a close nothing is answered
    expect(
      (await raw.takeFrame('the close frame')).opcode,
      'An empty close frame is answered by a close frame: opcode 8.',
    ).toBe(8);
    await raw.endOrBytes("the end of the TCP connection, which is the server's part");
    if (raw.bytes.length > 0)
      fail(
        'The connection goes on behind the close frame. The server ends the TCP connection: connection.close does both.',
      );
  });
  check('text that is not UTF-8 ends with 1007', async () => {
    const raw = await peer();
    raw.write(frame(1, Uint8Array.of(0xc3, 0x28)));
    const { opcode, payload } = await raw.takeFrame('the close frame');
    expect(
      { opcode, code: payload.length >= 2 ? payload.readUInt16BE() : undefined },
      'Wrong answer to text that is not UTF-8.',
    ).toEqual({ opcode: 8, code: 1007 });
  });
});
