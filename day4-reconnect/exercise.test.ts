import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, load, serve, show, thrownBy, within } from '#kit';
import { vi } from 'vitest';
import { WebSocket } from 'ws';
import { begin } from './subject.ts';

exercise('4.1 backoffDelay', (check) => {
  const subject = () => load(() => import('#day4/backoff.ts'), 'backoffDelay');
  const bound = (random: number) => ({ baseMs: 1000, capMs: 30_000, random: () => random });
  /** To the ms: whole numbers are right, too. */
  const expectMs = (delays: unknown[], expected: number[], words: string): void => {
    if (delays.some((delay, i) => typeof delay !== 'number' || !(Math.abs(delay - expected[i]) <= 1))) expect(delays, words).toEqual(expected);
  };

  check('the bound doubles from attempt to attempt, up to the cap', async () => {
    const { backoffDelay } = await subject();
    const delays = [0, 1, 2, 3, 4, 5, 6].map((attempt) => backoffDelay(attempt, bound(0.5)));
    expectMs(delays, [500, 1000, 2000, 4000, 8000, 15_000, 15_000], 'Wrong delays for the attempts 0 to 6, with base 1000 ms, cap 30,000 ms and a random() that always gives 0.5: half of 1000, 2000, 4000, … 30,000 was expected.');
  });
  check('base and cap are options', async () => {
    const { backoffDelay } = await subject();
    const random = () => 0.5;
    const delays = [0, 5, 13, 14].map((attempt) => backoffDelay(attempt, { baseMs: 100, capMs: 1_000_000, random }));
    expectMs(delays, [50, 1600, 409_600, 500_000], 'Wrong delays for the attempts 0, 5, 13 and 14, with base 100 ms, cap 1,000,000 ms and a random() that always gives 0.5. Base and cap may be other numbers than 1000 and 30,000.');
    expectMs([backoffDelay(0, { baseMs: 1000, capMs: 300, random })], [150], 'Wrong delay of attempt 0, with base 1000 ms and cap 300 ms, where random() gives 0.5: no bound is above the cap, not even the first.');
  });
  check('full jitter: anything from 0 to the bound', async () => {
    const { backoffDelay } = await subject();
    expectMs([backoffDelay(3, bound(0))], [0], 'Wrong delay where random() gives 0: full jitter starts at 0.');
    expectMs([backoffDelay(3, bound(0.999))], [7992], 'Wrong delay of attempt 3 where random() gives 0.999: nearly the bound of 8000 was expected.');
  });
  check('attempt 2000 gives a number, at most the cap', async () => {
    const { backoffDelay } = await subject();
    for (const attempt of [31, 32, 64, 2000]) {
      const delay = backoffDelay(attempt, bound(0.999));
      if (!(delay > 29_000 && delay <= 30_000)) fail(`Attempt ${attempt} gave ${show(delay)}: nearly the cap of 30,000 ms was expected. A client that has waited over night gets there.`);
    }
  });
  check('drawn anew each time', async () => {
    const { backoffDelay } = await subject();
    const numbers = [0.1, 0.7];
    const options = { baseMs: 1000, capMs: 30_000, random: () => numbers.shift() ?? 0.3 };
    const two = [backoffDelay(9, options), backoffDelay(9, options)];
    if (Math.abs(two[0] - two[1]) < 1) fail(`Two draws gave the same delay, ${show(two[0])} ms. At the cap randomness alone keeps clients apart: call random() at each call, once.`);
    expectMs(two, [3000, 21_000], 'Wrong delays at the cap where random() gives 0.1, then 0.7, and 0.3 from then on: one call of random() a delay was expected.');
  });
  check('without options', async () => {
    const { backoffDelay } = await subject();
    const delays = Array.from({ length: 50 }, () => backoffDelay(20));
    if (delays.some((delay) => !(delay >= 0 && delay <= 30_000))) fail(`Without options a delay was ${show(delays.find((delay) => !(delay >= 0 && delay <= 30_000)))}: from 0 to 30,000 ms was expected.`);
    if (new Set(delays).size < 2) fail(`Without options, fifty draws gave the same delay, ${show(delays[0])}: a thousand clients would come back together.`);
  });
});

