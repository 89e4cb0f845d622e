import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, fakeClock, serve, show, thrownBy, within } from '#kit';
import type { Socket } from '#day2/given/base-client.ts';
import { kinds, make, slowServer, promised, told, event } from './helpers/clients.ts';

/** The given method, which is protected. */
const closeSocket = (client: object): void =>
  (client as { closeSocket: (code: number, reason: string) => void }).closeSocket(1000, '');

exercise('2.1 RealtimeClient.connect', (check) => {
  for (const [kind, WebSocket] of kinds) {
    check(`resolves when the connection is open, and not before (${kind})`, async () => {
      const { url, knocked, letIn } = await slowServer();
      const { client } = await make(url, WebSocket);
      let settled = false;
      const connecting = promised(client.connect(), 'connect()').then(() => (settled = true));
      await knocked();
      if (settled)
        fail(
          'connect() resolved while the server was still thinking about the handshake: whoever sends now, sends on a socket that is CONNECTING.',
        );
      letIn();
      await within(connecting, "connect()'s promise", () => `The state is "${client.state}".`);
      expect(client.socket?.readyState, 'Wrong readyState after connect() has resolved: 1 is OPEN.').toBe(1);
    });
  }
  // Node 22's own WebSocket reports a refusal by 'error' alone; browsers, ws and later Nodes let 'close' follow.
  for (const [kind, WebSocket] of kinds.filter(([kind]) => kind === 'ws' || !process.version.startsWith('v22.'))) {
    check(`rejects with an Error when the server refuses (${kind})`, async () => {
      const { url } = await serve(() => {}, { verifyClient: () => false });
      const { client } = await make(url, WebSocket);
      const outcome: unknown = await within(
        promised(client.connect(), 'connect()').then(
          () => 'resolved',
          (error: unknown) => error,
        ),
        "connect()'s promise, after a 401",
        () => `The state is "${client.state}".`,
      );
      if (outcome === 'resolved') fail('connect() resolved, though the server refused the handshake with 401.');
      if (!(outcome instanceof Error)) {
        const what = typeof outcome === 'object' && outcome !== null ? `a ${outcome.constructor.name}` : show(outcome);
        fail(
          `connect() rejected with ${what}, which is not an Error: it has no message and no stack. Try reject(new Error(\`closed with code \${code}\`)).`,
        );
      }
    });
  }
  check('rejects when nobody listens', async () => {
    const served = await serve(() => {});
    await served.close();
    const { client } = await make(served.url);
    const outcome: unknown = await within(
      promised(client.connect(), 'connect()').then(
        () => 'resolved',
        (error: unknown) => error,
      ),
      "connect()'s promise, with no server there",
      () => `The state is "${client.state}".`,
    );
    if (!(outcome instanceof Error))
      fail(`connect() gave ${show(outcome)}, though no server listens there. An Error was expected.`);
  });
  check(
    'a refusal is told when it comes, and nothing is tried again',
    async () => {
      const clock = fakeClock();
      let requests = 0;
      const { url } = await serve(() => {}, { verifyClient: () => ++requests > 1 });
      const { client } = await make(url);
      let settled = false;
      const refused = promised(client.connect(), 'connect()')
        .then(
          () => {},
          () => {},
        )
        .then(() => (settled = true));
      await turn(); // an async function may open its socket a moment later
      const { socket } = client;
      if (!socket) return fail('There is no socket after connect().');
      await within(event(socket, 'close'), 'the end of the connection', () => '');
      for (let i = 0; i < 20 && !settled; i++) {
        clock.advance(20);
        await turn();
      }
      await within(refused, "connect()'s promise, after a 401", () => `The state is "${client.state}".`);
      const timers = clock.timers();
      clock.advance(60_000);
      if (client.socket !== socket)
        fail(
          'The server refused, connect() rejected, and then it connected again by itself. Whether to try again is for the caller to say.',
        );
      expect(timers, 'The server refused, and connect() rejected. Wrong number of timers that it left running.').toBe(
        0,
      );
      const again = promised(client.connect(), 'connect()').then(() => 'resolved', told);
      await turn();
      if ((client.socket as Socket | undefined) === socket)
        fail('The server had refused, connect() was called again, and gave the old promise: no new socket was opened.');
      await within(event(client.socket as Socket, 'open'), 'the open connection', () => '');
      clock.advance(100);
      expect(
        await within(again, "connect()'s promise, the second time", () => `The state is "${client.state}".`),
        'The server refused once, and not the second time. Wrong outcome of the second connect().',
      ).toBe('resolved');
    },
    { hint: 3 },
  );
  check('it goes by the events, not by a time', async () => {
    const clock = fakeClock(); // also finds a timer that stays
    const { url, knocked, letIn } = await slowServer();
    const { client } = await make(url);
    let settled: string | undefined;
    const connecting = promised(client.connect(), 'connect()').then(
      () => (settled = 'resolved'),
      (error: unknown) => (settled = `rejected with ${told(error)}`),
    );
    await knocked();
    const { socket } = client;
    for (let i = 0; i < 20; i++) {
      clock.advance(100);
      await turn();
    }
    if (settled)
      fail(
        `The server took two seconds for the handshake, and connect() ${settled} meanwhile. Nothing had happened on the connection yet: wait for 'open' or 'close', however long that takes.`,
      );
    const opened = event(socket as Socket, 'open');
    letIn();
    await within(opened, 'the open connection', () => '');
    for (let i = 0; i < 20 && !settled; i++) {
      clock.advance(100); // who asks the state again and again gets there, too
      await turn();
    }
    await within(connecting, "connect()'s promise", () => `The state is "${client.state}".`);
    expect(settled, 'The server let the client in. Wrong outcome of connect().').toBe('resolved');
    expect(clock.timers(), 'connect() has resolved. Wrong number of timers that it left running.').toBe(0);
  });
  check(
    'asked twice, it opens one connection, and both wait for it',
    async () => {
      const { url, requests, knocked, letIn } = await slowServer();
      const { client } = await make(url);
      let early = 0;
      const ask = (when: string): Promise<void> => {
        let promise!: Promise<void>;
        const thrown = thrownBy(() => (promise = client.connect()));
        const same = `connect() was called again while ${when}. The promise of the first call was expected`;
        if (thrown !== undefined) fail(`${same}; it threw ${told(thrown)}.`);
        return promised(promise, 'connect()').then(
          () => void early++,
          (error: unknown) => fail(`${same}; a promise rejected with ${told(error)}.`),
        );
      };
      const both = Promise.all([ask('connecting'), ask('connecting')]);
      await Promise.race([knocked(), both]);
      if (early > 0)
        fail(
          'connect() was called twice, and one of its promises resolved while the server was still thinking about the handshake: the second caller has to wait, too.',
        );
      letIn();
      await within(both, "both of connect()'s promises", () => `The state is "${client.state}".`);
      await within(ask('open'), "connect()'s promise, on an open connection", () => `The state is "${client.state}".`);
      expect(
        requests(),
        'connect() was called three times while the first connection was there. Wrong number of connections at the server.',
      ).toBe(1);
    },
    { hint: 3 },
  );
  check(
    'closed while CONNECTING: it rejects, and the next one is not touched',
    async () => {
      const { url, knocked, letIn } = await slowServer();
      const { client } = await make(url);
      const first = promised(client.connect(), 'connect()').then(
        () => 'resolved',
        (error: unknown) => error,
      );
      await knocked();
      closeSocket(client);
      const second = promised(client.connect(), 'connect()').then(() => 'resolved', told);
      letIn();
      expect(
        await within(
          second,
          'the second promise: the connection was closed while CONNECTING, then connect() was called again',
          () => `The state is "${client.state}".`,
        ),
        'The first connection was closed while CONNECTING, then connect() was called again, and the server let it in. Wrong outcome of the second promise: what the old socket says must not touch it.',
      ).toBe('resolved');
      const outcome = await within(
        first,
        'the first promise: its connection was closed while CONNECTING',
        () =>
          'A newer connection is there by now. The close event of the old one has to reject the old promise all the same.',
      );
      if (!(outcome instanceof Error))
        fail(
          `The connection was closed while CONNECTING, and connect() gave ${show(outcome)}; a rejection with an Error was expected.`,
        );
    },
    { hint: 3 },
  );
  check(
    'a connection that ends later is no second answer; connecting again works',
    async () => {
      const { url, wss } = await serve(() => {});
      const { client } = await make(url);
      await within(client.connect(), "connect()'s promise", () => `The state is "${client.state}".`);
      const { socket } = client;
      if (!socket) return fail('There is no socket after connect().');
      const closed = event(socket, 'close');
      for (const peer of wss.clients) peer.close(1012);
      await within(closed, 'the end of the connection', () => '');
      const again = within(
        promised(client.connect(), 'connect()'),
        "connect()'s promise, the second time",
        () => `The state is "${client.state}".`,
      );
      again.catch(() => {});
      await turn();
      if (client.socket === socket)
        fail('The connection had closed, and connect() gave the old promise: no new socket was opened.');
      await again;
      expect(client.socket?.readyState, 'Wrong readyState after connecting again: 1 is OPEN.').toBe(1);
    },
    { hint: 3 },
  );
  check(
    'while the old connection is CLOSING, it makes a new one, and keeps to that',
    async () => {
      let count = 0;
      const { url } = await serve((wss) => wss.on('connection', () => count++));
      const { client } = await make(url);
      await within(
        promised(client.connect(), 'connect()'),
        "connect()'s promise",
        () => `The state is "${client.state}".`,
      );
      const closed = event(client.socket as Socket, 'close');
      closeSocket(client);
      await within(
        client.connect(),
        "connect()'s promise, on a socket that is CLOSING",
        () => `The state is "${client.state}".`,
      );
      expect(
        client.socket?.readyState,
        'The connection was CLOSING, and connect() was called: its promise resolved. Wrong readyState then: 1 is OPEN, and a new connection was expected.',
      ).toBe(1);
      await within(closed, 'the end of the old connection', () => '');
      await within(
        client.connect(),
        "connect()'s promise, on an open connection",
        () => `The state is "${client.state}".`,
      );
      expect(
        count,
        "One connection closed, a second one is open; then came the first one's late close event, and connect() was called again. Wrong number of connections at the server: what the old socket says must not touch the new promise.",
      ).toBe(2);
    },
    { hint: 3 },
  );
});
