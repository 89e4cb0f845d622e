import { ProtocolError } from '#day1/given/rfc6455.ts';
import { exercise, fail, load, show, thrownBy } from '#kit';

exercise('1.2 readLength', (check) => {
  const hex = (bytes: Iterable<number>): string =>
    [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ') || '(no bytes)';
  const unsigned = (bytes: number[]): number => bytes.reduce((sum, byte) => sum * 256 + byte, 0);

  /** Why somebody gets this result: the usual mistakes, each with the hint that fits. */
  const usual = (bytes: number[], length: number, next: number, got: unknown): [cause: string, hint: number] => {
    if (got === undefined || got === null)
      return bytes[1] >= 0x80 && bytes.length >= next + 4
        ? [
            'All bytes of the length are here. Is the mask bit, the top bit of the second byte, taken for a part of it?',
            1,
          ]
        : ['All bytes of the length are here. What comes after them may still be missing.', 2];
    if (typeof got !== 'object') return ['Return an object with length and next.', 3];
    const read = got as { length?: unknown; next?: unknown };
    if (typeof read.length === 'bigint') return ['The length is a bigint here; Number(…) makes a number of it.', 3];
    if (read.length !== length) {
      const [, second, ...rest] = bytes;
      const short = second & 0x7f;
      const field = rest.slice(0, next - 2);
      if (short < 126 && read.length === second)
        return ['The top bit of the second byte is the mask bit, not part of the length.', 1];
      if (short >= 126 && (read.length === short || read.length === second))
        return [
          `${short} is not the length here: it says that the length is in the next ${short === 126 ? 2 : 8} bytes.`,
          1,
        ];
      if (field.length > 0 && read.length === unsigned(field) - 2 ** (8 * field.length))
        return ['The number is unsigned: its top bit is not a minus sign. Use getUint16 and getBigUint64.', 2];
      if (field.length > 0 && read.length === unsigned([...field].reverse()))
        return ['The bytes were read in little-endian order. On the wire, the most significant byte comes first.', 2];
      if (short === 127 && (read.length === unsigned(field.slice(4)) || read.length === (unsigned(field.slice(4)) | 0)))
        return ['Only the last four of the eight bytes were read. Operators such as << and | keep 32 bits only.', 2];
      if (short === 127 && read.length === unsigned(field.slice(0, 2)))
        return ['After 127, the length has eight bytes, not two.', 1];
      return ['', field.length > 0 ? 2 : 1];
    }
    if (read.next === next + 4) return ["next is where the length ends: don't add the masking key.", 1];
    return [`The length is right; next should be ${next}, the position right after the length.`, 3];
  };

  /** Reads a length from bytes that are handed over in some way. */
  const verify = async (
    bytes: number[],
    length: number,
    next: number,
    wrap = (all: number[]) => Uint8Array.from(all),
  ) => {
    const { readLength } = await load(() => import('#day1/frames.ts'), 'readLength');
    const given = wrap(bytes);
    const kind =
      given instanceof Buffer ? ', a Buffer,' : given.byteOffset > 0 ? ', a subarray of a larger buffer,' : '';
    let got: unknown;
    const thrown = thrownBy(() => (got = readLength(given)));
    if (thrown !== undefined) {
      const cause =
        thrown instanceof ProtocolError
          ? ' Any length is fine here: decodeFrame rejects frames that are too long.'
          : /\bread\w+ is not a function/.test(String(thrown))
            ? ' bytes may be a plain Uint8Array, which has no such method of a Buffer. A DataView reads both.'
            : '';
      fail(`readLength of ${hex(bytes)}${kind} threw ${show(String(thrown))}. The length is ${length}.${cause}`, {
        hint: 2,
      });
    }
    const read = got as { length?: unknown; next?: unknown } | undefined;
    if (read?.length === length && read.next === next) return;
    const [cause, hint] = kind
      ? ['The same bytes in an array of their own are read correctly. Where in its buffer do these begin?', 2]
      : usual(bytes, length, next, got);
    fail(
      `readLength of ${hex(bytes)}${kind} returned ${show(got)}. Expected { length: ${length}, next: ${next} }.${cause && ` ${cause}`}`,
      { hint: hint as number },
    );
  };

  const cases: [string, number[], number, number][] = [
    ['5 bytes, in the seven bits', [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f], 5, 2],
    ['5 bytes, with the mask bit set', [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d], 5, 2],
    ['0 bytes, in the seven bits', [0x81, 0x00], 0, 2],
    ['125 bytes, in the seven bits', [0x82, 0x7d], 125, 2],
    ['126 bytes, in the 16-bit form', [0x82, 0x7e, 0x00, 0x7e], 126, 4],
    ['256 bytes, in the 16-bit form', [0x82, 0x7e, 0x01, 0x00], 256, 4],
    ['65535 bytes, in the 16-bit form', [0x82, 0x7e, 0xff, 0xff], 65_535, 4],
    ['200 bytes, with the mask bit set', [0x82, 0xfe, 0x00, 0xc8, 1, 2, 3, 4], 200, 4],
    ['65536 bytes, in the 64-bit form', [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0], 65_536, 10],
    ['70000 bytes, with the mask bit set', [0x82, 0xff, 0, 0, 0, 0, 0, 1, 0x11, 0x70, 1, 2, 3, 4], 70_000, 10],
    ['a length before its masking key has arrived', [0x81, 0x85], 5, 2],
    ['a length when half of the masking key has arrived', [0x82, 0xfe, 0x00, 0xc8, 1, 2], 200, 4],
  ];
  for (const [what, bytes, length, next] of cases) check(`reads ${what}`, () => verify(bytes, length, next));

  check(
    'returns undefined until all bytes of the length are here',
    async () => {
      const { readLength } = await load(() => import('#day1/frames.ts'), 'readLength');
      for (const bytes of [
        [],
        [0x81],
        [0x82, 0x7e],
        [0x82, 0x7e, 1],
        [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0],
        [0x82, 0xff, 0, 0, 0],
      ]) {
        // On their own, and as part of a larger buffer: bytes that lie after them there are not this frame's.
        const larger = Uint8Array.from([9, 9, 9, ...bytes, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]);
        for (const part of [Uint8Array.from(bytes), larger.subarray(3, 3 + bytes.length)]) {
          const kind = part.byteOffset > 0 ? ', a subarray of a larger buffer,' : '';
          let got: unknown;
          const thrown = thrownBy(() => (got = readLength(part)));
          if (thrown !== undefined)
            fail(
              `readLength of ${hex(part)}${kind} threw ${show(String(thrown))}. TCP may deliver a frame in pieces, so it isn't an error that bytes are missing: return undefined.`,
            );
          if (got !== undefined)
            fail(
              `readLength of ${hex(part)}${kind} returned ${show(got)}. Expected undefined: only ${part.length} bytes have arrived, so the length isn't known yet.`,
            );
        }
      }
    },
    { hint: 2 },
  );
  const window = (bytes: number[]) =>
    Uint8Array.from([9, 9, 9, ...bytes, 9, 9, 9, 9, 9, 9, 9, 9]).subarray(3, 3 + bytes.length);
  check('reads a Buffer, which is often part of a larger one', async () => {
    // Node keeps small Buffers together in one large memory, so byteOffset is rarely 0, and slice() is a view, not a copy.
    const buffer = (bytes: number[]) => Buffer.concat([Buffer.from([9, 9, 9]), Buffer.from(bytes)]).subarray(3);
    await verify([0x82, 0x7e, 0x01, 0x00], 256, 4, buffer);
    await verify([0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0], 65_536, 10, buffer);
  });
  check('reads bytes in the middle of a larger buffer', async () => {
    await verify([0x82, 0x7e, 0x01, 0x00], 256, 4, window);
    await verify([0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0], 65_536, 10, window);
  });
  check('leaves the bytes unchanged', async () => {
    const { readLength } = await load(() => import('#day1/frames.ts'), 'readLength');
    for (const bytes of [
      [0x82, 0xfe, 0x00, 0xc8, 1, 2, 3, 4],
      [0x82, 0xff, 0, 0, 0, 0, 0, 1, 0x11, 0x70, 1, 2, 3, 4],
    ]) {
      const given = Uint8Array.from(bytes);
      readLength(given);
      if (hex(given) !== hex(bytes))
        fail(
          `readLength changed the bytes that it was given: ${hex(bytes)} became ${hex(given)}. Others still have to read them.`,
        );
    }
  });
  const huge: typeof cases = [
    ['2147483648 bytes: the top bit of four bytes is not a sign', [0x82, 0x7f, 0, 0, 0, 0, 0x80, 0, 0, 0], 2 ** 31, 10],
    ['4294967301 bytes: more than 32 bits', [0x82, 0x7f, 0, 0, 0, 1, 0, 0, 0, 5], 2 ** 32 + 5, 10],
    ['281474976710661 bytes: more than 48 bits', [0x82, 0x7f, 0, 1, 0, 0, 0, 0, 0, 5], 2 ** 48 + 5, 10],
    ['4611686018427387904 bytes: decodeFrame rejects it', [0x82, 0x7f, 0x40, 0, 0, 0, 0, 0, 0, 0], 2 ** 62, 10],
  ];
  for (const [what, bytes, length, next] of huge) check(`reads ${what}`, () => verify(bytes, length, next));
  check(
    'never makes a small or negative length out of 2 ** 63 and more',
    async () => {
      const { readLength } = await load(() => import('#day1/frames.ts'), 'readLength');
      // The RFC demands that this bit is 0. Rejecting it here is fine; otherwise decodeFrame rejects the length.
      const bytes = Uint8Array.from([0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 5]);
      let read: { length?: unknown } | undefined;
      const thrown = thrownBy(() => (read = readLength(bytes)));
      if (thrown instanceof ProtocolError) return;
      if (thrown !== undefined)
        fail(
          `readLength of ${hex(bytes)} threw ${show(String(thrown))}. The 64 bits are unsigned: this is 2 ** 63 + 5.`,
        );
      if (!(Number(read?.length) > Number.MAX_SAFE_INTEGER))
        fail(
          `readLength of ${hex(bytes)} returned ${show(read)}. The 64 bits are unsigned, so this is 2 ** 63 + 5. With a small or negative length, the next frame would be read from the wrong place; with undefined, the reader would wait for ever.`,
        );
    },
    { hint: 3 },
  );
});
