import { exercise, expect, fail, show, thrownBy } from '#kit';
import { begin } from './helpers/subject.ts';

exercise('4.3 scheduleRetry', (check) => {
  const start = (options = {}) => begin(['scheduleRetry'], options);

  check('after a drop: waiting, one timer, and then one socket', async () => {
    const { client, line, clock, join, pass } = await start();
    await join();
    const thrown = thrownBy(() => line.last.drop());
    if (thrown)
      fail(
        `scheduleRetry threw ${thrown}. setTimeout takes a function that calls connect() later: () => this.connect().`,
      );
    expect(client.state.name, 'Wrong state after the connection was cut off.').toBe('waiting');
    if (client.state.name === 'waiting' && client.state.delayMs === 2000)
      fail(
        'The first retry waits for delay(1), 2000 ms; delay(0) was expected: take the delay before you count this.attempt up.',
      );
    expect(clock.timers(), 'Wrong number of timers while waiting.').toBe(1);
    await pass(999);
    expect(line.sockets.length, 'A socket was made before the delay of 1000 ms was over.').toBe(1);
    const late = thrownBy(() => clock.advance(1));
    if (late)
      fail(
        `When the delay was over the timer threw ${late}. Where a method is passed without its object, \`this\` is not the client: () => this.connect().`,
      );
    await line.settle();
    expect(
      line.sockets.length,
      'Wrong number of sockets after the delay: the first, and one new one, were expected.',
    ).toBe(2);
    expect(
      clock.timers(),
      'Wrong number of timers once the attempt has begun: only its own time-out was expected. The timer of the waiting goes off once.',
    ).toBe(1);
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
    if (client.state.name !== 'waiting')
      return fail(`The state is ${show(client.state.name)} after a drop: waiting was expected.`);
    const { attempt, delayMs, until } = client.state;
    expect(
      { attempt, delayMs, until },
      'Wrong account of the waiting: attempt 0, 1000 ms, until now + 1000 was expected. attempt is the number that delay() was given, before this.attempt goes up.',
    ).toEqual({ attempt: 0, delayMs: 1000, until: now + 1000 });
    expect(
      states.slice(before),
      'Wrong states told to the listeners after a drop: each once was expected. `enter` tells them, an assignment does not.',
    ).toEqual(['down', 'waiting']);
    if (!hasTimer)
      fail(
        'When the listeners heard of `waiting`, that state had no timer: who retries or closes now could not clear it. Set the timer first, then enter.',
      );
  });
  check('each failure waits longer, whatever the code, and without maxAttempts for ever', async () => {
    const { client, line, pass } = await start();
    client.start();
    await line.settle();
    const delays: unknown[] = [];
    for (let i = 0; i < 12; i++) {
      const code = [1006, 1012, 1011][i % 3];
      line.last.drop(code);
      if (client.state.name !== 'waiting')
        return fail(
          `The state is ${show(client.state.name)} after failure ${i + 1}, with code ${code}: waiting was expected. Without maxAttempts it never gives up, and whether a code is final \`retryable\` has decided before.`,
        );
      delays.push(client.state.delayMs);
      if (client.state.delayMs !== 1000 * 2 ** i) break;
      await pass(client.state.delayMs);
    }
    expect(
      delays,
      'Wrong delays after failed attempts in a row: delay(0), delay(1), delay(2), … were expected.',
    ).toEqual(delays.map((_, i) => 1000 * 2 ** i));
  });
  check('the delay is drawn once', async () => {
    const asked: number[] = [];
    const { line, join, pass } = await start({ delay: (attempt: number) => 1000 * asked.push(attempt) });
    await join();
    line.last.drop();
    expect(
      asked,
      'Wrong calls of delay() for one retry: a second one draws another number, and the state tells what the timer does not do.',
    ).toEqual([0]);
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
    if (client.state.name !== 'waiting')
      return fail(`The state is ${show(client.state.name)} after retryNow() and another drop: waiting was expected.`);
    expect(
      client.state.delayMs,
      'Wrong delay where the first waiting was ended by retryNow(), and that attempt has failed, too: delay(1) was expected. this.attempt goes up when the attempt is planned.',
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
          'The client has given up, and the timer of the state before goes on: it opens a socket all the same. Clear it first, whatever comes then.',
        );
      if (clock.timers() !== 1 && client.state.name === 'waiting')
        fail(
          `There are ${clock.timers()} timers where a retry was scheduled twice: each would open a socket of its own. Clear the one that this.state has.`,
        );
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
    expect(
      client.state.name,
      'Wrong state after the first attempt and two retries have failed, with maxAttempts 2.',
    ).toBe('gave up');
    expect(
      line.sockets.length,
      'Wrong number of sockets with maxAttempts 2: the first attempt and two retries were expected.',
    ).toBe(3);
    expect(states.filter((name) => name === 'gave up').length, 'Giving up is said once.').toBe(1);
    expect(
      'code' in client.state && client.state.code,
      'Wrong code in `gave up`: the one of the connection that was lost was expected.',
    ).toBe(1012);
    expect(clock.timers(), 'A timer is left after giving up.').toBe(0);
    client.retryNow();
    await line.settle();
    expect(line.sockets.length, 'retryNow() after giving up makes a new socket.').toBe(4);
  });
  check('maxAttempts 0: gives up at the first loss', async () => {
    const { client, line, join } = await start({ maxAttempts: 0 });
    await join();
    line.last.drop();
    expect(
      client.state.name,
      'Wrong state after a drop with maxAttempts 0: not one attempt was allowed, and 0 is not "no limit".',
    ).toBe('gave up');
  });
  check('a listener that closes at `waiting`: no timer stays', async () => {
    const { client, line, clock, join, pass } = await start();
    await join();
    client.on('state', ({ name }) => name === 'waiting' && client.close());
    line.last.drop();
    expect(
      [client.state.name, clock.timers()],
      'Wrong state, or number of timers, where a listener has called close() on hearing of `waiting`: a timer that is set after that belongs to nobody.',
    ).toEqual(['closed', 0]);
    await pass(60_000);
    expect(line.sockets.length, 'A socket was made after close().').toBe(1);
  });
});
