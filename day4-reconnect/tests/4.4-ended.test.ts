import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, serve, show, thrownBy, within } from '#kit';
import { WebSocket } from 'ws';
import type { State } from '#day4/given/types.ts';
import { begin } from './helpers/subject.ts';

exercise('4.4 ended', (check) => {
  /** The states that listeners are told, with their codes. */
  const start = async (options = {}) => {
    const all = await begin(['ended'], options);
    const told: string[] = [];
    all.client.on('state', (state) => told.push('code' in state ? `${state.name} ${state.code}` : state.name));
    return { ...all, told };
  };
  type All = Awaited<ReturnType<typeof start>>;
  /** The connection ends with this code, as the browser reports it. */
  const drop = ({ line, told }: All, code = 1006): void => {
    told.length = 0;
    const thrown = thrownBy(() => line.last.drop(code));
    if (thrown) fail(`ended(${code}) threw ${thrown}.`);
  };
  const expectTold = ({ told }: All, expected: string[], words: string, hint = 1): void => {
    if (String(told) !== String(expected))
      fail(`${words} The listeners were told ${show(told)}; expected ${show(expected)}.`, { hint });
  };
  /** The timer of the connection is gone. @param timers how many may run now */
  const expectTimers = ({ client, clock }: All, timers: number, code: number): void => {
    if (clock.timers() > timers)
      fail(
        `After ended(${code}) the state is ${show(client.state.name)}, and ${clock.timers()} timers are running; expected ${timers}. The timer that measured the silence still runs: stop the one that this.state has, before you enter another state.`,
        { hint: 2 },
      );
    expect(clock.timers(), `Wrong number of timers after ended(${code}).`).toBe(timers);
  };

  check('an open connection is cut: `down`, then `waiting`, then a new connection', async () => {
    const all = await start();
    await all.join();
    drop(all);
    if (all.told.length === 0)
      fail(
        `The connection was cut (code 1006), and ended(1006) left the state at ${show(all.client.state.name)}. The page goes on showing it, and nothing happens any more. Enter \`down\`, then plan a retry.`,
      );
    if (all.told.at(-1) === 'gave up 1006')
      fail(
        'The connection was cut (code 1006), and ended(1006) entered `gave up`. this.retryable(1006) returns true: the network may be back in a second.',
      );
    if (String(all.told) === 'down 1006')
      fail('ended(1006) entered `down`, and then nothing more. Call this.scheduleRetry(1006) after that.');
    expectTold(all, ['down 1006', 'waiting'], 'ended(1006) was called while open.', 2);
    if (all.client.attempt !== 1)
      fail(
        `After one lost connection this.attempt is ${show(all.client.attempt)}; expected 1. scheduleRetry counts the attempt; \`ended\` leaves it alone.`,
        { hint: 2 },
      );
    expectTimers(all, 1, 1006);
    await all.pass(1000);
    expect(
      all.line.sockets.length,
      'Wrong number of sockets after the delay of 1000 ms; expected the first and one new one.',
    ).toBe(2);
  });
  check(
    'a code that is final: `gave up`, and nothing is planned',
    async () => {
      const all = await start();
      await all.join();
      drop(all, 4001);
      if (all.client.state.name === 'waiting')
        fail(
          'The server closed with code 4001, "not allowed", and ended(4001) planned a retry. It would be refused every time, for as long as the tab is open. Ask this.retryable(code).',
        );
      if (all.client.state.name === 'closed')
        fail(
          'ended(4001) entered `closed`. That state is for close() alone: after `gave up`, a person can still press "Retry now".',
        );
      if (String(all.told) === 'down 4001,gave up 4001')
        fail(
          'ended(4001) entered `down` and then `gave up`. `down` means that a retry may follow: decide first, then enter one of the two.',
        );
      expectTold(all, ['gave up 4001'], 'ended(4001) was called while open, and this.retryable(4001) returned false.');
      expectTimers(all, 0, 4001);
      await all.pass(600_000);
      expect(all.line.sockets.length, 'A socket was made after the client gave up.').toBe(1);
      all.client.retryNow();
      await all.line.settle();
      expect(all.line.sockets.length, 'retryNow() after `gave up` should make a new socket.').toBe(2);
    },
    { hint: 2 },
  );
  for (const code of [1012, 1005, 1000, 1008]) {
    const retry = code === 1012 || code === 1005;
    check(
      `code ${code} without the option \`retryable\`: ${retry ? 'a retry' : 'final'}`,
      async () => {
        const all = await start({ retryable: undefined });
        await all.join();
        drop(all, code);
        expectTold(
          all,
          retry ? [`down ${code}`, 'waiting'] : [`gave up ${code}`],
          `ended(${code}) was called while open. this.retryable(${code}) returns ${retry}.`,
          2,
        );
      },
      { hint: 2 },
    );
  }
  check('the client was told which codes are worth a retry', async () => {
    const all = await start({ retryable: (code: number) => code === 1000 });
    await all.join();
    drop(all, 1000);
    expectTold(
      all,
      ['down 1000', 'waiting'],
      'ended(1000) was called, and the option `retryable` returned true. Ask this.retryable(code): it asks the option.',
      2,
    );
  });
  check(
    'a handshake that takes too long: the attempt is over, and its socket with it',
    async () => {
      const all = await start({ connectTimeoutMs: 10_000 });
      const { client, line, clock, told, pass } = all;
      client.start();
      await line.settle();
      const slow = line.last;
      told.length = 0;
      await pass(10_000);
      if (told.length === 0)
        fail(
          `The handshake was not over after 10 s, connectTimeoutMs, and ended(1006) left the state at ${show(client.state.name)}. An attempt ends like an open connection.`,
        );
      expectTold(all, ['down 1006', 'waiting'], 'ended(1006) was called while connecting.');
      if (slow.endedWith === undefined)
        fail(
          'The attempt took too long, and its socket is still connecting. It may open a minute later, beside the next one. Keep the socket in a variable before you enter another state, and discard it.',
        );
      if (slow.endedWith !== 1006)
        fail(
          `The socket was closed with code ${slow.endedWith === 1005 ? '1005 (none)' : slow.endedWith}. A peer that is gone never answers a close frame, and the socket lives on meanwhile. Use this.discard(socket).`,
        );
      slow.open();
      slow.drop();
      expect(
        [client.state.name, client.attempt, clock.timers()],
        'The old socket opened late, and then reported its end. Wrong state, wrong attempt or wrong number of timers after that.',
      ).toEqual(['waiting', 1, 1]);
      await pass(1000);
      slow.drop();
      line.last.open();
      slow.drop();
      expect(client.state.name, 'The old socket reported its end once more, and that ended the new connection.').toBe(
        'open',
      );
    },
    { hint: 2 },
  );
  check(
    'an open socket is discarded, too',
    async () => {
      const all = await start();
      await all.join();
      const old = all.line.last;
      all.client.ended(1006);
      if (old.readyState < 2)
        fail(
          `ended(1006) was called while open, because nothing arrived any more, and the socket is still open. Keep it in a variable before you enter another state, then this.discard(socket).`,
        );
      expect(
        old.endedWith,
        'Wrong end of the socket; expected 1006, without a close frame. Use this.discard(socket).',
      ).toBe(1006);
      expect(
        old.sent.map(({ type }) => type),
        'Wrong messages on the lost connection; expected only the join: nobody reads anything more.',
      ).toEqual(['join']);
    },
    { hint: 2 },
  );
  check('no socket yet: the client still waits for url()', async () => {
    const all = await start({ url: () => new Promise(() => {}), connectTimeoutMs: 10_000 });
    all.client.start();
    all.told.length = 0;
    const thrown = thrownBy(() => all.clock.advance(10_000));
    if (thrown) fail(`url() has not answered for 10 s, so no socket exists yet, and ended(1006) threw ${thrown}.`);
    expectTold(all, ['down 1006', 'waiting'], 'url() has not answered for 10 s, so ended(1006) was called.');
  });

  check(
    'a connection that has lasted: the count starts again',
    async () => {
      const all = await start({ minUptimeMs: 5000, idleTimeoutMs: 60_000 });
      all.client.start();
      await all.line.settle();
      for (const wait of [1000, 2000]) {
        drop(all);
        await all.pass(wait);
      }
      all.line.last.open();
      await all.pass(5000);
      drop(all);
      const { state } = all.client;
      const delayMs = state.name === 'waiting' ? state.delayMs : undefined;
      if (delayMs === 4000)
        fail(
          'Two attempts failed, and then a connection lasted for 5 s, with minUptimeMs 5000. The next delay was delay(2), 4000 ms; expected delay(0), 1000 ms. Call this.markStable(openedAt) before you plan the retry. The state `open` has openedAt.',
        );
      expect(delayMs, 'Wrong delay after two failed attempts and a connection that has lasted.').toBe(1000);
    },
    { hint: 2 },
  );
  for (const minUptimeMs of [5000, 0]) {
    check(
      `short connections and failed attempts, with minUptimeMs ${minUptimeMs}: the count goes on`,
      async () => {
        const all = await start({ minUptimeMs });
        all.client.start();
        await all.line.settle();
        const delays: unknown[] = [];
        for (let i = 0; i < 4; i++) {
          if (i === 2 && minUptimeMs > 0) {
            all.line.last.open();
            await all.pass(4999);
          }
          drop(all);
          delays.push(all.client.state.name === 'waiting' ? all.client.state.delayMs : all.client.state.name);
          await all.pass(1000 * 2 ** i);
        }
        expect(
          delays,
          `With minUptimeMs ${minUptimeMs}, wrong delays of four retries. Only markStable decides when the count starts again, and only about a connection that was open.`,
        ).toEqual([1000, 2000, 4000, 8000]);
      },
      { hint: 2 },
    );
  }
  check(
    'markStable hears when the connection opened',
    async () => {
      const all = await start();
      const heard: unknown[] = [];
      all.client.markStable = (openedAt: unknown) => void heard.push(openedAt);
      await all.pass(1234);
      all.client.start();
      await all.line.settle();
      drop(all);
      expect(
        heard,
        'An attempt failed before it opened. Wrong calls of markStable: it is about connections that were open.',
      ).toEqual([]);
      await all.pass(1000);
      all.line.last.open();
      const openedAt = performance.now();
      await all.pass(700);
      drop(all);
      expect(
        heard,
        `A connection opened at ${openedAt}, and ended 700 ms later. Wrong parameters of markStable; expected one call, with the \`openedAt\` of the state.`,
      ).toEqual([openedAt]);
    },
    { hint: 2 },
  );

  check(
    'called twice: the second call does nothing',
    async () => {
      const all = await start();
      await all.join();
      all.told.length = 0;
      all.client.ended(1006);
      all.client.ended(1006);
      if (all.client.attempt > 1)
        fail(
          `ended(1006) was called twice for one connection, and this.attempt is ${all.client.attempt}. A connection ends once: go on only while the client is connecting or open.`,
        );
      expectTold(all, ['down 1006', 'waiting'], 'ended(1006) was called twice for one connection.', 2);
    },
    { hint: 2 },
  );
  /** Into another state, as if its own exercise had led there. */
  const into = async ({ client, join }: All, state: State): Promise<void> => {
    await join();
    clearTimeout(client.state.timer);
    client.enter(state);
  };
  const others: [string, (all: All) => void | Promise<void>][] = [
    ['closed', async ({ client, join }) => (await join(), client.close())],
    [
      'waiting',
      async (all) => {
        await into(all, { name: 'down', code: 1006 });
        all.client.scheduleRetry(1006);
      },
    ],
    ['idle', () => {}],
    ['gave up', (all) => into(all, { name: 'gave up', code: 4001 })],
    ['down', (all) => into(all, { name: 'down', code: 1006 })],
  ];
  for (const [name, reach] of others) {
    check(
      `while ${name}: nothing happens`,
      async () => {
        const all = await start();
        await reach(all);
        const [before, timers] = [all.client.state, all.clock.timers()];
        const thrown = thrownBy(() => all.client.ended(1006));
        if (thrown) fail(`ended(1006) threw ${thrown} while the client was ${name}.`);
        if (name === 'closed' && all.client.state !== before)
          fail(
            `ended(1006) brought a closed client into the state ${show(all.client.state.name)}. Closed is final: somebody has logged out. Go on only while the client is connecting or open.`,
          );
        if (all.client.state !== before)
          fail(
            `ended(1006) while ${name} entered the state ${show(all.client.state.name)}. Without a connection, nothing can end: go on only while the client is connecting or open.`,
          );
        if (all.clock.timers() < timers)
          fail(
            `ended(1006) while ${name} stopped the timer, so that the client waits for ever. Look at the state before you change anything.`,
          );
      },
      { hint: 2 },
    );
  }

  check(
    'a listener that closes the client at `down`: no retry is planned',
    async () => {
      const all = await start();
      await all.join();
      all.client.on('state', ({ name }) => name === 'down' && all.client.close());
      drop(all);
      if (all.client.state.name !== 'closed')
        fail(
          `A listener called close() when it was told \`down\`, and ended(1006) went on: the state is ${show(all.client.state.name)}. Look at this.state again before you plan the retry.`,
        );
      expect(all.clock.timers(), 'A timer is still running after a listener called close() at `down`.').toBe(0);
    },
    { hint: 2 },
  );
  check(
    'a listener that retries at `down`: one attempt, and it is not disturbed',
    async () => {
      const all = await start();
      await all.join();
      const old = all.line.last;
      let once = true;
      all.client.on('state', ({ name }) => {
        if (name === 'down' && once) all.client.retryNow();
        once &&= name !== 'down';
      });
      drop(all);
      await all.line.settle();
      if (all.client.state.name !== 'connecting')
        fail(
          `A listener called retryNow() when it was told \`down\`, so the client was connecting. After that ended(1006) went on: the state is ${show(all.client.state.name)}. Look at this.state again before you plan the retry.`,
        );
      expect(
        [old.endedWith, all.line.last.endedWith, all.line.sockets.length, all.clock.timers()],
        'A listener called retryNow() at `down`. Wrong end of the old socket, of the new one, or wrong number of sockets or timers. Discard the socket that the state had before, not the one that it has now.',
      ).toEqual([1006, undefined, 2, 1]);
    },
    { hint: 2 },
  );
  check('on a real connection: the server learns of it at once', async () => {
    const { url, wss } = await serve(() => {});
    const { client, line } = await start({ url: () => ({ url }), WebSocket: WebSocket as never });
    const opened = new Promise<void>((resolve) => client.on('state', ({ name }) => name === 'open' && resolve()));
    client.start();
    await opened;
    while (wss.clients.size === 0) await turn();
    const [peer] = wss.clients;
    const gone = new Promise<number>((resolve) => peer.on('close', resolve));
    client.ended(1006);
    expect(client.state.name, 'Wrong state after ended(1006) on a real connection.').toBe('waiting');
    const code = await within(gone, 'the end of the connection', () => 'For the server it is still open.');
    expect(code, 'Wrong close code at the server; expected 1006, an end without a close frame.').toBe(1006);
    await line.settle();
  });
});
