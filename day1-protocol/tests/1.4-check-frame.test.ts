import { ProtocolError, type Header, type Sender } from '#day1/given/rfc6455.ts';
import { exercise, fail, load, show, thrownBy } from '#kit';

exercise('1.4 checkFrame', (check) => {
  const text: Header = { fin: true, rsv: 0, opcode: 1, masked: true, length: 5 };
  const valid: [string, Header, Sender][] = [
    ['masked text from a client', text, 'client'],
    ['unmasked text from a server', { ...text, masked: false }, 'server'],
    ['an empty text', { ...text, length: 0 }, 'client'],
    ['binary of 126 bytes', { ...text, opcode: 2, length: 126 }, 'client'],
    ['binary of 100000 bytes', { ...text, opcode: 2, length: 100_000 }, 'client'],
    ['the first fragment of a text (fin is false)', { ...text, fin: false }, 'client'],
    ['a middle fragment (opcode 0, fin is false)', { ...text, opcode: 0, fin: false }, 'client'],
    ['a last fragment (opcode 0)', { ...text, opcode: 0 }, 'client'],
    ['a ping of 125 bytes', { ...text, opcode: 9, length: 125 }, 'client'],
    ['a close frame without a payload', { ...text, opcode: 8, length: 0, masked: false }, 'server'],
  ];
  const broken: [string, Header, Sender, string, number][] = [
    ['an unmasked text from a client', { ...text, masked: false }, 'client', 'Clients mask every frame.', 2],
    ['a masked text from a server', text, 'server', 'Servers never mask.', 2],
    ['a text with RSV1 set', { ...text, rsv: 4 }, 'client', 'All three reserved bits must be 0.', 1],
    ['a text with RSV2 set', { ...text, rsv: 2 }, 'client', 'All three reserved bits must be 0.', 1],
    ['a text with RSV3 set', { ...text, rsv: 1, masked: false }, 'server', 'All three reserved bits must be 0.', 1],
    ['a ping of 126 bytes', { ...text, opcode: 9, length: 126 }, 'client', 'A control frame has at most 125 bytes.', 2],
    ['a close frame of 126 bytes', { ...text, opcode: 8, length: 126 }, 'client', 'Close is a control frame, too.', 2],
    ['a pong of 126 bytes', { ...text, opcode: 10, length: 126 }, 'client', 'Pong is a control frame, too.', 2],
    ['a ping with fin false', { ...text, opcode: 9, fin: false }, 'client', 'A control frame comes in one piece.', 2],
    ['a pong with fin false', { ...text, opcode: 10, fin: false }, 'client', 'A control frame comes in one piece.', 2],
    [
      'a close frame with fin false',
      { ...text, opcode: 8, fin: false },
      'client',
      'A control frame comes in one piece.',
      2,
    ],
    ['a text with RSV1 and RSV2 set', { ...text, rsv: 6 }, 'client', 'All three reserved bits must be 0.', 1],
    ['a ping with RSV1 set', { ...text, opcode: 9, rsv: 4 }, 'client', 'The rule holds for control frames, too.', 3],
    [
      'an unmasked ping from a client',
      { ...text, opcode: 9, masked: false },
      'client',
      'Clients mask control frames, too.',
      3,
    ],
    [
      'an unmasked, empty text from a client',
      { ...text, masked: false, length: 0 },
      'client',
      'Clients mask every frame.',
      2,
    ],
    [
      'a masked pong from a server',
      { ...text, opcode: 10 },
      'server',
      'Servers never mask, control frames neither.',
      3,
    ],
    [
      "a server's ping of 126 bytes",
      { ...text, opcode: 9, length: 126, masked: false },
      'server',
      'The limit holds for servers, too.',
      3,
    ],
    [
      "a server's ping with fin false",
      { ...text, opcode: 9, fin: false, masked: false },
      'server',
      'The rule holds for servers, too.',
      3,
    ],
    [
      'a frame of 126 bytes with opcode 11',
      { ...text, opcode: 11, length: 126 },
      'client',
      'Every opcode from 8 on is a control frame, also one that is reserved for later.',
      2,
    ],
  ];
  const call = (header: Header, from: Sender): string => `checkFrame(${show(header)}, '${from}')`;

  for (const [what, header, from] of valid) {
    check(`allows ${what}`, async () => {
      const { checkFrame } = await load(() => import('#day1/frames.ts'), 'checkFrame');
      const thrown = thrownBy(() => checkFrame({ ...header }, from));
      if (thrown !== undefined)
        fail(
          `${call(header, from)} threw ${show(String(thrown))}. Expected nothing: ${what} breaks no rule.`,
          header.opcode < 8 && (header.length > 125 || !header.fin) ? { hint: 2 } : {},
        );
    });
  }
  for (const [what, header, from, rule, hint] of broken) {
    check(
      `rejects ${what}`,
      async () => {
        const { checkFrame } = await load(() => import('#day1/frames.ts'), 'checkFrame');
        let returned: unknown;
        const thrown = thrownBy(() => (returned = checkFrame({ ...header }, from)));
        if (thrown === undefined)
          fail(
            `${call(header, from)} accepted ${what}. ${returned === undefined ? '' : `It returned ${returned instanceof Error ? String(returned) : show(returned)}; throw it instead. `}Expected a ProtocolError with code 1002. ${rule}`,
          );
        if (!(thrown instanceof ProtocolError))
          fail(
            `${call(header, from)} threw ${show(String(thrown))}, which isn't a ProtocolError. Without its code, the caller can't tell the peer what was wrong.`,
            { hint: 1 },
          );
        if (thrown.code !== 1002)
          fail(
            `${call(header, from)} threw a ProtocolError with code ${thrown.code}. Expected code 1002, protocol error.`,
            { hint: 1 },
          );
      },
      { hint },
    );
  }
  check('checks each header on its own, and leaves it unchanged', async () => {
    const { checkFrame } = await load(() => import('#day1/frames.ts'), 'checkFrame');
    // A server has many clients. The frame of one says nothing about the next frame of another.
    for (const header of [{ ...text, fin: false }, text, { ...text, opcode: 0 }, { ...text, opcode: 0 }]) {
      const given = { ...header };
      const thrown = thrownBy(() => checkFrame(given, 'client'));
      if (thrown !== undefined)
        fail(
          `${call(header, 'client')}, called after other headers, threw ${show(String(thrown))}. Frames of many connections come here, so don't remember anything between two calls.`,
        );
      if (show(given) !== show(header))
        fail(`checkFrame changed the header that it was given: ${show(header)} became ${show(given)}.`);
    }
  });
});