exercise('4.2 shouldRetry', (check) => {
  const subject = () => load(() => import('#day4/backoff.ts'), 'shouldRetry');
  const cases: [number, boolean, string][] = [
    [1006, true, 'the connection was cut off without a word'],
    [1005, true, 'a bare close(): nobody said why'],
    [1001, true, 'the server is going away'],
    [1011, true, 'the server had an internal error'],
    [1012, true, 'the server restarts'],
    [1013, true, 'try again later'],
    [1014, true, 'a bad gateway'],
    [1000, false, 'the work is done'],
    [1002, false, 'a protocol error: the next connection would break the same rule'],
    [1003, false, 'the kind of data is not taken here'],
    [1007, false, 'invalid UTF-8'],
    [1008, false, 'a policy was violated'],
    [1009, false, 'a message was too big: it would be again'],
    [3000, false, 'a registered code: somebody decided this'],
    [4001, false, "the application's own refusal"],
    [4999, false, 'a private code'],
  ];
  for (const [code, retry, what] of cases) {
    check(`${code}: ${retry ? 'again' : 'final'}, ${what}`, async () => {
      const { shouldRetry } = await subject();
      expect(shouldRetry(code), `Wrong decision on close code ${code} (${what}): ${retry ? 'connecting again makes sense' : 'connecting again would end the same way, for ever'}.`).toBe(retry);
    });
  }
  check('any other code: final', async () => {
    const { shouldRetry } = await subject();
    for (const code of [0, 999, 1004, 1010, 1015, 1016, 1999, 2000, 2999, 3001, 3999, 4000, 4002, 4500, 5000]) {
      expect(shouldRetry(code), `Wrong decision on close code ${code}. Worth another attempt are 1001, 1005, 1006 and 1011 to 1014; every other code is final, also one that nobody has heard of.`).toBe(false);
    }
  });
  check('asked again, the same answer', async () => {
    const { shouldRetry } = await subject();
    for (const [code, retry] of cases) {
      expect([shouldRetry(code), shouldRetry(code)], `Wrong decisions on close code ${code}, asked twice in a row: the code alone decides, how often is the matter of maxAttempts.`).toEqual([retry, retry]);
    }
  });
});

