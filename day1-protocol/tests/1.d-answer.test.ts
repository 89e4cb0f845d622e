import { exercise, fail, frame, load, rawConnect, serveTcp, show, type RawPeer } from '#kit';
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

  const KINDS = new Map([
    [0, 'a continuation frame'],
    [1, 'a text frame'],
    [2, 'a binary frame'],
    [8, 'a close frame'],
    [9, 'a ping'],
    [10, 'a pong'],
  ]);
  /** A frame in words: `a text frame (opcode 1), "Hi"`. */
  function told(opcode: number, payload: Buffer): string {
    const kind = `${KINDS.get(opcode) ?? 'an unknown frame'} (opcode ${opcode})`;
    if (opcode === 8)
      return payload.length < 2 ? `${kind} without a code` : `${kind} with code ${payload.readUInt16BE()}`;
    return `${kind}, ${opcode === 1 ? show(String(payload)) : show(payload)}`;
  }
  /** Takes one frame, and fails unless it is this one. @param what was sent, in words */
  async function expectFrame(
    raw: RawPeer,
    what: string,
    opcode: number,
    payload: string | Uint8Array,
    cause = '',
    hint = 1,
  ) {
    const expected = Buffer.from(payload as string);
    const got = await raw.takeFrame(`the answer to ${what}`);
    if (got.opcode === opcode && Buffer.compare(got.payload, expected) === 0) return;
    fail(
      `${what[0].toUpperCase()}${what.slice(1)} was answered with ${told(got.opcode, got.payload)}. Expected ${told(opcode, expected)}.${cause && ` ${cause}`}`,
      { hint },
    );
  }
  const echoOf = (text: string): string => `Server received: ${text}`;

  binaryCases(check, start);
  check(
    'answers a ping with a pong that has the same payload',
    async () => {
      const raw = await peer();
      raw.write(frame(9, 'are you there?'));
      await expectFrame(raw, 'a ping', 10, 'are you there?', 'A pong carries the payload of its ping.');
    },
    { hint: 3 },
  );
  check('does not answer a pong', async () => {
    const raw = await peer();
    raw.write(Buffer.concat([frame(10, 'unasked'), frame(1, 'Hi')]));
    await expectFrame(raw, 'a pong, and then the text "Hi",', 1, echoOf('Hi'), 'A pong needs no answer.');
  });
  check(
    'joins fragments into one message, even with a ping between them',
    async () => {
      const raw = await peer();
      raw.write(
        Buffer.concat([
          frame(1, 'κα', { fin: false }),
          frame(9, 'now?'),
          frame(0, 'λη', { fin: false }),
          frame(0, 'μέρα'),
        ]),
      );
      await expectFrame(
        raw,
        'a text fragment without FIN, and then a ping,',
        10,
        'now?',
        'Only the ping is complete. A message is all of its fragments, up to the one with FIN.',
        2,
      );
      await expectFrame(raw, 'a text in three fragments', 1, echoOf('καλημέρα'), '', 2);
    },
    { hint: 2 },
  );
  check(
    'joins the fragments of a binary message, and forgets them',
    async () => {
      const raw = await peer();
      raw.write(
        Buffer.concat([frame(2, Uint8Array.of(255, 0), { fin: false }), frame(0, Uint8Array.of(1)), frame(1, 'next')]),
      );
      const cause = 'The first fragment says which kind of message it is; the others have opcode 0.';
      await expectFrame(raw, 'binary (ff 00 01) in two fragments', 2, Uint8Array.of(255, 0, 1), cause, 2);
      const old = 'Are the fragments of the message before it still in the list?';
      await expectFrame(raw, 'the text "next", after a message in fragments,', 1, echoOf('next'), old, 2);
    },
    { hint: 2 },
  );
  check(
    'reads text only when the whole message is there',
    async () => {
      const raw = await peer();
      const text = Buffer.from('Zoë');
      raw.write(Buffer.concat([frame(1, text.subarray(0, 3), { fin: false }), frame(0, text.subarray(3))]));
      const cause = 'A fragment may end within a character: text is valid UTF-8 as a whole message (RFC 6455 §8.1).';
      await expectFrame(raw, 'the text "Zoë", cut within its last character,', 1, echoOf('Zoë'), cause, 2);
    },
    { hint: 2 },
  );
  check('answers a close frame with its code, and ends the TCP connection', async () => {
    const client = await connectAndGreet((await start()).url);
    client.socket.close(4321, 'bye');
    const { code, reason } = await client.closed();
    if (code !== 4321 || reason !== 'bye')
      fail(
        `A client closed with code 4321 and the reason "bye", and was answered with code ${code} and the reason ${show(reason)}. Expected the same code and reason: hand the payload of the frame to connection.close.`,
        { hint: 3 },
      );
    const raw = await peer();
    raw.write(Buffer.concat([frame(8), frame(1, 'anyone?')])); // after a close frame nothing is answered
    await expectFrame(raw, 'an empty close frame', 8, '', '', 3);
    await raw.endOrBytes("the end of the TCP connection, which is the server's part");
    if (raw.bytes.length > 0)
      fail(
        'After the close frames, the connection goes on: another message was answered. connection.close sends the close frame and ends the TCP connection.',
        { hint: 3 },
      );
  });
  check(
    'closes with 1007 if a text is not UTF-8',
    async () => {
      const raw = await peer();
      raw.write(frame(1, Uint8Array.of(0xc3, 0x28)));
      const cause =
        "readText throws the ProtocolError for that; a TextDecoder of your own puts � in place of what it can't read.";
      await expectFrame(raw, 'a text that is not UTF-8', 8, Uint8Array.of(0x03, 0xef), cause, 3);
    },
    { hint: 3 },
  );
  check('answers a frame that arrives byte by byte', async () => {
    const raw = await peer();
    for (const byte of frame(1, 'Hi')) raw.write(Uint8Array.of(byte));
    await expectFrame(raw, 'the text "Hi", sent byte by byte,', 1, echoOf('Hi'));
  });
  check('answers three frames that arrive together', async () => {
    const raw = await peer();
    raw.write(Buffer.concat([frame(1, 'one'), frame(1, 'two'), frame(1, 'three')]));
    for (const word of ['one', 'two', 'three']) await expectFrame(raw, `the text "${word}"`, 1, echoOf(word));
  });
  malformedCases(check, start);
});
