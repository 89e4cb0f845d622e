import { exercise, expect, fail, load, show, thrownBy } from '#kit';
import { ProtocolError } from '#day1/given/rfc6455.ts';

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
    [
      '281474976710661 bytes, in 64 bits: more than 48 of them count',
      [0x82, 127, 0, 1, 0, 0, 0, 0, 0, 5],
      281_474_976_710_661,
      10,
    ],
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
    for (const bytes of [
      [],
      [0x81],
      [0x82, 126],
      [0x82, 126, 1],
      [0x82, 127, 0, 0, 0, 0, 0, 1, 0],
      [0x82, 0xff, 0, 0, 0],
    ]) {
      const part = Uint8Array.from(bytes);
      const thrown = thrownBy(() => readLength(part));
      if (thrown !== undefined)
        fail(
          `Threw ${show(String(thrown))} on ${show(part)}: TCP may deliver a frame in pieces, so an incomplete one is no error.`,
        );
      expect(readLength(part), `Only ${show(part)} have arrived, so the length is not known yet.`).toBeUndefined();
    }
  });
  check('bytes in the middle of a larger buffer', async () => {
    const { readLength } = await subject();
    // What Node hands out is often a window on a shared buffer: byteOffset is not 0, and other bytes stand behind the last.
    const windowOn = (bytes: number[]) =>
      Uint8Array.from([9, 9, 9, ...bytes, 9, 9, 9, 9, 9, 9, 9, 9]).subarray(3, 3 + bytes.length);
    for (const [bytes, length, next] of [
      [[0x82, 126, 0x01, 0x00], 256, 4],
      [[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0], 65_536, 10],
    ] as const) {
      const window = windowOn([...bytes]);
      expect(
        readLength(window),
        `Wrong length read from ${show(window)}, a subarray of a larger buffer (its byteOffset is 3).`,
      ).toEqual({ length, next });
    }
    for (const bytes of [[], [0x81], [0x82, 126, 1], [0x82, 127, 0, 0, 0, 0, 0, 1, 0]]) {
      const window = windowOn(bytes);
      const thrown = thrownBy(() => readLength(window));
      if (thrown !== undefined)
        fail(
          `Threw ${show(String(thrown))} on ${show(window)}, a subarray of a larger buffer: an incomplete frame is no error.`,
        );
      expect(
        readLength(window),
        `Only ${show(window)} have arrived. They are a subarray of a larger buffer: what stands behind them is not this frame's.`,
      ).toBeUndefined();
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
    if (!(Number(read?.length) > Number.MAX_SAFE_INTEGER))
      fail(
        `Read ${show(read)} from ${show(bytes)}: these 64 bits, unsigned, are 2 ** 63 + 5. A negative or small length makes the reader take the next frame from the wrong place, and undefined makes it wait for ever.`,
      );
  });
  check('the bytes are left as they are', async () => {
    const { readLength } = await subject();
    const bytes = Uint8Array.from([0x82, 0xfe, 0x00, 0xc8, 1, 2, 3, 4]);
    readLength(bytes);
    if (bytes[1] !== 0xfe)
      fail(
        `The bytes that were passed in were changed: 82 fe 00 c8 … is now ${show(bytes)}. Who reads them next no longer sees the mask bit, and refuses the frame.`,
      );
  });
});
