import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, serve, show, thrownBy, within } from '#kit';
import { WebSocket } from 'ws';
import { begin } from './helpers/subject.ts';

exercise('4.5 watchSilence', (check) => {
  const start = async (options = {}) => {
    const all = await begin(['watchSilence'], { idleTimeoutMs: 30_000, ...options });
    return {
      ...all,
      /** how often the client has asked for `init` on the newest connection, after its first join */
      asked: () => all.line.last.sent.length - 1,
      async join() {
        const thrown = await all.join().then(
          () => undefined,
          (error: unknown) => error,
        );
        if (thrown instanceof TypeError) fail(`watchSilence() threw ${thrown} when the connection had opened.`);
        if (thrown) throw thrown;
      },
    };
  };
  type All = Awaited<ReturnType<typeof start>>;
  const expectOneTimer = ({ clock }: All, when: string): void => {
    if (clock.timers() > 1)
      fail(
        `${clock.timers()} timers are running ${when}; expected one. Each of them would end the connection: stop the old one before you start the next.`,
        { hint: 2 },
      );
  };

  check('half of the idle time passes in silence: the server is asked once', async () => {
    const all = await start();
    await all.join();
    if (all.clock.timers() === 0)
      fail(
        'The connection is open, and no timer is running. If nothing arrives any more, nobody will notice. Start one with setTimeout, also before the client has joined.',
      );
    expectOneTimer(all, 'when the connection has opened and `init` has come, so after two calls of watchSilence()');
    await all.pass(14_999);
    if (all.asked() > 0)
      fail(
        'With idleTimeoutMs 30,000 the server was asked before 15 s of silence were over. Pass a function to setTimeout, () => …, and give it half of idleTimeoutMs.',
      );
    expect(all.client.state.name, 'Wrong state after 14,999 ms of silence, with idleTimeoutMs 30,000.').toBe('open');
    await all.pass(1);
    if (all.client.state.name !== 'open')
      fail(
        'With idleTimeoutMs 30,000, the connection was ended after 15 s of silence. A quiet room is not a dead line: call this.ask() first, and wait for the other half.',
      );
    if (all.asked() === 0)
      fail(
        'With idleTimeoutMs 30,000, 15 s passed in silence, and the server was not asked. Call this.ask(): every live server answers it.',
      );
    expect(
      all.line.last.sent.slice(1),
      'Wrong messages after 15 s of silence; expected one, the join that this.ask() sends.',
    ).toEqual([{ type: 'join', room: 'lobby' }]);
    clearTimeout(all.client.state.timer);
    if (all.clock.timers() > 0)
      fail(
        'After the question a timer is running that is not in this.state.timer. `ended`, `close` and the next call of watchSilence() would never stop it: keep both timers there, one after the other.',
        { hint: 2 },
      );
  });
  check('the other half passes in silence, too: the connection has ended, twice', async () => {
    const all = await start();
    const { client, line, pass } = all;
    await all.join();
    const told: string[] = [];
    client.on('state', (state) => told.push('code' in state ? `${state.name} ${state.code}` : state.name));
    for (const sockets of [1, 2]) {
      told.length = 0;
      const silent = line.last;
      await pass(29_999);
      expect(client.state.name, 'Wrong state after 29,999 ms of silence, with idleTimeoutMs 30,000.').toBe('open');
      const thrown = thrownBy(() => all.clock.advance(1));
      if (thrown)
        fail(
          `When the second half was over, the timer threw ${thrown}. A method that is passed without its object loses \`this\`: write () => this.ended(1006).`,
          { hint: 2 },
        );
      await line.settle();
      if (client.state.name === 'open' && all.asked() > 1)
        fail(
          `After 30 s of silence the server has been asked ${all.asked()} times, and the connection is still open. Ask once. A question that you send yourself is not an answer: don't start to measure again.`,
          { hint: 2 },
        );
      if (client.state.name === 'open' && silent.readyState >= 2)
        fail(
          'After 30 s of silence the socket was closed, and the state is still `open`. A peer that is gone never answers a close frame, so no close event comes for minutes. Call this.ended(1006) instead.',
          { hint: 2 },
        );
      if (client.state.name === 'open')
        fail(
          'After 30 s of silence the connection is still open. The client believes that it is connected, and nothing will ever arrive. Call this.ended(1006) when the second half is over.',
          { hint: 2 },
        );
      if (client.state.name === 'closed')
        fail(
          'After 30 s of silence the client is `closed`, for good. The line may be back soon: call this.ended(1006).',
        );
      if (silent.endedWith !== 1006)
        fail(
          silent.endedWith === undefined
            ? 'After 30 s of silence a retry was planned, but the old socket is still open. this.ended(1006) does everything that belongs to the end of a connection.'
            : `watchSilence closed the socket itself, with code ${silent.endedWith}. Don't: this.ended(1006) discards it, without a goodbye that nobody would answer.`,
          { hint: 2 },
        );
      if (told.includes('open'))
        fail(
          'In the silence the listeners were told `open` again. this.enter is for a change of state. To store a timer, assign it: this.state.timer = …',
          { hint: 2 },
        );
      expect(
        told,
        'Wrong states reported after 30 s of silence; expected `down` with code 1006 (no close frame came), then `waiting`. Call this.ended(1006), and nothing else.',
      ).toEqual(['down 1006', 'waiting']);
      expect(
        silent.sent.map(({ type }) => type),
        'Wrong messages on the silent connection; expected the join, and one question.',
      ).toEqual(['join', 'join']);
      await pass(1000);
      expect(line.sockets.length, 'Wrong number of sockets 1 s after the silent connection was ended.').toBe(
        sockets + 1,
      );
      line.last.open();
      line.last.welcome();
    }
  });
  check(
    'something arrives every 14 s: nothing is asked, and the connection stays',
    async () => {
      const all = await start();
      await all.join();
      for (let i = 0; i < 10; i++) {
        await all.pass(14_000);
        if (all.client.state.name !== 'open')
          fail(
            `A message arrived every 14 s, and the connection was ended, with idleTimeoutMs 30,000. watchSilence() is called at each message: stop the timer that is running, and start again.`,
          );
        all.line.last.chat(`a.${i}`);
        expectOneTimer(all, `after message ${i + 1}`);
      }
      expect(
        all.asked(),
        'A message arrived every 14 s, with idleTimeoutMs 30,000. Wrong number of questions to the server: the silence starts again at each message.',
      ).toBe(0);
    },
    { hint: 2 },
  );
  check(
    'the server answers the question: the silence starts again',
    async () => {
      const all = await start();
      await all.join();
      for (let i = 1; i <= 4; i++) {
        await all.pass(15_000);
        expectOneTimer(all, `after question ${i}`);
        expect(all.asked(), `Wrong number of questions after ${i} times 15 s of silence.`).toBe(i);
        await all.pass(5000);
        all.line.last.welcome(); // the answer
        expectOneTimer(all, `after the answer to question ${i}`);
        await all.pass(14_999);
        if (all.client.state.name !== 'open')
          fail(
            'The server answered the question after 5 s, and the connection was ended all the same. The timer of the second half was still running: keep it in this.state.timer, too, so that the next call of watchSilence() can stop it.',
          );
        expect(all.asked(), 'Wrong number of questions 14,999 ms after an answer.').toBe(i);
        all.line.last.chat(`a.${i}`);
      }
    },
    { hint: 2 },
  );
  for (const [when, ms] of [
    ['in the first half', 1000],
    ['in the second half', 16_000],
  ] as const) {
    for (const [what, end, timers] of [
      ['The line was cut', ({ line }: All) => line.last.drop(), 1],
      ['close() was called', ({ client }: All) => client.close(), 0],
    ] as const) {
      check(
        `${what} ${when} of the silence: the watch is over`,
        async () => {
          const all = await start();
          await all.join();
          await all.pass(ms);
          end(all);
          if (all.clock.timers() > timers)
            fail(
              `${what} ${when} of the silence, and the watch still runs: ${all.clock.timers()} timers, expected ${timers}. Keep the timer in this.state.timer: \`ended\` and \`close\` stop the one that is there.`,
            );
          const { name } = all.client.state;
          await all.pass(999);
          expect(all.client.state.name, `${what} ${when} of the silence. Wrong state 999 ms later.`).toBe(name);
        },
        { hint: 2 },
      );
    }
  }
  check('open, but never in the room: lost all the same, and still counted', async () => {
    const all = await start({ minUptimeMs: 60_000 });
    all.client.start();
    await all.line.settle();
    for (const wait of [1000, 2000]) {
      all.line.last.drop();
      await all.pass(wait);
    }
    all.line.last.open();
    await all.pass(30_000);
    if (all.client.state.name !== 'waiting')
      return fail(
        `The connection opened, no init came, and 30 s passed in silence. The state is ${show(all.client.state.name)}; expected 'waiting'. An open client can be silent before it has joined.`,
      );
    expect(
      all.client.state.delayMs,
      'Two attempts failed, then a connection was silent for 30 s, with minUptimeMs 60,000. Expected delay(2), 4000 ms: leave this.attempt alone. markStable decides about it.',
    ).toBe(4000);
  });
  for (const [idleTimeoutMs, half] of [
    [undefined, 15_000],
    [20_000, 10_000],
    [3000, 1500],
  ] as const) {
    check(
      `with idleTimeoutMs ${idleTimeoutMs ?? 'not given: 30,000'}`,
      async () => {
        const all = await start({ idleTimeoutMs });
        await all.join();
        const seen: unknown[] = [];
        for (const ms of [half - 1, 1, half - 1, 1]) {
          await all.pass(ms);
          seen.push(`${all.client.state.name}, asked ${all.asked()}`);
        }
        expect(
          seen,
          `With idleTimeoutMs ${idleTimeoutMs ?? 'not given, so 30,000'}: wrong states after ${half - 1}, ${half}, ${2 * half - 1} and ${2 * half} ms of silence. Use idleTimeoutMs, not a number of your own.`,
        ).toEqual(['open, asked 0', 'open, asked 1', 'open, asked 1', 'waiting, asked 1']);
      },
      { hint: 2 },
    );
  }
  const others: [string, (all: All) => void | Promise<void>][] = [
    ['waiting', async ({ line, join }) => (await join(), line.last.drop())],
    ['connecting', ({ client, line }) => (client.start(), line.settle())],
    ['closed', async ({ client, join }) => (await join(), client.close())],
    ['idle', () => {}],
    ['gave up', async ({ line, join }) => (await join(), line.last.drop(4001))],
  ];
  for (const [name, reach] of others) {
    check(
      `while ${name}: nothing happens`,
      async () => {
        const all = await start();
        await reach(all);
        const { client, clock } = all;
        const [before, timers] = [{ ...client.state }, clock.timers()];
        const thrown = thrownBy(() => client.watchSilence());
        if (thrown) fail(`watchSilence() threw ${thrown} while the client was ${name}.`);
        if (clock.timers() > timers)
          fail(
            `watchSilence() while ${name} started a timer. Only an open connection can be silent: look at this.state.name first.`,
          );
        if (clock.timers() < timers || client.state.timer !== before.timer)
          fail(
            `watchSilence() while ${name} stopped or replaced the timer of that state, so the client would wait for ever. Look at this.state.name first.`,
          );
        expect(client.state.name, `Wrong state after watchSilence() while ${name}.`).toBe(before.name);
      },
      { hint: 2 },
    );
  }
  check('on a real connection whose server says nothing', async () => {
    const { url, wss } = await serve(() => {});
    const { client, line, clock } = await start({ url: () => ({ url }), WebSocket: WebSocket as never });
    const opened = new Promise<void>((resolve) => client.on('state', ({ name }) => name === 'open' && resolve()));
    client.start();
    await opened;
    while (wss.clients.size === 0) await turn();
    const [peer] = wss.clients;
    const gone = new Promise<number>((resolve) => peer.on('close', resolve));
    clock.advance(30_000);
    expect(client.state.name, 'Wrong state after 30 s of silence on a real connection.').toBe('waiting');
    const code = await within(gone, 'the end of the silent connection', () => 'For the server it is still open.');
    expect(
      code,
      "Wrong close code at the server; expected 1006, an end without a close frame. Don't close the socket: `ended` discards it.",
    ).toBe(1006);
    await line.settle();
  });
});
