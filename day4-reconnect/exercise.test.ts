import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, load, serve, show, within } from '#kit';
import { WebSocket } from 'ws';
import { begin } from './subject.ts';

exercise('4.1 backoffDelay', (check) => {
  const subject = () => load(() => import('#day4/backoff.ts'), 'backoffDelay');
  const bound = (random: number) => ({ baseMs: 1000, capMs: 30_000, random: () => random });

  check('the bound doubles from attempt to attempt, up to the cap', async () => {
    const { backoffDelay } = await subject();
    const delays = [0, 1, 2, 3, 4, 5, 6].map((attempt) => backoffDelay(attempt, bound(0.5)));
    expect(delays, 'Wrong delays for the attempts 0 to 6, with base 1000 ms, cap 30,000 ms and a random() that always gives 0.5: half of 1000, 2000, 4000, … 30,000 was expected.').toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
  });
  check('full jitter: anything from 0 to the bound', async () => {
    const { backoffDelay } = await subject();
    expect(backoffDelay(3, bound(0)), 'Wrong delay where random() gives 0: full jitter starts at 0.').toBe(0);
    expect(backoffDelay(3, bound(0.999)), 'Wrong delay of attempt 3 where random() gives 0.999: nearly the bound of 8000 was expected.').toBeCloseTo(7992, 5);
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
    expect(two, 'Wrong delays at the cap where random() gives 0.1, then 0.7.').toEqual([3000, 21_000]);
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
});

exercise('4.3 scheduleRetry', (check) => {
  const start = (options = {}) => begin(['scheduleRetry'], options);

  check('after a drop: waiting, one timer, and then one socket', async () => {
    const { client, line, clock, join, pass } = await start();
    await join();
    line.last.drop();
    expect(client.state.name, 'Wrong state after the connection was cut off.').toBe('waiting');
    expect(clock.timers(), 'Wrong number of timers while waiting.').toBe(1);
    await pass(999);
    expect(line.sockets.length, 'A socket was made before the delay of 1000 ms was over.').toBe(1);
    await pass(1);
    expect(line.sockets.length, 'Wrong number of sockets after the delay: the first, and one new one, were expected.').toBe(2);
  });
  check('the state says how long and which attempt', async () => {
    const { client, line, join } = await start();
    await join();
    line.last.drop();
    const now = performance.now();
    if (client.state.name !== 'waiting') return fail(`The state is ${show(client.state.name)} after a drop: waiting was expected.`);
    const { attempt, delayMs, until } = client.state;
    expect({ attempt, delayMs, until }, 'Wrong account of the waiting: attempt 0, 1000 ms, until now + 1000 was expected.').toEqual({ attempt: 0, delayMs: 1000, until: now + 1000 });
  });
  check('each failure waits longer', async () => {
    const { client, line, pass } = await start();
    client.start();
    await line.settle();
    const delays: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      line.last.drop();
      if (client.state.name !== 'waiting') return fail(`The state is ${show(client.state.name)} after failure ${i + 1}: waiting was expected.`);
      delays.push(client.state.delayMs);
      await pass(client.state.delayMs);
    }
    expect(delays, 'Wrong delays after four failed attempts in a row: delay(0), delay(1), delay(2), delay(3) were expected.').toEqual([1000, 2000, 4000, 8000]);
  });
  check('called twice, still one timer and one socket', async () => {
    const { client, line, clock, join, pass } = await start();
    await join();
    line.last.drop();
    client.scheduleRetry(1006);
    if (clock.timers() !== 1) fail(`There are ${clock.timers()} timers where a retry was scheduled twice: each would open a socket of its own. Clear the one that this.state has.`);
    await pass(60_000 * 10);
    expect(line.live(), 'Wrong number of live sockets after two calls.').toBeLessThanOrEqual(1);
  });
  check('gives up after maxAttempts, once, and retryNow works then', async () => {
    const { client, line, states, clock, pass } = await start({ maxAttempts: 2 });
    client.start();
    await line.settle();
    for (let i = 0; i < 3; i++) {
      line.last.drop();
      await pass(10_000 - 1);
    }
    expect(client.state.name, 'Wrong state after the first attempt and two retries have failed, with maxAttempts 2.').toBe('gave up');
    expect(line.sockets.length, 'Wrong number of sockets with maxAttempts 2: the first attempt and two retries were expected.').toBe(3);
    expect(states.filter((name) => name === 'gave up').length, 'Giving up is said once.').toBe(1);
    expect(clock.timers(), 'A timer is left after giving up.').toBe(0);
    client.retryNow();
    await line.settle();
    expect(line.sockets.length, 'retryNow() after giving up makes a new socket.').toBe(4);
  });
});

exercise('4.4 markStable', (check) => {
  const start = () => begin(['markStable'], { minUptimeMs: 5000, idleTimeoutMs: 60_000 });

  check('a server that accepts and drops, ten times: the delays grow', async () => {
    const { client, line, pass } = await start();
    client.start();
    await line.settle();
    const delays: number[] = [];
    for (let i = 0; i < 10; i++) {
      line.last.open();
      line.last.welcome();
      await pass(100);
      line.last.drop();
      if (client.state.name !== 'waiting') return fail(`The state is ${client.state.name} after a drop: waiting was expected.`);
      delays.push(client.state.delayMs);
      await pass(client.state.delayMs);
    }
    expect(delays, 'A server that accepts and drops after 100 ms, ten times: each delay must be longer than the one before. "open" alone proves nothing.').toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => 1000 * 2 ** n));
  });
  for (const [uptime, delay, what] of [[4999, 4000, 'one ms too short: goes on counting'], [5000, 1000, 'exactly long enough: from the start again'], [50_000, 1000, 'long enough: from the start again']] as const) {
    check(`open for ${uptime} ms, ${what}`, async () => {
      const { client, line, pass } = await start();
      client.start();
      await line.settle();
      for (const wait of [1000, 2000]) {
        line.last.drop();
        await pass(wait);
      }
      line.last.open();
      line.last.welcome();
      await pass(uptime);
      line.last.drop();
      if (client.state.name !== 'waiting') return fail(`The state is ${client.state.name} after a drop: waiting was expected.`);
      expect(client.state.delayMs, `Wrong delay after two failed attempts and a connection of ${uptime} ms, with minUptimeMs 5000.`).toBe(delay);
    });
  }
});

