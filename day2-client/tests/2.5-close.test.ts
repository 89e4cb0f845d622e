import { exercise, expect, fail, show, thrownBy, within, without } from '#kit';
import type { Socket } from '#day2/given/base-client.ts';
import { ws, kinds, make, pretended, slowServer, told, event, open } from './helpers/clients.ts';

exercise('2.5 RealtimeClient.close', (check) => {
  const ALLOWED = 'A browser allows 1000 and 3000 to 4999, with up to 123 bytes of reason.';
  /** A call in words: a long reason by its bytes. */
  const said = ([code, reason]: [number?, string?]): string =>
    `close(${[code, reason === undefined || reason.length < 20 ? reason && show(reason) : `a reason of ${new TextEncoder().encode(reason).length} bytes`].filter((part) => part !== undefined).join(', ')})`;
  for (const [kind, WebSocket] of kinds) {
    for (const [args, code, reason] of [
      [[], 1000, ''],
      [[1000, 'done'], 1000, 'done'],
      [[3000], 3000, ''],
      [[4001, 'bye'], 4001, 'bye'],
      [[4999, 'ä'.repeat(61) + 'x'], 4999, 'ä'.repeat(61) + 'x'],
    ] as [[number?, string?], number, string][]) {
      check(
        `close(${args.map((arg) => show(arg).slice(0, 12)).join(', ')}) reaches the server as ${code} (${kind})`,
        async () => {
          const { client, states, ended } = await open(WebSocket);
          const over = ended();
          const thrown = thrownBy(() => client.close(...args));
          if (thrown !== undefined) fail(`${said(args)} threw ${told(thrown)}. ${ALLOWED}`);
          if (client.state === 'closing' && !states.includes('closing'))
            fail(
              'close() set the state by hand, and onState was not told: the page goes on showing OPEN. this.closeSocket(code, reason) does both.',
            );
          expect(
            [client.state, client.socket?.readyState],
            'Wrong state of client and socket right after close(). this.closeSocket(code, reason) changes both; this.socket.close() knows nothing of the client.',
          ).toEqual(['closing', 2]);
          expect(await over, 'Wrong close code or reason at the server.').toEqual({ code, reason });
        },
      );
    }
  }
  /** What close() throws. */
  const refused = (
    client: { close: (code?: number, reason?: string) => void },
    code: number,
    reason?: string,
  ): unknown => {
    let returned: unknown;
    const thrown = thrownBy(() => (returned = client.close(code, reason)));
    if (!(returned instanceof Promise)) return thrown;
    returned.catch(() => {});
    return fail(
      `close(${code}) did not throw, it returned a Promise: whoever calls it without await never hears of the refusal. No async.`,
    );
  };
  for (const code of [1001, 0, 999, 1002, 1005, 1006, 1011, 1015, 2999, 5000, 65_536, NaN]) {
    check(`${code} is refused, and the connection stays`, async () => {
      const { client, heard } = await open(ws, (socket, text) => socket.send(text));
      const thrown = refused(client, code);
      if (!(thrown instanceof RangeError))
        fail(
          `close(${code}) ${thrown !== undefined ? `threw ${told(thrown)}` : client.state === 'open' ? 'did nothing, and threw nothing' : 'was accepted'}.${Number.isNaN(code) ? ' NaN is neither below 3000 nor above 4999: ask for what is allowed.' : ''} A browser refuses this code; a RangeError was expected, in Node as well.`,
        );
      expect(
        [client.state, client.socket?.readyState],
        `Wrong state after a refused close(${code}): the connection was to stay open.`,
      ).toEqual(['open', 1]);
      expect(heard.length).toBe(0);
    });
  }
  check('1000 and all from 3000 to 4999 are allowed', async () => {
    const { client } = await pretended();
    for (const code of [1000, ...Array.from({ length: 2_000 }, (_, i) => 3_000 + i)]) {
      client.state = 'open';
      const thrown = thrownBy(() => client.close(code));
      if (thrown !== undefined) fail(`${said([code])} threw ${told(thrown)}. ${ALLOWED}`);
    }
  });
  check(
    'a reason over 123 bytes is refused: bytes, not characters',
    async () => {
      const { client, reached } = await pretended();
      for (const reason of ['x'.repeat(124), 'ä'.repeat(62), '€'.repeat(41) + 'x', '🙂'.repeat(31)]) {
        const thrown = refused(client, 1000, reason);
        const [first] = reason;
        const counted =
          reason.length < 124
            ? `You counted ${reason.length} characters; on the wire they are 124 bytes. (${first} takes ${Buffer.byteLength(first)}.)`
            : 'The reason has 124 bytes.';
        if (!(thrown instanceof RangeError))
          fail(
            `${counted} It ${thrown === undefined ? 'was accepted' : `gave ${told(thrown)}`}. A control frame has room for 125 bytes, and two are the code; a RangeError was expected.`,
          );
        expect(
          [client.state, reached.length],
          `${counted} Wrong state, or number of calls of the socket's close(), after the refusal.`,
        ).toEqual(['idle', 0]);
      }
    },
    { hint: 2 },
  );
  check(
    'counted with what a browser has',
    async () => {
      const { client } = await pretended();
      const thrown = without(globalThis, 'Buffer', () => thrownBy(() => client.close(4000, 'bye')));
      if (thrown !== undefined)
        fail(
          `Buffer is Node's: a browser has none. Count with new TextEncoder().encode(reason).length. (${told(thrown)})`,
        );
    },
    { hint: 2 },
  );
  for (const reason of ['€'.repeat(41), '🙂'.repeat(30) + 'xyz']) {
    check(`123 bytes of ${show([...reason][0])} are allowed`, async () => {
      const { client } = await pretended();
      const thrown = thrownBy(() => client.close(1000, reason));
      if (thrown !== undefined) fail(`${said([1000, reason])} threw ${told(thrown)}. ${ALLOWED}`);
    });
  }
  check('refused in every state', async () => {
    const { client } = await pretended();
    for (const [when, socket] of [
      ['before any connection', undefined],
      ['while CLOSING', { readyState: 2 }],
      ['when CLOSED', { readyState: 3 }],
    ] as [string, Socket | undefined][]) {
      client.socket = socket;
      for (const args of [[1001], [1000, 'x'.repeat(124)]] as [number, string?][]) {
        const thrown = refused(client, ...args);
        if (!(thrown instanceof RangeError))
          fail(
            `${said(args)} ${when} ${thrown === undefined ? 'threw nothing' : `threw ${told(thrown)}`}. A browser checks code and reason first, whatever the state: else the mistake shows only now and then. A RangeError was expected.`,
          );
      }
    }
  });
  check('while CONNECTING: it ends the attempt', async () => {
    const { url, knocked } = await slowServer();
    const { client, states } = await make(url);
    const socket = client.openSocket();
    await knocked();
    const closed = event(socket, 'close');
    const thrown = thrownBy(() => client.close());
    if (thrown !== undefined) fail(`close() while CONNECTING threw ${told(thrown)}.`);
    if (socket.readyState < 2)
      fail(
        'close() was called while CONNECTING, and the socket went on connecting: nobody wants that connection any more. this.closeSocket(code, reason) knows what to do in each state.',
      );
    await within(closed, 'the end of the attempt', () => '');
    expect(states, 'close() was called while CONNECTING. Wrong states that onState was told.').toEqual([
      'connecting',
      'closing',
      'closed',
    ]);
  });
  check('before any connection, and twice: harmless', async () => {
    const { client: fresh } = await make('ws://127.0.0.1');
    const early = thrownBy(() => fresh.close());
    if (early !== undefined) fail(`close() before connect() threw ${told(early)}.`);
    const { client, ended } = await open();
    const over = ended();
    client.close(4000);
    const second = thrownBy(() => client.close(4001));
    if (second !== undefined)
      fail(`close(4000), and then close(4001) threw ${told(second)}. On a socket that is CLOSING it is to do nothing.`);
    expect((await over).code, 'close(4000) and then close(4001): the first one counts. Wrong code at the server.').toBe(
      4000,
    );
  });
});
