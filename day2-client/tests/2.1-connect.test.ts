import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, fakeClock, serve, show, thrownBy, within } from '#kit';
import type { Socket } from '#day2/given/base-client.ts';
import {
  createClient,
  createFakeClient,
  inWords,
  kinds,
  nextEvent,
  outcomeOf,
  promised,
  slowServer,
  type FakeSocket,
} from './helpers/clients.ts';

/** Calls the given method, which is protected. */
const closeSocket = (client: object): void =>
  (client as { closeSocket: (code: number, reason: string) => void }).closeSocket(1000, '');

/** What a wait that failed says about the client. */
const stateOf = (client: { state: string }) => (): string => `The client's state is "${client.state}".`;

/** Fails if an outcome isn't an Error. @param what happened before, as the beginning of a sentence */
function mustBeError(outcome: unknown, what: string): void {
  if (outcome === 'resolved') fail(`${what}, but connect() resolved. It should reject with an Error.`);
  if (outcome instanceof Error) return;
  const came = typeof outcome === 'object' && outcome !== null ? `a ${outcome.constructor.name}` : show(outcome);
  fail(
    `${what}, and connect() rejected with ${came}, which is not an Error: it has no message and no stack. Make one: reject(new Error('…')).`,
  );
}

/** Fails if the code looked for a method that only ws has. */
function mustFitBrowser({ nodeOnly }: FakeSocket): void {
  const [name] = nodeOnly;
  if (name)
    fail(`connect() uses socket.${name}, which only ws has. A browser's socket has addEventListener.`, { hint: 2 });
}