exercise('4.3 scheduleRetry', (check) => {
  const start = (options = {}) => begin(['scheduleRetry'], options);

  check('after a drop: waiting, one timer, and then one socket', async () => {
    const { client, line, clock, join, pass } = await start();
    await join();
    const thrown = thrownBy(() => line.last.drop());
    if (thrown) fail(`scheduleRetry threw ${thrown}. setTimeout takes a function that calls connect() later: () => this.connect().`);
    expect(client.state.name, 'Wrong state after the connection was cut off.').toBe('waiting');
    if (client.state.name === 'waiting' && client.state.delayMs === 2000) fail('The first retry waits for delay(1), 2000 ms; delay(0) was expected: take the delay before you count this.attempt up.');
    expect(clock.timers(), 'Wrong number of timers while waiting.').toBe(1);
    await pass(999);
    expect(line.sockets.length, 'A socket was made before the delay of 1000 ms was over.').toBe(1);
    const late = thrownBy(() => clock.advance(1));
    if (late) fail(`When the delay was over the timer threw ${late}. Where a method is passed without its object, \`this\` is not the client: () => this.connect().`);
    await line.settle();
    expect(line.sockets.length, 'Wrong number of sockets after the delay: the first, and one new one, were expected.').toBe(2);
    expect(clock.timers(), 'Wrong number of timers once the attempt has begun: only its own time-out was expected. The timer of the waiting goes off once.').toBe(1);
  });
  check('the state says how long and which attempt', async () => {
    const { client, line, states, join, pass } = await start();
    await join();
    await pass(2500);
    const before = states.length;
    let hasTimer = false;
    client.on('state', ({ timer }) => (hasTimer = timer !== undefined));
    line.last.drop();
    const now = performance.now();
    if (client.state.name !== 'waiting') return fail(`The state is ${show(client.state.name)} after a drop: waiting was expected.`);
    const { attempt, delayMs, until } = client.state;
    expect({ attempt, delayMs, until }, 'Wrong account of the waiting: attempt 0, 1000 ms, until now + 1000 was expected. attempt is the number that delay() was given, before this.attempt goes up.').toEqual({ attempt: 0, delayMs: 1000, until: now + 1000 });
    expect(states.slice(before), 'Wrong states told to the listeners after a drop: each once was expected. `enter` tells them, an assignment does not.').toEqual(['down', 'waiting']);
    if (!hasTimer) fail('When the listeners heard of `waiting`, that state had no timer: who retries or closes now could not clear it. Set the timer first, then enter.');
  });
  check('each failure waits longer, whatever the code, and without maxAttempts for ever', async () => {
    const { client, line, pass } = await start();
    client.start();
    await line.settle();
    const delays: unknown[] = [];
    for (let i = 0; i < 12; i++) {
      const code = [1006, 1012, 1011][i % 3];
      line.last.drop(code);
      if (client.state.name !== 'waiting') return fail(`The state is ${show(client.state.name)} after failure ${i + 1}, with code ${code}: waiting was expected. Without maxAttempts it never gives up, and whether a code is final \`retryable\` has decided before.`);
      delays.push(client.state.delayMs);
      if (client.state.delayMs !== 1000 * 2 ** i) break;
      await pass(client.state.delayMs);
    }
    expect(delays, 'Wrong delays after failed attempts in a row: delay(0), delay(1), delay(2), … were expected.').toEqual(delays.map((_, i) => 1000 * 2 ** i));
  });
  check('the delay is drawn once', async () => {
    const asked: number[] = [];
    const { line, join, pass } = await start({ delay: (attempt: number) => 1000 * asked.push(attempt) });
    await join();
    line.last.drop();
    expect(asked, 'Wrong calls of delay() for one retry: a second one draws another number, and the state tells what the timer does not do.').toEqual([0]);
    await pass(1000);
    expect(line.sockets.length, 'Wrong number of sockets after the delay.').toBe(2);
  });
  check('an attempt counts when it is planned, also if retryNow() comes before its timer', async () => {
    const { client, line, join } = await start();
    await join();
    line.last.drop();
    client.retryNow();
    await line.settle();
    line.last.drop();
    if (client.state.name !== 'waiting') return fail(`The state is ${show(client.state.name)} after retryNow() and another drop: waiting was expected.`);
    expect(client.state.delayMs, 'Wrong delay where the first waiting was ended by retryNow(), and that attempt has failed, too: delay(1) was expected. this.attempt goes up when the attempt is planned.').toBe(2000);
  });
  for (const maxAttempts of [Infinity, 1]) {
    check(`called twice, with maxAttempts ${maxAttempts}: still one timer and one socket`, async () => {
      const { client, line, clock, join, pass } = await start({ maxAttempts });
      await join();
      line.last.drop();
      client.scheduleRetry(1006);
      if (client.state.name === 'gave up' && clock.timers() > 0) fail('The client has given up, and the timer of the state before goes on: it opens a socket all the same. Clear it first, whatever comes then.');
      if (clock.timers() !== 1 && client.state.name === 'waiting') fail(`There are ${clock.timers()} timers where a retry was scheduled twice: each would open a socket of its own. Clear the one that this.state has.`);
      await pass(60_000 * 10);
      expect(line.live(), 'Wrong number of live sockets after two calls.').toBeLessThanOrEqual(1);
    });
  }
  check('gives up after maxAttempts, once, and retryNow works then', async () => {
    const { client, line, states, clock, pass } = await start({ maxAttempts: 2 });
    client.start();
    await line.settle();
    for (const code of [1006, 1006, 1012]) {
      line.last.drop(code);
      await pass(10_000 - 1);
    }
    expect(client.state.name, 'Wrong state after the first attempt and two retries have failed, with maxAttempts 2.').toBe('gave up');
    expect(line.sockets.length, 'Wrong number of sockets with maxAttempts 2: the first attempt and two retries were expected.').toBe(3);
    expect(states.filter((name) => name === 'gave up').length, 'Giving up is said once.').toBe(1);
    expect('code' in client.state && client.state.code, 'Wrong code in `gave up`: the one of the connection that was lost was expected.').toBe(1012);
    expect(clock.timers(), 'A timer is left after giving up.').toBe(0);
    client.retryNow();
    await line.settle();
    expect(line.sockets.length, 'retryNow() after giving up makes a new socket.').toBe(4);
  });
  check('maxAttempts 0: gives up at the first loss', async () => {
    const { client, line, join } = await start({ maxAttempts: 0 });
    await join();
    line.last.drop();
    expect(client.state.name, 'Wrong state after a drop with maxAttempts 0: not one attempt was allowed, and 0 is not "no limit".').toBe('gave up');
  });
  check('a listener that closes at `waiting`: no timer stays', async () => {
    const { client, line, clock, join, pass } = await start();
    await join();
    client.on('state', ({ name }) => name === 'waiting' && client.close());
    line.last.drop();
    expect([client.state.name, clock.timers()], 'Wrong state, or number of timers, where a listener has called close() on hearing of `waiting`: a timer that is set after that belongs to nobody.').toEqual(['closed', 0]);
    await pass(60_000);
    expect(line.sockets.length, 'A socket was made after close().').toBe(1);
  });
});

