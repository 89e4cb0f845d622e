import { exercise, expect, fail, show, thrownBy, within, without } from '#kit';
import type { Socket } from '#day2/given/base-client.ts';
import {
  createClient,
  createFakeOpenClient,
  inWords,
  kinds,
  nextEvent,
  openClient,
  slowServer,
  ws,
} from './helpers/clients.ts';

type Args = [code?: number, reason?: string];
type Closable = { close: (code?: number, reason?: string) => void };

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** A call in words, a long reason by its length: `close(1000, a reason of 124 bytes)`. */
const callOf = ([code, reason]: Args): string => {
  const shown = reason && (reason.length < 20 ? show(reason) : `a reason of ${bytesOf(reason)} bytes`);
  return `close(${[code, shown].filter((part) => part !== undefined).join(', ')})`;
};

exercise('2.5 RealtimeClient.close', (check) => {
  const ALLOWED = 'Allowed are the codes 1000 and 3000 to 4999, and up to 123 bytes of reason.';
  /** What close() throws; it must not reject instead. */
  const thrownByClose = (client: Closable, args: Args): unknown => {
    let returned: unknown;
    const thrown = thrownBy(() => (returned = client.close(...args)));
    if (!(returned instanceof Promise)) return thrown;
    returned.catch(() => {});
    return fail(
      `${callOf(args)} returned a Promise instead of throwing. A caller without await never sees the refusal, so close must not be async.`,
    );
  };
  /** Fails unless close() accepts these arguments. */
  const mustAccept = (client: Closable, args: Args): void => {
    const thrown = thrownByClose(client, args);
    if (thrown !== undefined) fail(`${callOf(args)} threw ${inWords(thrown)}. ${ALLOWED}`, { hint: 2 });
  };

  for (const [kind, WebSocket] of kinds) {
    for (const [args, code, reason] of [
      [[], 1000, ''],
      [[1000, 'done'], 1000, 'done'],
      [[4001, 'bye'], 4001, 'bye'],
      [[3000], 3000, ''],
      [[4999, 'x'.repeat(123)], 4999, 'x'.repeat(123)],
    ] as [Args, number, string][]) {
      check(`${callOf(args)} reaches the server with code ${code} (${kind})`, async () => {
        const { client, states, ended, heard } = await openClient(WebSocket);
        const { socket } = client;
        const over = ended();
        mustAccept(client, args);

        if (client.socket !== socket)
          fail(
            `${callOf(args)} replaced or removed this.socket. The given code follows only the events of this.socket, so it would never see the end of the connection.`,
          );
        if (client.state === 'closing' && !states.includes('closing'))
          fail(
            `${callOf(args)} set this.state by hand, so the page was not informed: onState was never called with "closing". this.closeSocket(code, reason) does both.`,
          );
        expect(
          [client.state, client.socket?.readyState],
          `${callOf(args)} was called. Wrong state of the client, or readyState of its socket. this.closeSocket(code, reason) changes both; this.socket.close() changes only the socket.`,
        ).toEqual(['closing', 2]);
        expect(await over, `${callOf(args)} was called. Wrong close code or reason at the server.`).toEqual({
          code,
          reason,
        });
        expect(
          heard,
          `${callOf(args)} was called. Wrong messages at the server: closing sends a close frame, and no message.`,
        ).toEqual([]);
      });
    }
  }
  /** Fails unless close() refuses a code, and leaves the connection open. @param why that is wrong, if it isn't obvious */
  const mustRefuse = async (code: number, why = ''): Promise<void> => {
    const { client, heard } = await openClient(ws, (socket, text) => socket.send(text));
    const thrown = thrownByClose(client, [code]);
    if (!(thrown instanceof RangeError)) {
      const did =
        thrown !== undefined
          ? `threw ${inWords(thrown)}`
          : client.state === 'open'
            ? 'did nothing'
            : 'closed the connection';
      fail(`close(${code}) ${did}. A browser refuses this code, so it should throw a RangeError.${why}`);
    }
    expect(
      [client.state, client.socket?.readyState],
      `close(${code}) was refused. Wrong state of client and socket: a refused call must leave the connection open.`,
    ).toEqual(['open', 1]);
    expect(heard.length).toBe(0);
  };
  for (const code of [1001, 1011, 999, 0, 2999, 5000, 1002, 1005, 1006, 1015, 65_536])
    check(`refuses code ${code}, and the connection stays open`, () => mustRefuse(code), {
      hint: code === 1001 ? 1 : 2,
    });
  check('accepts 1000 and every code from 3000 to 4999', async () => {
    const { client, socket } = await createFakeOpenClient();
    for (const code of [1000, ...Array.from({ length: 2_000 }, (_, i) => 3_000 + i)]) {
      client.state = 'open';
      socket.readyState = 1;
      mustAccept(client, [code]);
    }
  });
  check(
    'refuses a reason of more than 123 bytes',
    async () => {
      const { client, calls } = await createFakeOpenClient();
      for (const reason of ['x'.repeat(124), 'ä'.repeat(62), '€'.repeat(41) + 'x', '🙂'.repeat(31)]) {
        const [first] = reason;
        const call = `close(1000, ${show(first)}.repeat(${[...reason].filter((one) => one === first).length})${reason.endsWith('€x') ? " + 'x'" : ''})`;
        const counted =
          reason.length < 124
            ? ` The reason has ${reason.length} characters, but 124 bytes: ${first} takes ${Buffer.byteLength(first)}.`
            : ' The reason has 124 bytes.';
        const thrown = thrownByClose(client, [1000, reason]);
        if (!(thrown instanceof RangeError))
          fail(
            `${call} ${thrown === undefined ? 'threw nothing' : `threw ${inWords(thrown)}`}. It should throw a RangeError.${counted} A control frame has room for 125 bytes, and the code takes two.`,
          );
        expect(
          [client.state, calls.length],
          `${call} was refused. Wrong state of the client, or number of calls of socket.close(): check before you close.`,
        ).toEqual(['idle', 0]);
      }
    },
    { hint: 2 },
  );
  for (const reason of ['€'.repeat(41), '🙂'.repeat(30) + 'xyz']) {
    check(
      `accepts 123 bytes of ${show([...reason][0])}`,
      async () => {
        const { client } = await createFakeOpenClient();
        mustAccept(client, [1000, reason]);
      },
      { hint: 2 },
    );
  }
  check(
    "counts without Buffer, which browsers don't have",
    async () => {
      const { client } = await createFakeOpenClient();
      const thrown = without(globalThis, 'Buffer', () => thrownBy(() => client.close(4000, 'bye')));
      if (thrown !== undefined)
        fail(
          `close(4000, "bye") threw ${inWords(thrown)} on a page without Buffer. Browsers don't have Buffer: count with new TextEncoder().encode(reason).length.`,
        );
    },
    { hint: 2 },
  );
  check('leaves handlers and requests alone', async () => {
    const { client } = await createFakeOpenClient();
    client.handlers.set('news', new Set([{ handler: () => {} }]));
    client.waiting.set('1', { resolve: () => {}, reject: () => {} });
    client.requests = 1;
    client.close();
    expect(
      client.handlers.get('news')?.size,
      'close() was called. Wrong number of handlers for "news": they stay, because the client may connect again.',
    ).toBe(1);
    expect(
      [client.waiting.size, client.requests],
      'close() was called while a request was waiting. Wrong size of this.waiting, or wrong this.requests. The given code rejects what is waiting when the connection is closed; it finds it there.',
    ).toEqual([1, 1]);
  });
  check('ends an attempt that is still CONNECTING', async () => {
    const { url, requested } = await slowServer();
    const { client, states } = await createClient(url);
    const socket = client.openSocket();
    await requested();
    const closed = nextEvent(socket, 'close');
    const thrown = thrownBy(() => client.close());
    if (thrown !== undefined) fail(`close() while CONNECTING threw ${inWords(thrown)}. It should end the attempt.`);
    if (socket.readyState < 2)
      fail(
        'close() was called while CONNECTING, and the socket is still connecting. this.closeSocket(code, reason) does the right thing in each state.',
      );

    await within(closed, 'the end of the attempt', () => '');
    expect(states, 'close() was called while CONNECTING. Wrong states that onState was called with.').toEqual([
      'connecting',
      'closing',
      'closed',
    ]);
  });
  check('does nothing before the first connection, or the second time', async () => {
    const { client: fresh } = await createClient('ws://127.0.0.1');
    const early = thrownBy(() => fresh.close());
    if (early !== undefined)
      fail(`close() before connect() threw ${inWords(early)}. There is nothing to close, so it should do nothing.`);

    const { client, ended } = await openClient();
    const over = ended();
    client.close(4000);
    const second = thrownBy(() => client.close(4001));
    if (second !== undefined)
      fail(`close(4000) and then close(4001) threw ${inWords(second)}. The second call should do nothing.`);
    expect(
      (await over).code,
      'close(4000) and then close(4001) were called. Wrong code at the server: the first one counts.',
    ).toBe(4000);
  });
  check('refuses in every state', async () => {
    const { client } = await createFakeOpenClient();
    for (const [when, socket] of [
      ['before any connection', undefined],
      ['while CLOSING', { readyState: 2 }],
      ['when CLOSED', { readyState: 3 }],
    ] as [string, Socket | undefined][]) {
      client.socket = socket;
      for (const args of [[1001], [1000, 'x'.repeat(124)]] as Args[]) {
        const thrown = thrownByClose(client, args);
        if (!(thrown instanceof RangeError))
          fail(
            `${callOf(args)} ${when} ${thrown === undefined ? 'threw nothing' : `threw ${inWords(thrown)}`}. It should throw a RangeError, like a browser, which checks its arguments first. Otherwise the caller's mistake shows only now and then.`,
          );
      }
    }
  });
  check(
    'refuses NaN',
    () => mustRefuse(NaN, ' NaN is neither below 3000 nor above 4999, so test for what is allowed.'),
    { hint: 3 },
  );
});
