import { exercise, fail, load, show, thrownBy } from '#kit';

exercise('1.3 unmask', (check) => {
  const subject = () => load(() => import('#day1/frames.ts'), 'unmask');
  const key = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);
  const same = (actual: unknown, expected: Uint8Array, what: string): void => {
    if (!(actual instanceof Uint8Array))
      return fail(`${what} gave ${show(actual)}; a Uint8Array of ${expected.length} bytes was expected.`);
    if (Buffer.compare(actual, expected) !== 0) fail(`${what} gave ${show(actual)}; expected ${show(expected)}.`);
  };

  check('the RFC\'s masked "Hello"', async () => {
    const { unmask } = await subject();
    same(
      unmask(Uint8Array.of(0x7f, 0x9f, 0x4d, 0x51, 0x58), key),
      Buffer.from('Hello'),
      'Unmasking 7f 9f 4d 51 58 with the key 37 fa 21 3d',
    );
  });
  check('the key starts again after four bytes, however long the payload', async () => {
    const { unmask } = await subject();
    same(
      unmask(new Uint8Array(9), Uint8Array.of(1, 2, 3, 4)),
      Uint8Array.of(1, 2, 3, 4, 1, 2, 3, 4, 1),
      'Unmasking nine zero bytes with the key 01 02 03 04',
    );
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
      if (Buffer.compare(payload, bytes) !== 0)
        fail(
          `The payload that was passed in was changed${kind}. It may be a window on the buffer that holds the next frames: leave it, and return a new array.`,
        );
      if (Buffer.compare(mask, key) !== 0)
        fail(`The key that was passed in was changed: 37 fa 21 3d is now ${show(mask)}.`);
      same(unmask(masked, mask), bytes, `Masking 300 bytes${kind}, and unmasking them again,`);
    }
    const payload = Uint8Array.of(1, 2, 3);
    if (unmask(payload, new Uint8Array(4)) === payload)
      fail(
        'With a key of four zeros the payload itself came back. A new array is promised: the buffer that the payload is a window on will be used again.',
      );
  });
  check('payload and key in the middle of a larger buffer', async () => {
    const { unmask } = await subject();
    // As they stand in a frame: the key at an odd place, the payload behind it, the next frame behind that.
    const frame = Uint8Array.from([0x81, 0x85, 0x82, ...key, 0x7f, 0x9f, 0x4d, 0x51, 0x58, 0x81, 0x80]);
    const thrown = thrownBy(() => unmask(frame.subarray(7, 12), frame.subarray(3, 7)));
    if (thrown !== undefined)
      fail(
        `Threw ${show(String(thrown))} on a payload and a key that are subarrays of a larger buffer (byteOffset 7 and 3).`,
      );
    same(
      unmask(frame.subarray(7, 12), frame.subarray(3, 7)),
      Buffer.from('Hello'),
      'Unmasking 7f 9f 4d 51 58 with the key 37 fa 21 3d, both subarrays of a larger buffer,',
    );
  });
  check('a payload of 1000000 bytes', async () => {
    const { unmask } = await subject();
    const zeros = new Uint8Array(1_000_000);
    same(
      unmask(zeros, key),
      zeros.map((_, i) => key[i % 4]),
      'Unmasking 1000000 zero bytes with the key 37 fa 21 3d',
    );
  });
});