exercise('4.4 markStable', (check) => {
  const start = (minUptimeMs = 5000) => begin(['markStable'], { minUptimeMs, idleTimeoutMs: 60_000 });
  type All = Awaited<ReturnType<typeof start>>;
  /** The connection is lost: how long the client waits now. */
  const dropped = ({ client, line, clock }: All): number => {
    line.last.drop();
    if (client.state.name !== 'waiting') return fail(`The state is ${client.state.name} after a drop: waiting was expected.`);
    if (clock.timers() > 1) fail(`After a drop ${clock.timers()} timers are running: markStable decides about this.attempt, and begins nothing. The frame plans the retry.`);
    return client.state.delayMs;
  };
  /** Open and in the room, for that long. */
  const lasts = async ({ line, pass }: All, ms: number): Promise<void> => {
    line.last.open();
    line.last.welcome();
    await pass(ms);
  };

  check('a server that accepts and drops, ten times: the delays grow', async () => {
    const all = await start();
    all.client.start();
    await all.line.settle();
    const delays: number[] = [];
    for (let i = 0; i < 10; i++) {
      await lasts(all, 1000);
      delays.push(dropped(all));
      if (delays[i] !== 1000 * 2 ** i) break;
      await all.pass(delays[i]);
    }
    expect(delays, 'A server that accepts and drops after a second, ten times: each delay must be twice as long as the one before. "open" alone proves nothing, and ten short times are not a long one.').toEqual(delays.map((_, i) => 1000 * 2 ** i));
  });
  for (const [minUptimeMs, uptime, delay, what] of [
    [5000, 4999, 4000, 'one ms too short: goes on counting'],
    [5000, 5000, 1000, 'exactly long enough: from the start again'],
    [5000, 50_000, 1000, 'long enough: from the start again'],
    [20_000, 19_999, 4000, 'too short: goes on counting'],
    [200, 200, 1000, 'long enough: from the start again'],
    [0, 0, 1000, 'any is long enough'],
  ] as const) {
    check(`open for ${uptime} ms of ${minUptimeMs}, ${what}`, async () => {
      const all = await start(minUptimeMs);
      all.client.start();
      await all.line.settle();
      for (const wait of [1000, 2000]) {
        all.line.last.drop();
        await all.pass(wait);
      }
      await lasts(all, uptime);
      expect(dropped(all), `Wrong delay after two failed attempts and a connection of ${uptime} ms, with minUptimeMs ${minUptimeMs}.`).toBe(delay);
    });
  }
  check('good, bad, and good again, while somebody sets the clock back', async () => {
    const all = await start();
    await all.join();
    all.line.last.chat('a.1');
    vi.setSystemTime(Date.now() - 86_400_000);
    await all.pass(5000);
    const delays = [dropped(all)];
    await all.pass(1000);
    delays.push(dropped(all));
    await all.pass(2000);
    await lasts(all, 5000);
    delays.push(dropped(all));
    expect(delays, 'Wrong delays after a good connection, a failed attempt and another good connection, while the time of day was set back: 1000, 2000 and 1000 again were expected, by performance.now().').toEqual([1000, 2000, 1000]);
    await all.pass(1000);
    all.line.last.open();
    expect(all.line.last.sent[0], 'Wrong join after a good connection: markStable resets this.attempt, and nothing else.').toEqual({ type: 'join', room: 'lobby', after: 'a.1' });
  });
});