exercise('2.1 RealtimeClient.connect', (check) => {
  for (const [kind, WebSocket] of kinds) {
    check(`resolves when the connection is open, not before (${kind})`, async () => {
      const { url, requested, letIn } = await slowServer();
      const { client } = await createClient(url, WebSocket);
      let outcome: unknown;
      const connecting = outcomeOf(promised(client.connect(), 'connect()')).then((came) => (outcome = came));
      await Promise.race([requested(), connecting]);
      if (outcome !== undefined && outcome !== 'resolved')
        fail(
          `connect() rejected with ${inWords(outcome)}, before anything reached the server.${outcome instanceof ReferenceError ? ' Use this.openSocket(): it knows which WebSocket to use.' : ''}`,
        );
      if (outcome === 'resolved')
        fail(
          'connect() resolved while the server was still working on the handshake. The socket is CONNECTING then, and its send() throws. Resolve at the event "open".',
        );

      letIn();
      await within(connecting, "connect()'s promise", stateOf(client));
      if (outcome !== 'resolved')
        fail(`The server accepted the handshake, but connect() rejected with ${inWords(outcome)}.`);
      expect(client.socket?.readyState, 'connect() has resolved. Wrong readyState: 1 is OPEN.').toBe(1);
    });
  }
  check(
    "works with a browser's socket",
    async () => {
      const { client, sockets } = await createFakeClient();
      const connecting = outcomeOf(promised(client.connect(), 'connect()'));
      await turn(); // an async function may open its socket a moment later
      if (sockets.length === 0) fail('connect() opened no socket: this.openSocket() makes one.');
      mustFitBrowser(sockets[0]);

      sockets[0].fire('open', 1);
      const outcome = await within(connecting, "connect()'s promise after the event open", stateOf(client));
      if (outcome !== 'resolved') fail(`The socket fired "open", but connect() rejected with ${inWords(outcome)}.`);
    },
    { hint: 2 },
  );
  for (const [kind, WebSocket] of kinds) {
    check(`rejects with an Error if the server refuses the handshake (${kind})`, async () => {
      const { url } = await serve(() => {}, { verifyClient: () => false });
      const { client } = await createClient(url, WebSocket);
      const outcome = await within(
        outcomeOf(promised(client.connect(), 'connect()')),
        "connect()'s promise after a 401",
        stateOf(client),
      );
      mustBeError(outcome, 'The server refused the handshake with 401');
    });
    check(`rejects if nobody listens on that port (${kind})`, async () => {
      const served = await serve(() => {});
      await served.close();
      const { client } = await createClient(served.url, WebSocket);
      const outcome = await within(
        outcomeOf(promised(client.connect(), 'connect()')),
        "connect()'s promise if no server is there",
        stateOf(client),
      );
      mustBeError(outcome, 'No server listens on that port');
    });
  }
  check(
    'called again, waits for the same connection',
    async () => {
      const { url, requests, requested, letIn } = await slowServer();
      const { client } = await createClient(url);
      let early = 0;
      const connectWhile = (state: string): Promise<void> => {
        let promise!: Promise<void>;
        const thrown = thrownBy(() => (promise = client.connect()));
        const expected = `connect() was called again while ${state}. It should return the promise of the first call`;
        if (thrown !== undefined) fail(`${expected}, but it threw ${inWords(thrown)}.`);
        return promised(promise, 'connect()').then(
          () => void early++,
          (error: unknown) => fail(`${expected}, but its promise rejected with ${inWords(error)}.`),
        );
      };
      const both = Promise.all([connectWhile('connecting'), connectWhile('connecting')]);
      await Promise.race([requested(), both]);
      if (early > 0)
        fail(
          'connect() was called twice, and one of its promises resolved while the server was still working on the handshake. The second caller has to wait, too.',
        );

      letIn();
      await within(both, "both of connect()'s promises", stateOf(client));
      await within(connectWhile('open'), "connect()'s promise on an open connection", stateOf(client));
      expect(
        requests(),
        'connect() was called three times, for one connection. Wrong number of connections at the server.',
      ).toBe(1);
    },
    { hint: 2 },
  );
  check(
    'connects again after the connection has closed',
    async () => {
      const { url, wss } = await serve(() => {});
      const { client } = await createClient(url);
      await within(promised(client.connect(), 'connect()'), "connect()'s promise", stateOf(client));
      const { socket } = client;
      if (!socket) return fail('this.socket is not set after connect().');
      const closed = nextEvent(socket, 'close');
      for (const peer of wss.clients) peer.close(1012);
      await within(closed, 'the end of the connection', () => '');

      const again = within(
        promised(client.connect(), 'connect()'),
        "connect()'s promise, the second time",
        stateOf(client),
      );
      again.catch(() => {});
      await turn();
      if (client.socket === socket)
        fail(
          'The connection had closed, and connect() was called again. It returned the old promise and opened no new socket.',
        );
      await again;
      expect(client.socket?.readyState, 'connect() has resolved again. Wrong readyState: 1 is OPEN.').toBe(1);
    },
    { hint: 2 },
  );
  check(
    'after a refusal, rejects at once, retries nothing, and can be called again',
    async () => {
      const clock = fakeClock();
      let requests = 0;
      const { url } = await serve(() => {}, { verifyClient: () => ++requests > 1 });
      const { client } = await createClient(url);
      let settled = false;
      const refused = outcomeOf(promised(client.connect(), 'connect()')).then(() => (settled = true));
      await turn();
      const { socket } = client;
      if (!socket) return fail('this.socket is not set after connect().');
      await within(nextEvent(socket, 'close'), 'the end of the connection', () => '');
      for (let i = 0; i < 20 && !settled; i++) {
        clock.advance(20);
        await turn();
      }
      await within(refused, "connect()'s promise after a 401", stateOf(client));

      const timers = clock.timers();
      clock.advance(60_000);
      if (client.socket !== socket)
        fail(
          'The server refused and connect() rejected. Later it connected again by itself. The caller decides whether to try again.',
        );
      expect(timers, 'The server refused and connect() rejected. Wrong number of timers that it left running.').toBe(0);

      const again = outcomeOf(promised(client.connect(), 'connect()'));
      await turn();
      if ((client.socket as Socket | undefined) === socket)
        fail(
          'The server had refused, and connect() was called again. It returned the old, rejected promise and opened no new socket.',
        );
      await within(nextEvent(client.socket as Socket, 'open'), 'the open connection', () => '');
      clock.advance(100);
      const outcome = await within(again, "connect()'s promise, the second time", stateOf(client));
      if (outcome !== 'resolved')
        fail(
          `The server refused once, and accepted the second time. The second connect() rejected with ${inWords(outcome)}.`,
        );
    },
    { hint: 2 },
  );
  check(
    'opens a new connection while the client is closing the old one',
    async () => {
      let count = 0;
      const { url } = await serve((wss) => wss.on('connection', () => count++));
      const { client } = await createClient(url);
      await within(promised(client.connect(), 'connect()'), "connect()'s promise", stateOf(client));
      const closed = nextEvent(client.socket as Socket, 'close');
      closeSocket(client);
      await within(client.connect(), "connect()'s promise, called while the socket was CLOSING", stateOf(client));
      expect(
        client.socket?.readyState,
        'connect() was called while the socket was CLOSING, and its promise resolved. Wrong readyState: 1 is OPEN. It needs a new connection, since the old one can no longer send.',
      ).toBe(1);

      await within(closed, 'the end of the old connection', () => '');
      await within(client.connect(), "connect()'s promise on an open connection", stateOf(client));
      expect(
        count,
        'A second connection is open. Then the first one fired its late close event, and connect() was called again. Wrong number of connections at the server: events of the old socket must not touch the new promise.',
      ).toBe(2);
    },
    { hint: 2 },
  );
  check(
    'opens a new connection while the server is closing the old one',
    async () => {
      const { client, sockets } = await createFakeClient();
      const first = outcomeOf(promised(client.connect(), 'connect()'));
      await turn();
      sockets[0].fire('open', 1);
      const opened = await within(first, "connect()'s promise", stateOf(client));
      if (opened !== 'resolved') fail(`The socket fired "open", but connect() rejected with ${inWords(opened)}.`);
      sockets[0].readyState = 2; // the server's close frame has come; the close event comes later

      const second = outcomeOf(client.connect());
      await turn();
      if (sockets.length === 1) {
        sockets[0].fire('close', 3); // an answer that waits for this goes on now
        await turn();
      }
      if (sockets.length === 1)
        fail(
          'The server began to close: readyState was CLOSING, and this.state still "open", because it changes only with the close event. connect() was called, and opened no new connection. Ask this.socket.readyState.',
        );
      sockets[1].fire('open', 1);
      const outcome = await within(second, "connect()'s promise for the new socket", stateOf(client));
      if (outcome !== 'resolved') fail(`The new socket opened, but connect() rejected with ${inWords(outcome)}.`);
      if (sockets.length > 2) fail(`connect() opened ${sockets.length - 1} new sockets instead of one.`);
    },
    { hint: 2 },
  );
  check(
    'rejects if it is closed while CONNECTING, and a new attempt is not affected',
    async () => {
      const { url, requested, letIn } = await slowServer();
      const { client } = await createClient(url);
      const first = outcomeOf(promised(client.connect(), 'connect()'));
      await requested();
      closeSocket(client);
      const second = outcomeOf(promised(client.connect(), 'connect()'));
      letIn();
      const outcome = await within(
        second,
        'the second promise, of a connect() after the first connection was closed while CONNECTING',
        stateOf(client),
      );
      if (outcome !== 'resolved')
        fail(
          `The first connection was closed while CONNECTING. Then connect() was called again, and the server accepted, but the second promise rejected with ${inWords(outcome)}. Events of the old socket must not touch the new promise.`,
        );
      mustBeError(
        await within(
          first,
          'the first promise, whose connection was closed while CONNECTING',
          () => 'A newer connection exists by now, but the events of the old one must still reject the old promise.',
        ),
        'The connection was closed while CONNECTING',
      );
    },
    { hint: 2 },
  );
  check('does not resolve if the socket fires only close', async () => {
    const { client, sockets } = await createFakeClient();
    let outcome: unknown;
    void outcomeOf(promised(client.connect(), 'connect()')).then((came) => (outcome = came));
    await turn();
    sockets[0].fire('close', 3);
    await turn();
    if (outcome === 'resolved')
      fail('The socket fired "close" and was never open, but connect() resolved. Only "open" means success.');
  });
  check('waits for the events, however long that takes', async () => {
    const clock = fakeClock(); // also finds a timer that stays
    const { url, requested, letIn } = await slowServer();
    const { client } = await createClient(url);
    let settled: string | undefined;
    const connecting = promised(client.connect(), 'connect()').then(
      () => (settled = 'resolved'),
      (error: unknown) => (settled = `rejected with ${inWords(error)}`),
    );
    await requested();
    const { socket } = client;
    for (let i = 0; i < 20; i++) {
      clock.advance(100);
      await turn();
    }
    if (settled)
      fail(
        `The server took two seconds for the handshake, and connect() ${settled} before it was done. Wait for the events, without a timer.`,
      );

    const opened = nextEvent(socket as Socket, 'open');
    letIn();
    await within(opened, 'the open connection', () => '');
    for (let i = 0; i < 20 && !settled; i++) {
      clock.advance(100); // an answer that polls the state gets there, too
      await turn();
    }
    await within(connecting, "connect()'s promise", stateOf(client));
    expect(settled, 'The server accepted the handshake. Wrong outcome of connect().').toBe('resolved');
    expect(clock.timers(), 'connect() has resolved. Wrong number of timers that it left running.').toBe(0);
  });
  check(
    'rejects if the socket fires only error, as in Node 22, and can be called again',
    async () => {
      const clock = fakeClock();
      const { client, sockets } = await createFakeClient();
      let outcome: unknown;
      void outcomeOf(promised(client.connect(), 'connect()')).then((came) => (outcome = came));
      await turn();
      sockets[0].fire('error'); // nobody answered: readyState stays CONNECTING, and no close event follows
      for (let i = 0; i < 20 && outcome === undefined; i++) {
        clock.advance(100);
        await turn();
      }
      if (outcome === undefined)
        fail(
          'The socket fired "error" while it was CONNECTING, and no "close" after it: that is what Node 22\'s own WebSocket does if nobody answers. connect() never settled. Reject at both events.',
        );
      mustBeError(outcome, 'The socket fired "error" while it was CONNECTING');

      const again = outcomeOf(client.connect());
      await turn();
      if (sockets.length === 1)
        fail(
          'An attempt failed with "error" alone, and connect() was called again. It opened no new socket. The given code has set this.socket to undefined: look at the latest socket, not only at the promise.',
        );
      sockets[1].fire('open', 1);
      for (let i = 0; i < 20; i++) {
        clock.advance(100);
        await turn();
      }
      const second = await within(again, "connect()'s promise, the second time", stateOf(client));
      if (second !== 'resolved') fail(`The second socket opened, but connect() rejected with ${inWords(second)}.`);
    },
    { hint: 2 },
  );
});
