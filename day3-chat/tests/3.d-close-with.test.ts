import type { WebSocket } from 'ws';
import { connect, exercise, expect, fail, load, serve, show, thrownBy } from '#kit';

exercise('3.d closeWith', (check) => {
  /** What a client sees when the learner's function closes its connection. */
  async function seen(code: number, reason?: string) {
    const { closeWith } = await load(() => import('#day3/bonus/close.ts'), 'closeWith');
    let socket!: WebSocket;
    const { url } = await serve((wss) => wss.on('connection', (one) => (socket = one)));
    const client = await connect(url);
    const thrown = thrownBy(() => closeWith(socket, code, reason));
    if (thrown !== undefined)
      fail(
        `closeWith(socket, ${code}${reason === undefined ? '' : `, a reason of ${Buffer.byteLength(reason)} bytes`}) threw ${show(String(thrown))}. In an event handler that ends the process.`,
      );
    const closed = await client.closed(`the close frame with code ${code}`);
    if (closed.code === 1006 && /utf-?8/i.test(client.trouble ?? ''))
      fail(
        `closeWith(socket, ${code}, a reason of ${Buffer.byteLength(reason ?? '')} bytes) sent a reason that ends in half a character. That is not valid UTF-8: the client gives up and sees 1006.`,
      );
    if (closed.code === 1006)
      fail(`closeWith(socket, ${code}) cut the connection off without a close frame: the client sees 1006.`);
    return closed;
  }
  check('a code and a reason that may be sent are sent as they are', async () => {
    for (const [code, reason] of [
      [1000, ''],
      [1001, 'Bye'],
      [1013, 'too slow'],
      [3000, 'x'],
      [4001, 'Grüße'],
      [4999, 'a'.repeat(123)],
    ] as const) {
      expect(
        await seen(code, reason),
        `Code ${code} and this reason may be sent, so the client must get both unchanged.`,
      ).toEqual({
        code,
        reason,
      });
    }
    for (const code of [1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1014, 3999, 4000]) {
      expect(await seen(code), `Code ${code} may be sent, also without a reason.`).toEqual({ code, reason: '' });
    }
  });
  check('a reason over 123 bytes is cut after a whole character', async () => {
    const { code, reason } = await seen(1011, 'a'.repeat(500));
    expect(
      { code, length: reason.length },
      'A reason of 500 letters, one byte each, must be cut to 123 letters.',
    ).toEqual({ code: 1011, length: 123 });
    const cut = async (given: string, what: string, kept: string): Promise<void> => {
      const closed = await seen(4000, given);
      if (closed.reason.endsWith('\ufffd'))
        fail(
          `A reason of ${what} was cut in the middle of a character: the client reads \ufffd at the end. Leave that character out.`,
        );
      expect(closed, `A reason of ${what}: the client must get all whole characters that fit into 123 bytes.`).toEqual({
        code: 4000,
        reason: kept,
      });
    };
    await cut('é'.repeat(100), '100 letters é, two bytes each', 'é'.repeat(61));
    await cut(`${'a'.repeat(122)}👋`, '122 letters and an emoji of four bytes', 'a'.repeat(122));
    await cut(`${'a'.repeat(120)}👋`, '120 letters and an emoji of four bytes', 'a'.repeat(120));
    await cut('👋'.repeat(50), '50 emojis, four bytes each', '👋'.repeat(30));
  });
  check('a code that may not be sent is left out', async () => {
    for (const code of [1005, 1006, 1015, 1004, 999, 0, -1, 2999, 5000, 1016, 1000.5, 4000.5, Number.NaN]) {
      expect(
        (await seen(code, 'why')).code,
        `Code ${code} may not be sent in a close frame. Close without a code instead: the client then sees 1005.`,
      ).toBe(1005);
    }
  });
});