exercise('4.5 close', (check) => {
  const start = (options = {}) => begin(['close'], options);
  type All = Awaited<ReturnType<typeof start>>;
  const close = ({ client, states }: All, when: string): void => {
    const before = states.length;
    const thrown = thrownBy(() => client.close());
    if (thrown) fail(`close() while ${when} threw ${thrown}. It may come in any state, and not every state has a socket.`);
    expect(client.state.name, `Wrong state after close() while ${when}.`).toBe('closed');
    expect(states.slice(before), `Wrong states told by close() while ${when}: closed is said exactly once, and nothing else. \`enter\` says it.`).toEqual(['closed']);
  };
  /** What must hold from then on, whatever came before. */
  const staysClosed = async ({ client, line, clock, states, pass }: All, when: string, sockets: number): Promise<void> => {
    expect(client.state.name, `Wrong state after close() while ${when}.`).toBe('closed');
    if (clock.timers() > 0) fail(`close() while ${when} has left ${clock.timers()} timer running: it opens a socket, or ends one, after the end.`);
    await pass(600_000);
    expect(line.sockets.length, `A socket was made after close() while ${when}.`).toBe(sockets);
    expect(line.live(), `A socket is still live after close() while ${when}.`).toBe(0);
    expect(states.filter((name) => name === 'closed').length, 'closed is said exactly once.').toBe(1);
    expect(states.at(-1), `After closed came another state, on close() while ${when}.`).toBe('closed');
  };

  check('while waiting: the timer is cancelled', async () => {
    const all = await start();
    await all.join();
    all.line.last.drop();
    close(all, 'waiting');
    await staysClosed(all, 'waiting', 1);
  });
  check('while open: the peer gets 1000, and what comes late is ignored', async () => {
    const all = await start();
    await all.join();
    close(all, 'open');
    expect(all.line.last.endedWith, 'The peer is told by code 1000 that this was meant.').toBe(1000);
    if (all.line.last.readyState === 3) fail('The socket was terminated at once: the close frame with its 1000 may never have left.');
    expect(all.line.last.sent.map(({ type }) => type), 'Wrong messages on the wire: after the join nothing was expected. The closing handshake is the goodbye; the chat has no other.').toEqual(['join']);
    all.line.last.chat('late.1');
    all.line.last.drop(1000);
    if (all.messages.some(({ id }) => id === 'late.1')) fail('A message was passed on after close().');
    await staysClosed(all, 'open', 1);
  });
  check('while connecting: no open, no unhandled error', async () => {
    const all = await start();
    all.client.start();
    await all.line.settle();
    close(all, 'connecting');
    expect(all.line.last.endedWith, 'The handshake goes on after close() while connecting: nobody has called close(1000) on the socket, and the server gets a connection that nobody uses. Close it in whatever state it is.').toBe(1000);
    all.line.last.drop(1006);
    if (all.states.includes('open')) fail('The state was open after close() while connecting.');
    await staysClosed(all, 'connecting', 1);
  });
  check('while url() is pending: no socket is built', async () => {
    let answer: (address: { url: string }) => void = () => {};
    const all = await start({ url: () => new Promise((resolve) => (answer = resolve)) });
    all.client.start();
    close(all, 'url() is pending');
    answer({ url: 'ws://127.0.0.1' });
    await staysClosed(all, 'url() is pending', 0);
  });
  check('after giving up: retryNow() does not bring it back', async () => {
    const all = await start({ maxAttempts: 0 });
    await all.join();
    all.line.last.drop();
    close(all, 'it has given up');
    all.client.retryNow();
    await staysClosed(all, 'it has given up', 1);
  });
  check('before the start, and twice', async () => {
    const all = await start();
    let more = 3;
    all.client.on('state', ({ name }) => name === 'closed' && more-- > 0 && all.client.close());
    close(all, 'idle, and again by a listener that hears of it');
    const thrown = thrownBy(() => all.client.close());
    if (thrown) fail(`The second close() threw ${thrown}: twice closed is closed once.`);
    all.client.start();
    all.client.retryNow();
    await staysClosed(all, 'idle', 0);
  });
  for (const moment of ['open', 'down'] as const) {
    check(`from a listener, at the moment of \`${moment}\``, async () => {
      const all = await start();
      all.client.on('state', ({ name }) => name === moment && all.client.close());
      all.client.start();
      await all.line.settle();
      if (moment === 'open') all.line.last.open();
      else all.line.last.drop();
      await staysClosed(all, `a listener hears of \`${moment}\``, 1);
    });
  }
});

