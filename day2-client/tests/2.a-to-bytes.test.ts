import { exercise, fail, load, show, thrownBy, without } from '#kit';

exercise('2.a toBytes', (check) => {
  const bytes = Uint8Array.of(0, 127, 128, 255);
  const cases: [string, unknown, Uint8Array][] = [
    ['text', 'Zoë', Uint8Array.of(0x5a, 0x6f, 0xc3, 0xab)],
    ['an ArrayBuffer', bytes.slice().buffer, bytes],
    ['a Uint8Array', bytes, bytes],
    ['a Buffer that shows a part of a larger one', Buffer.from([9, 9, ...bytes, 9]).subarray(2, 6), bytes],
    ['a DataView that shows the middle of a buffer', new DataView(Uint8Array.of(9, ...bytes, 9).buffer, 1, 4), bytes],
    [
      'a Uint16Array, whose elements are not bytes',
      new Uint16Array(Uint8Array.of(1, 2, 3, 4).buffer),
      Uint8Array.of(1, 2, 3, 4),
    ],
    ['a Blob', new Blob([bytes.subarray(0, 2), bytes.subarray(2)]), bytes],
    ['an empty text', '', new Uint8Array(0)],
    ['an empty ArrayBuffer', new ArrayBuffer(0), new Uint8Array(0)],
  ];
  for (const [what, data, expected] of cases) {
    check(`returns the bytes of ${what}`, async () => {
      const { toBytes } = await load(() => import('#day2/bonus/binary.ts'), 'toBytes');
      let reading!: Promise<Uint8Array>;
      // A page has no Buffer. Node's own Blob may need it.
      const thrown =
        data instanceof Blob
          ? thrownBy(() => (reading = toBytes(data)))
          : without(globalThis, 'Buffer', () => thrownBy(() => (reading = toBytes(data))));
      const came: unknown = thrown ?? (await Promise.resolve(reading).catch((error: unknown) => error));
      if ((came as Error | undefined)?.name === 'Todo') throw came;
      if (
        came instanceof TypeError &&
        /reading '(from|isBuffer|alloc|byteLength|concat)'|instanceof/.test(came.message)
      )
        fail(
          `toBytes(${what}) threw ${came.name}: ${came.message}. Is that from Buffer? A browser has none: TextEncoder and Uint8Array are in both.`,
        );
      if (came instanceof Error) fail(`toBytes(${what}) threw ${came.name}: ${came.message}.`);
      if (!(came instanceof Uint8Array))
        return fail(`toBytes(${what}) returned ${show(came)}. It should return a Uint8Array.`);
      if (Buffer.compare(came, expected) !== 0)
        fail(`toBytes(${what}) returned ${show(came)}. It should return ${show(expected)}.`, {
          hint: ArrayBuffer.isView(data) ? 2 : undefined,
        });
    });
  }
  check('rejects with a TypeError for anything else', async () => {
    const { toBytes } = await load(() => import('#day2/bonus/binary.ts'), 'toBytes');
    for (const data of [undefined, null, 42, {}, [1, 2]]) {
      const outcome: unknown = await toBytes(data).then(
        (came: unknown) =>
          came instanceof Error ? fail(`toBytes(${show(data)}) returned an Error. It should throw it.`) : came,
        (error: unknown) => error,
      );
      if ((outcome as Error | undefined)?.name === 'Todo') throw outcome;
      if (!(outcome instanceof TypeError))
        fail(
          `toBytes(${show(data)}) ${outcome instanceof Error ? `threw ${outcome.name}: ${outcome.message}` : `returned ${show(outcome)}`}. It should throw a TypeError.`,
        );
    }
  });
});
