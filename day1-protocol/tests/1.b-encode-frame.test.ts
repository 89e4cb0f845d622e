import { exercise, fail, frame, load, show } from '#kit';

exercise('1.b encodeFrame', (check) => {
  const subject = () => load(() => import('#day1/bonus/encode.ts'), 'encodeFrame');
  const key = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);
  const hello = Buffer.from('Hello');
  const bytes = (length: number): Uint8Array => new Uint8Array(length).map((_, i) => (i * 7) % 256);
  const cases: [string, number, Uint8Array, Uint8Array | undefined][] = [
    ['the RFC\'s unmasked "Hello"', 1, hello, undefined],
    ['the RFC\'s masked "Hello"', 1, hello, key],
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
      if (!(encoded instanceof Uint8Array))
        return fail(`encodeFrame gave ${show(encoded)}; a Uint8Array was expected.`);
      if (Buffer.compare(encoded, expected) !== 0)
        fail(
          `Wrong frame for ${what} (opcode ${opcode}, ${mask ? 'masked' : 'no mask'}): ${show(encoded)}; expected ${show(expected)}.`,
        );
    });
  }
  check('the payload is left as it is', async () => {
    const { encodeFrame } = await subject();
    const payload = bytes(10);
    encodeFrame(2, payload, key);
    if (Buffer.compare(payload, bytes(10)) !== 0)
      fail('The payload that was passed in is masked now: whoever sends it to a second peer sends noise.');
  });
});