exercise('4.6 onSilence', (check) => {
  check('silent for idleTimeoutMs, twice: thrown away, and a retry is scheduled at once', async () => {
    const { client, line, join, pass } = await begin(['onSilence'], { idleTimeoutMs: 30_000 });
    await join();
    line.last.chat('a.1');
    const told: string[] = [];
    client.on('state', (state) => told.push('code' in state ? `${state.name}, ${state.code}` : state.name));
    for (const sockets of [1, 2]) {
      told.length = 0;
      const silent = line.last;
      await pass(29_999);
      expect(client.state.name, 'Wrong state 1 ms before the idle time-out.').toBe('open');
      await pass(1);
      if (silent.readyState < 2) fail('After 30 s of silence the socket is still open: the client thinks that it is connected, and nothing will ever come.');
      expect(client.state.name, 'Wrong state after 30 s of silence. A dead peer never answers a goodbye: do not wait for the close event.').toBe('waiting');
      expect(told, 'Wrong states told after 30 s of silence: `down` with code 1006, for no close frame came, and then `waiting`. this.ended(1006), once, does both.').toEqual(['down, 1006', 'waiting']);
      expect(silent.sent.map(({ type }) => type), "Wrong messages on the silent connection: the join, and the frame's question after half of the silence, were expected, and no goodbye.").toEqual(['join', 'join']);
      await pass(1000);
      expect(line.sockets.length, 'Wrong number of sockets after the delay: one more was expected.').toBe(sockets + 1);
      expect(line.live(), 'Wrong number of live sockets after the silence.').toBe(1);
      line.last.open();
      line.last.welcome();
      expect(line.last.sent[0], 'Wrong join after the silence: what was heard before is still known.').toEqual({ type: 'join', room: 'lobby', after: 'a.1' });
    }
  });
  check('open, not in the room yet, and silent: lost all the same, and still counted', async () => {
    const { client, line, pass } = await begin(['onSilence'], { idleTimeoutMs: 30_000, minUptimeMs: 60_000 });
    client.start();
    await line.settle();
    for (const wait of [1000, 2000]) {
      line.last.drop();
      await pass(wait);
    }
    line.last.open();
    await pass(30_000);
    if (client.state.name !== 'waiting') return fail(`The state is ${client.state.name} after 30 s of silence on a connection where no init came: waiting was expected.`);
    expect(client.state.delayMs, 'Wrong delay after two failed attempts and a connection that was silent for 30 s, with minUptimeMs 60,000: delay(2) was expected. Whether the attempts count anew is the decision of markStable.').toBe(4000);
  });
  type All = Awaited<ReturnType<typeof begin>>;
  const others: [string, (all: All) => void | Promise<void>][] = [
    ['idle', () => {}],
    ['url() is pending', ({ client }) => client.start()],
    ['connecting', ({ client, line }) => (client.start(), line.settle())],
    ['waiting', async ({ line, join }) => (await join(), line.last.drop())],
    ['it has given up', async ({ client, line, join }) => (await join(), (client.options.maxAttempts = 0), line.last.drop())],
    ['closed', async ({ client, join }) => (await join(), client.close())],
  ];
  for (const [when, reach] of others) {
    check(`while ${when}: nothing happens`, async () => {
      const all = await begin(['onSilence']);
      await reach(all);
      const { client, clock } = all;
      const [before, timers] = [client.state, clock.timers()];
      const thrown = thrownBy(() => client.onSilence());
      if (thrown) fail(`onSilence() while ${when} threw ${thrown}.`);
      if (client.state !== before) fail(`onSilence() while ${when} has led to the state ${show(client.state.name)}: only an open connection can be silent. \`offline\` may call it at any time.`);
      expect(clock.timers(), `Wrong number of timers after onSilence() while ${when}: as many as before were expected.`).toBe(timers);
    });
  }
  check('who hears something stays connected', async () => {
    const { client, line, join, pass } = await begin(['onSilence'], { idleTimeoutMs: 30_000 });
    await join();
    for (let i = 0; i < 10; i++) {
      await pass(20_000);
      line.last.welcome(); // the answer to the question that the frame asks after half of the silence
    }
    expect(client.state.name, 'A connection on which something is heard every 20 s was given up.').toBe('open');
    expect(line.sockets.length, 'Wrong number of sockets.').toBe(1);
  });
  check('the late close of the silent socket changes nothing', async () => {
    const { client, line, states, join, pass } = await begin(['onSilence'], { idleTimeoutMs: 30_000 });
    await join();
    const silent = line.last;
    await pass(30_000);
    silent.drop();
    expect(states.filter((name) => name === 'waiting').length, 'One silence, one retry: wrong number of times that the state became waiting.').toBe(1);
    await pass(1000);
    line.last.open();
    silent.drop();
    expect(client.state.name, 'The close of the old socket has ended the new one.').toBe('open');
  });
  check('on a real connection whose peer goes on without a word', async () => {
    const { url, wss } = await serve(() => {});
    const { client, line, clock } = await begin(['onSilence'], { url: () => ({ url }), WebSocket: WebSocket as never, idleTimeoutMs: 30_000 });
    const opened = new Promise<void>((resolve) => client.on('state', ({ name }) => name === 'open' && resolve()));
    client.start();
    await opened;
    while (wss.clients.size === 0) await turn();
    const [peer] = wss.clients;
    const gone = new Promise<number>((resolve) => peer.on('close', resolve));
    clock.advance(30_000);
    expect(client.state.name, 'Wrong state after 30 s of silence on a real connection.').toBe('waiting');
    const code = await within(gone, 'the end of the silent connection', () => 'The server sees it open still.');
    expect(code, 'The server sees the connection end, without a closing handshake.').toBe(1006);
    await line.settle();
  });
});

