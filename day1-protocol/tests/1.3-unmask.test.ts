import { exercise, fail, load, show, thrownBy } from '#kit';

exercise('1.3 unmask', (check) => {
  const KEY = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);
  const hex = (bytes: Uint8Array): string =>
    [...bytes.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ') +
    (bytes.length > 16 ? ' …' : '');
  const repeated = (payload: Uint8Array, mix: (byte: number, i: number) => number): Uint8Array =>
    Uint8Array.from(payload, mix);

  /** Why somebody gets this result, and the hint that fits. */
  const usual = (payload: Uint8Array, key: Uint8Array, got: Uint8Array, length: number): [string, number] => {
    if (got.length !== length) return [`The result should have ${length} bytes, as many as the payload.`, 2];
    const known: [Uint8Array, string][] = [
      [payload, 'That is the payload as it was.'],
      [repeated(payload, (byte) => byte ^ key[0]), 'Every byte was combined with the first byte of the key.'],
      [
        repeated(payload, (byte, i) => byte ^ (key[i] ?? 0)),
        'After the fourth byte the key was used up. It starts again with its first byte.',
      ],
      [repeated(payload, (byte, i) => byte ^ key[3 - (i % 4)]), 'The key was used from its end.'],
      [repeated(payload, (byte, i) => byte ^ key[(i + 1) % 4]), 'The key was used from its second byte on.'],
      [repeated(payload, (byte, i) => byte ^ key[i % 3]), 'The key has four bytes, not three.'],
      [repeated(payload, (byte, i) => byte & key[i % 4]), '& is AND. XOR is written ^.'],
      [repeated(payload, (byte, i) => byte | key[i % 4]), '| is OR. XOR is written ^.'],
      [repeated(payload, (byte, i) => byte + key[i % 4]), '+ is addition. XOR is written ^.'],
    ];
    return [known.find(([wrong]) => Buffer.compare(wrong, got) === 0)?.[1] ?? '', 1];
  };

  const verify = async (payload: Uint8Array, key: Uint8Array, expected: Uint8Array, what?: string) => {
    const { unmask } = await load(() => import('#day1/frames.ts'), 'unmask');
    const before = Uint8Array.from(payload);
    const call = `unmask(${what ?? (hex(payload) || 'no bytes')}, ${hex(key)})`;
    let got: unknown;
    const thrown = thrownBy(() => (got = unmask(payload, key)));
    if (thrown !== undefined) fail(`${call} threw ${show(String(thrown))}.`);
    if (!(got instanceof Uint8Array))
      return fail(`${call} returned ${show(got)}. Expected a Uint8Array of ${expected.length} bytes.`, { hint: 2 });
    if (Buffer.compare(got, expected) === 0) return;
    const [cause, hint] = usual(before, key, got, expected.length);
    fail(`${call} returned ${hex(got)}. Expected ${hex(expected)}.${cause && ` ${cause}`}`, { hint });
  };

  check('unmasks the "Hello" of the RFC', () =>
    verify(Uint8Array.of(0x7f, 0x9f, 0x4d, 0x51, 0x58), KEY, Buffer.from('Hello')),
  );
  check('starts the key again after four bytes', () =>
    verify(new Uint8Array(9), Uint8Array.of(1, 2, 3, 4), Uint8Array.of(1, 2, 3, 4, 1, 2, 3, 4, 1)),
  );
  check('accepts an empty payload', () => verify(new Uint8Array(0), KEY, new Uint8Array(0)));
  check(
    'restores the original when done twice, and changes nothing that it was given',
    async () => {
      const { unmask } = await load(() => import('#day1/frames.ts'), 'unmask');
      const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 31) % 256);
      // Also a Buffer, as Node hands it out: its slice() is a view, while the slice() of a Uint8Array is a copy.
      for (const payload of [bytes.slice(), Buffer.from(bytes)] as Uint8Array[]) {
        const kind = payload instanceof Buffer ? ', a Buffer,' : '';
        const key = KEY.slice();
        const masked = unmask(payload, key);
        if (Buffer.compare(payload, bytes) !== 0)
          fail(
            `unmask changed the payload${kind} that it was given: ${hex(bytes)} became ${hex(payload)}. Return a new array. ${kind ? 'The slice() of a Buffer is a view of the same bytes, not a copy.' : 'The bytes may be part of a buffer that others still read.'}`,
          );
        if (Buffer.compare(key, KEY) !== 0)
          fail(`unmask changed the key that it was given: ${hex(KEY)} became ${hex(key)}.`);
        await verify(masked, key, bytes, `300 masked bytes${kind}`);
      }
      const first = unmask(Uint8Array.of(1, 2, 3), KEY);
      const before = hex(first);
      unmask(Uint8Array.of(9, 9, 9), KEY);
      if (hex(first) !== before)
        fail(
          `unmask(01 02 03, ${hex(KEY)}) returned ${before}. After the next call, that result was ${hex(first)}. Return a new array each time: somebody may still read the last one.`,
        );
      const payload = Uint8Array.of(1, 2, 3);
      if (unmask(payload, new Uint8Array(4)) === payload)
        fail('With a key of four zeros, unmask returned the payload itself. Always return a new array.');
    },
    { hint: 2 },
  );
  check('accepts a payload and a key from the middle of a larger buffer', async () => {
    // As they are in a frame: the key at an odd position, the payload after it, and then the next frame.
    const frame = Uint8Array.from([0x81, 0x85, 0x82, ...KEY, 0x7f, 0x9f, 0x4d, 0x51, 0x58, 0x81, 0x80]);
    const what = '7f 9f 4d 51 58, both from the middle of a larger buffer';
    await verify(frame.subarray(7, 12), frame.subarray(3, 7), Buffer.from('Hello'), what);
    const buffer = Buffer.from(frame);
    await verify(buffer.subarray(7, 12), buffer.subarray(3, 7), Buffer.from('Hello'), what);
  });
  check('accepts a million bytes', () => {
    const zeros = new Uint8Array(1_000_000);
    return verify(
      zeros,
      KEY,
      repeated(zeros, (_, i) => KEY[i % 4]),
      'a million zero bytes',
    );
  });
});