exercise('4.5 close', (check) => {
  const start = (options = {}) => begin(['close'], options);
  /** What must hold after close(), whatever came before. */
  const isClosed = async ({ client, line, clock, states, pass }: Awaited<ReturnType<typeof start>>, when: string, sockets: number): Promise<void> => {
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
    all.client.close();
    await isClosed(all, 'waiting', 1);
  });
  check('while open: the peer gets 1000, and what comes late is ignored', async () => {
    const all = await start();
    await all.join();
    all.client.close();
    expect(all.line.last.endedWith, 'The peer is told by code 1000 that this was meant.').toBe(1000);
    all.line.last.chat('late.1');
    all.line.last.drop(1000);
    if (all.messages.some(({ id }) => id === 'late.1')) fail('A message was passed on after close().');
    await isClosed(all, 'open', 1);
  });
  check('while connecting: no open, no unhandled error', async () => {
    const all = await start();
    all.client.start();
    await all.line.settle();
    all.client.close();
    all.line.last.drop(1006);
    if (all.states.includes('open')) fail('The state was open after close() while connecting.');
    await isClosed(all, 'connecting', 1);
  });
  check('while url() is pending: no socket is built', async () => {
    let answer: (address: { url: string }) => void = () => {};
    const all = await start({ url: () => new Promise((resolve) => (answer = resolve)) });
    all.client.start();
    all.client.close();
    answer({ url: 'ws://127.0.0.1' });
    await isClosed(all, 'url() is pending', 0);
  });
  check('before the start, and twice', async () => {
    const all = await start();
    all.client.close();
    all.client.close();
    all.client.start();
    all.client.retryNow();
    await isClosed(all, 'idle', 0);
  });
  check('from a listener, at the moment of opening', async () => {
    const all = await start();
    all.client.on('state', ({ name }) => name === 'open' && all.client.close());
    all.client.start();
    await all.line.settle();
    all.line.last.open();
    await isClosed(all, 'a listener hears of open', 1);
  });
});

exercise('4.6 onSilence', (check) => {
  check('silent for idleTimeoutMs: thrown away, and a retry is scheduled at once', async () => {
    const { client, line, join, pass } = await begin(['onSilence'], { idleTimeoutMs: 30_000 });
    await join();
    await pass(29_999);
    expect(client.state.name, 'Wrong state 1 ms before the idle time-out.').toBe('open');
    await pass(1);
    if (line.last.readyState < 2) fail('After 30 s of silence the socket is still open: the client thinks that it is connected, and nothing will ever come.');
    expect(client.state.name, 'Wrong state after 30 s of silence. A dead peer never answers a goodbye: do not wait for the close event.').toBe('waiting');
    await pass(1000);
    expect(line.sockets.length, 'After the delay a second socket was expected.').toBe(2);
    expect(line.live(), 'Wrong number of live sockets after the silence.').toBe(1);
  });
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
    for (const id of ['x.7', 'x.12', 'x.9']) all.line.last.chat(id);
    await comeBack(all);
    expect(all.line.last.sent[0], 'Wrong first message on the new connection: ids are opaque, so "last" is the one that came last.').toEqual({ type: 'join', room: 'lobby', after: 'x.9' });
  });
  check('an id that was seen is dropped', async () => {
    const all = await start();
    await all.join();
    for (const id of ['a.1', 'a.2', 'a.2', 'a.1', 'a.3']) all.line.last.chat(id);
    expect(ids(all.messages), 'Wrong messages passed on where the server sent a.1, a.2, a.2, a.1, a.3: each once, in order, was expected.').toEqual(['a.1', 'a.2', 'a.3']);
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