exercise('4.7 resume', (check) => {
  const ids = (messages: { id?: string }[]) => messages.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const start = () => begin(['resume']);
  /** Cut off, and back in the room. */
  const comeBack = async ({ line, client, pass }: Awaited<ReturnType<typeof start>>): Promise<void> => {
    line.last.drop();
    await pass(client.state.name === 'waiting' ? client.state.delayMs : 0);
    line.last.open();
    line.last.welcome();
  };

  check('the join after a drop asks for what came after the last id', async () => {
    const all = await start();
    await all.join();
    for (const id of ['x.7', 'x.9', 'x.12', 'x.8']) all.line.last.chat(id);
    expect(all.line.last.sent.length, 'Wrong number of messages sent: the join was expected, and nothing on hearing a chat message. The server is asked when the connection is new.').toBe(1);
    await comeBack(all);
    expect(all.line.last.sent[0], 'Wrong first message on the new connection: ids are opaque, so "last" is the one that came last.').toEqual({ type: 'join', room: 'lobby', after: 'x.8' });
  });
  check('an id that was seen is dropped', async () => {
    const all = await start();
    await all.join();
    for (const id of ['a.1', 'a.2', 'a.2', 'a.1', 'a.3']) all.line.last.chat(id);
    expect(ids(all.messages), 'Wrong messages passed on where the server sent a.1, a.2, a.2, a.1, a.3: each once, in order, was expected.').toEqual(['a.1', 'a.2', 'a.3']);
  });
  check('remembered in `recent`, and looked for there', async () => {
    const all = await start();
    await all.join();
    all.line.last.chat('a.1');
    if (!all.client.recent.has('a.1')) fail('The id a.1 came, and is not in `recent`. A memory of one\'s own never forgets: a page that stays open for weeks grows.');
    all.client.recent.add('a.0');
    all.line.last.chat('a.0');
    expect([ids(all.messages), all.client.lastId], 'Wrong messages passed on, or wrong last id, where a.1 came, and then a.0, which `recent` had already.').toEqual([['a.1'], 'a.1']);
  });
  check('opaque: ids that look alike are different', async () => {
    const all = await start();
    await all.join();
    const alike = ['a.1', 'A.1', 'a.01', 'a.1 ', 'a.10', 'a', '1', '01'];
    for (const id of alike) all.line.last.chat(id);
    expect(ids(all.messages), 'Wrong messages passed on: eight ids, no two of them equal. They are compared as they come, not taken apart.').toEqual(alike);
  });
  check('missed messages arrive once, in order, also where the replay overlaps', async () => {
    const all = await start();
    await all.join();
    for (const id of ['a.1', 'a.2']) all.line.last.chat(id);
    await comeBack(all);
    for (const id of ['a.2', 'a.3', 'a.4', 'a.5']) all.line.last.chat(id);
    expect(ids(all.messages), 'Wrong messages after a replay that overlaps by one.').toEqual(['a.1', 'a.2', 'a.3', 'a.4', 'a.5']);
  });
  check('an old duplicate does not turn the last id back', async () => {
    const all = await start();
    await all.join();
    for (const id of ['a.1', 'a.2', 'a.3', 'a.1']) all.line.last.chat(id);
    expect(all.client.lastId, 'Wrong last id after a.1, a.2, a.3 and a duplicate of a.1: the next replay would begin too early.').toBe('a.3');
  });
  check('after a restart ids begin anew: smaller is not older', async () => {
    const all = await start();
    await all.join();
    all.line.last.chat('zz.900');
    await comeBack(all);
    all.line.last.hear({ type: 'gap' });
    all.line.last.chat('aa.1');
    expect(ids(all.messages), 'Wrong messages after a restart: ids compare by equality only, and aa.1 is as new as any other.').toEqual(['zz.900', 'aa.1']);
    expect(all.messages.filter(({ type }) => type === 'gap').length, 'The gap is told once.').toBe(1);
  });
});
