import { vi } from 'vitest';
import { exercise, expect, fail, load, onCleanUp, show, thrownBy } from '#kit';
import { begin } from './helpers/subject.ts';

exercise('4.2 scheduleRetry', (check) => {
  const start = (options = {}) => begin(['scheduleRetry'], options);
  type All = Awaited<ReturnType<typeof start>>;
  /** The state, which should be `waiting`. @param when in words, such as "after a drop" */
  const waiting = ({ client }: All, when: string) =>
    client.state.name === 'waiting'
      ? client.state
      : fail(
          `The state is ${show(client.state.name)} ${when}; expected 'waiting'. Did you call this.enter({ name: 'waiting', … })?`,
        );

  check('after a lost connection: `waiting`, one timer, and then one new socket', async () => {
    let asked = 0;
    const all = await start({ delay: (attempt: number) => (asked++, 1000 * (attempt + 1)) });
    const { client, line, clock, join, pass } = all;
    await join();
    const thrown = thrownBy(() => line.last.drop());
    if (thrown)
      fail(
        `scheduleRetry threw ${thrown}. If that is setTimeout: it takes a function that is called later, () => this.connect(), not the result of this.connect().`,
        { hint: 2 },
      );
    if (client.state.name === 'connecting')
      fail(
        `After a drop the client is connecting again at once, without any delay. If you wrote setTimeout(this.connect(), …): pass a function, () => this.connect().`,
        { hint: 2 },
      );
    const { delayMs } = waiting(all, 'after the connection was cut');
    if (asked === 0)
      fail(
        'The option `delay` was never called. Call delay(…), the variable from this.options, and not backoffDelay, which is only its default.',
        { hint: 2 },
      );
    if (delayMs === 2000)
      fail(
        'The first retry waits for delay(1), 2000 ms; expected delay(0), 1000 ms. Ask for the delay before you add 1 to this.attempt.',
        { hint: 2 },
      );
    expect(
      clock.timers(),
      'Wrong number of running timers while waiting. There should be one, which calls this.connect().',
    ).toBe(1);
    await pass(999);
    expect(line.sockets.length, 'The delay is 1000 ms, but a second socket was made before that.').toBe(1);
    const late = thrownBy(() => clock.advance(1));
    if (late)
      fail(
        `After the delay the timer threw ${late}. A method that is passed without its object loses \`this\`: write () => this.connect().`,
        { hint: 2 },
      );
    await line.settle();
    expect(
      line.sockets.length,
      'Wrong number of sockets after the delay; expected the first one and one new one. Does the timer call this.connect()?',
    ).toBe(2);
    expect(
      clock.timers(),
      'Wrong number of timers once the attempt has begun; expected only the time limit of the attempt. The retry timer should fire once: use setTimeout, not setInterval.',
    ).toBe(1);
  });
  check(
    'the state `waiting` says which attempt it is and how long it waits',
    async () => {
      const all = await start();
      const { client, line, states, join, pass } = all;
      await join();
      await pass(2500);
      const before = states.length;
      let hasTimer = false;
      client.on('state', ({ timer }) => (hasTimer = timer !== undefined));
      line.last.drop();
      const now = performance.now();
      const { attempt, delayMs, until } = waiting(all, 'after a drop');
      expect(
        { attempt, delayMs, until },
        `The \`waiting\` state has wrong fields. \`attempt\` is the number that was passed to delay(), and \`until\` is performance.now() + delayMs (now: ${now}).`,
      ).toEqual({ attempt: 0, delayMs: 1000, until: now + 1000 });
      expect(
        states.slice(before),
        'Wrong states reported to the listeners after a drop; expected each of them once. Only `enter` reports a state: assigning this.state does not.',
      ).toEqual(['down', 'waiting']);
      if (!hasTimer)
        fail(
          'The listeners were told `waiting` when that state had no timer yet. A listener that closes the client now could not stop it. Start the timer first, then enter.',
        );
    },
    { hint: 2 },
  );
  check('every failure waits longer, whatever its code, without an end', async () => {
    const all = await start({ delay: (attempt: number) => 1000 + attempt });
    all.client.start();
    await all.line.settle();
    const delays: unknown[] = [];
    for (let i = 0; i < 120; i++) {
      const code = [1006, 1012, 1011][i % 3];
      all.line.last.drop(code);
      if (all.client.state.name !== 'waiting')
        fail(
          `The state is ${show(all.client.state.name)} after failure ${i + 1}, with code ${code}; expected 'waiting'. Without maxAttempts the client never gives up. Don't look at the code here: \`retryable\` has already decided.`,
        );
      const { delayMs } = waiting(all, 'after a failure');
      delays.push(delayMs);
      if (delayMs !== 1000 + i) break;
      await all.pass(delayMs);
    }
    expect(
      delays.slice(-5),
      'Wrong delays after failed attempts in a row; expected delay(0), delay(1), delay(2) and so on. this.attempt goes up by one each time.',
    ).toEqual(delays.map((_, i) => 1000 + i).slice(-5));
  });
  check(
    'delay() is called once per retry',
    async () => {
      const asked: number[] = [];
      const { line, join, pass } = await start({ delay: (attempt: number) => 1000 * asked.push(attempt) });
      await join();
      line.last.drop();
      expect(
        asked,
        'Wrong calls of delay() for one retry. Call it once and keep the result: a second call draws another random number, and the state would show a delay that the timer does not have.',
      ).toEqual([0]);
      await pass(1000);
      expect(line.sockets.length, 'Wrong number of sockets after the delay.').toBe(2);
    },
    { hint: 2 },
  );
  check(
    'without the option `delay`, backoffDelay gives the delay',
    async () => {
      const { backoffDelay } = await load(() => import('#day4/backoff.ts'), 'backoffDelay');
      const random = vi.spyOn(Math, 'random').mockReturnValue(0.25);
      onCleanUp(() => random.mockRestore());
      const all = await start({ delay: undefined });
      all.client.start();
      await all.line.settle();
      const delays: number[] = [];
      for (let i = 0; i < 3; i++) {
        all.line.last.drop();
        delays.push(waiting(all, 'after a failure').delayMs);
        await all.pass(delays[i]);
      }
      expect(
        delays,
        'Wrong delays without the option `delay`, while Math.random() returned 0.25; expected backoffDelay(0), backoffDelay(1) and backoffDelay(2). Keep the default in the first line of the method.',
      ).toEqual([0, 1, 2].map((attempt) => backoffDelay(attempt)));
    },
    { hint: 2 },
  );
  check('a retry is counted when it is planned, before the listeners hear of it', async () => {
    const all = await start();
    const { client, line, join } = all;
    await join();
    const counted: number[] = [];
    client.on('state', ({ name }) => name === 'waiting' && counted.push(client.attempt));
    line.last.drop();
    expect(
      counted,
      'Wrong this.attempt when the listeners were told `waiting` for the first retry. Add 1 before you call `enter`: a listener may call retryNow() at once.',
    ).toEqual([1]);
    client.retryNow();
    await line.settle();
    line.last.drop();
    expect(
      waiting(all, 'after retryNow() and another drop').delayMs,
      'retryNow() ended the first wait, and that attempt failed, too. The next delay should be delay(1), 2000 ms: count the attempt when you plan it, not when the timer fires.',
    ).toBe(2000);
  });
  for (const maxAttempts of [Infinity, 1]) {
    check(`called twice, with maxAttempts ${maxAttempts}: still one timer and one socket`, async () => {
      const { client, line, clock, join, pass } = await start({ maxAttempts });
      await join();
      line.last.drop();
      client.scheduleRetry(1006);
      if (client.state.name === 'gave up' && clock.timers() > 0)
        fail(
          'The client has given up, but the timer of the state before is still running, and will open a socket. Stop it first, whatever you decide after that.',
        );
      if (clock.timers() !== 1 && client.state.name === 'waiting')
        fail(
          `scheduleRetry was called twice, and now ${clock.timers()} timers are running. Each would open a socket of its own: stop the one that this.state has.`,
        );
      await pass(60_000 * 10);
      expect(line.live(), 'Wrong number of live sockets after two calls.').toBeLessThanOrEqual(1);
    });
  }
  check('gives up after maxAttempts retries, once; retryNow() still works then', async () => {
    const { client, line, states, clock, pass } = await start({ maxAttempts: 2 });
    client.start();
    await line.settle();
    for (const code of [1006, 1006, 1012]) {
      line.last.drop(code);
      await pass(10_000 - 1);
    }
    if (states.includes('gave up') && client.state.name !== 'gave up')
      fail(
        `With maxAttempts 2, the client entered \`gave up\` when no attempt was left, and then planned a retry as well. After \`gave up\`, return.`,
      );
    expect(
      client.state.name,
      'Wrong state with maxAttempts 2, when the first attempt and two retries have failed.',
    ).toBe('gave up');
    expect(
      line.sockets.length,
      'Wrong number of sockets with maxAttempts 2; expected the first attempt and two retries.',
    ).toBe(3);
    expect(states.filter((name) => name === 'gave up').length, '`gave up` should be reported once.').toBe(1);
    expect(
      'code' in client.state && client.state.code,
      'Wrong code in `gave up`; expected the parameter `code`, the one of the connection that was lost.',
    ).toBe(1012);
    expect(clock.timers(), 'A timer is still running after the client gave up.').toBe(0);
    client.retryNow();
    await line.settle();
    expect(line.sockets.length, 'retryNow() after giving up should make a new socket.').toBe(4);
  });
  check('maxAttempts 0: gives up at the first loss', async () => {
    const { client, line, join } = await start({ maxAttempts: 0 });
    await join();
    line.last.drop();
    expect(
      client.state.name,
      'Wrong state after a drop with maxAttempts 0. No retry is allowed: 0 does not mean "no limit".',
    ).toBe('gave up');
  });
  check(
    'a listener that closes the client at `waiting`: no timer is left',
    async () => {
      const { client, line, clock, join, pass } = await start();
      await join();
      client.on('state', ({ name }) => name === 'waiting' && client.close());
      line.last.drop();
      expect(
        [client.state.name, clock.timers()],
        'A listener called close() when it was told `waiting`. Wrong state, or wrong number of timers, after that: a timer that you start after `enter` is never stopped.',
      ).toEqual(['closed', 0]);
      await pass(60_000);
      expect(line.sockets.length, 'A socket was made after close().').toBe(1);
    },
    { hint: 2 },
  );
});
