import { exercise, fail, frame, load, show, thrownBy } from '#kit';

exercise('1.b encodeFrame', (check) => {
  const KEY = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);
  const hello = Buffer.from('Hello');
  const bytes = (length: number): Uint8Array => new Uint8Array(length).map((_, i) => (i * 7) % 256);
  const hex = (all: Uint8Array): string =>
    [...all.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ') +
    (all.length > 16 ? ' …' : '');

  /** Explains the first byte that is wrong. */
  function cause(got: Uint8Array, right: Uint8Array, length: number, masked: boolean): string {
    const at = right.findIndex((byte, i) => byte !== got[i]);
    const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
    if (at === 0) return 'The first byte has FIN as its top bit, and the opcode in its low four bits.';
    if (at === 1 && (got[1] & 0x7f) === (right[1] & 0x7f))
      return masked ? 'The mask bit is missing in the second byte.' : 'Without a key, the mask bit is 0.';
    if (at === 1)
      return `A payload of ${length} bytes needs ${(right[1] & 0x7f) < 126 ? 'its length itself' : right[1] & 0x7f} in the second byte.`;
    if (at > 1 && at < header)
      return Buffer.compare(Buffer.from(got.slice(2, header)).reverse(), right.subarray(2, header)) === 0
        ? 'The length is in little-endian order. On the wire, the most significant byte comes first.'
        : `The length, ${length}, is wrong in the bytes after the second.`;
    if (masked && at < header + 4) return 'After the length comes the masking key.';
    if (at >= 0)
      return masked
        ? 'The payload has to be masked with the key.'
        : 'The payload has to be the one that was passed in.';
    return `It is too long by ${got.length - right.length} bytes.`;
  }
  const verify = async (opcode: number, payload: Uint8Array, key?: Uint8Array): Promise<void> => {
    const { encodeFrame } = await load(() => import('#day1/bonus/encode.ts'), 'encodeFrame');
    const call = `encodeFrame(${opcode}, ${payload.length} bytes${key ? `, ${hex(key)}` : ''})`;
    const right = frame(opcode, payload, { masked: key !== undefined, key: key as Uint8Array<ArrayBuffer> });
    let got: unknown;
    const thrown = thrownBy(() => (got = encodeFrame(opcode, payload, key)));
    if (thrown !== undefined) fail(`${call} threw ${show(String(thrown))}.`, { hint: 2 });
    if (!(got instanceof Uint8Array)) return fail(`${call} returned ${show(got)}. Expected a Uint8Array.`, { hint: 3 });
    if (Buffer.compare(got, right) === 0) return;
    const why = cause(got, right, payload.length, key !== undefined);
    fail(`${call} returned ${got.length} bytes: ${hex(got)}. Expected ${right.length}: ${hex(right)}. ${why}`, {
      hint: /payload|key/.test(why) ? 3 : /second byte needs|needs/.test(why) ? 1 : 2,
    });
  };

  check('encodes the unmasked "Hello" of the RFC', () => verify(1, hello));
  check('encodes the masked "Hello" of the RFC', () => verify(1, hello, KEY));
  check('encodes the ping of the RFC', () => verify(9, hello));
  check('encodes an empty close frame', () => verify(8, bytes(0)));
  check('encodes 125 bytes, masked', () => verify(2, bytes(125), KEY));
  check('encodes 126 bytes', () => verify(2, bytes(126)));
  check('encodes 127 bytes', () => verify(2, bytes(127)));
  check('encodes 256 bytes', () => verify(2, bytes(256)));
  check('encodes 65535 bytes, masked', () => verify(2, bytes(65_535), KEY));
  check('encodes 65536 bytes', () => verify(2, bytes(65_536)));
  check('encodes every length up to 300, and some around each power of two', async () => {
    const around = Array.from({ length: 8 }, (_, i) => 2 ** (i + 9)).flatMap((n) => [n - 1, n, n + 1]);
    for (const length of [...Array.from({ length: 301 }, (_, i) => i), ...around])
      for (const key of [undefined, KEY]) await verify(2, bytes(length), key);
  });
  check('encodes every opcode', async () => {
    for (let opcode = 0; opcode < 16; opcode++) await verify(opcode, bytes(3), KEY);
  });
  check(
    'leaves the payload and the key unchanged',
    async () => {
      const { encodeFrame } = await load(() => import('#day1/bonus/encode.ts'), 'encodeFrame');
      const [payload, key] = [bytes(10), KEY.slice()];
      encodeFrame(2, payload, key);
      if (Buffer.compare(payload, bytes(10)) !== 0)
        fail(
          `encodeFrame changed the payload that it was given: ${hex(bytes(10))} became ${hex(payload)}. Sent to a second peer, it would be noise.`,
        );
      if (Buffer.compare(key, KEY) !== 0)
        fail(`encodeFrame changed the key that it was given: ${hex(KEY)} became ${hex(key)}.`);
    },
    { hint: 3 },
  );
});
