import { exercise, expect, fail, show } from '#kit';
import { vi } from 'vitest';
import { begin } from './helpers/subject.ts';

exercise('4.3 markStable', (check) => {
  const start = (minUptimeMs: number | undefined = 5000) =>
    begin(['markStable'], { minUptimeMs, idleTimeoutMs: 60_000 });
  type All = Awaited<ReturnType<typeof start>>;
  /** The connection is lost. @returns how long the client waits now */
  const dropped = ({ client, line, clock }: All): number => {
    line.last.drop();
    if (client.state.name !== 'waiting')
      return fail(
        `The state is ${show(client.state.name)} after a drop; expected 'waiting'. markStable should change this.attempt and nothing else.`,
      );
    if (clock.timers() > 1)
      fail(
        `After a drop ${clock.timers()} timers are running. markStable only decides about this.attempt. \`ended\` plans the retry, after that.`,
      );
    return client.state.delayMs;
  };
  /** Keeps the client open, and in the room, during that time. */
  const lasts = async ({ line, pass }: All, ms: number): Promise<void> => {
    line.last.open();
    line.last.welcome();
    await pass(ms);
  };
  /** Whether the answer changes with the time of day, for one and the same connection. */
  const usesTimeOfDay = ({ client }: All): boolean => {
    const now = Date.now();
    const answers = [0, now + 86_400_000].map((time) => {
      vi.setSystemTime(time);
      client.attempt = 7;
      client.markStable(performance.now() - 1000);
      return client.attempt;
    });
    vi.setSystemTime(now);
    return answers[0] !== answers[1];
  };

  check('a server that accepts and drops after a second, ten times: the delays grow', async () => {
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
    if (delays.length < 10 && usesTimeOfDay(all))
      fail(
        `markStable compares openedAt with the time of day. openedAt is by performance.now(), which counts from the start of the program: use the same clock.`,
      );
    expect(
      delays,
      'A server accepted and dropped the client after one second, ten times in a row, with minUptimeMs 5000. Each delay should be twice as long as the one before. That it opened proves nothing, and ten short connections are not a long one.',
    ).toEqual(delays.map((_, i) => 1000 * 2 ** i));
  });
  for (const [minUptimeMs, uptime, delay, what] of [
    [5000, 50_000, 1000, 'long enough, so the count starts again'],
    [5000, 4999, 4000, '1 ms too short, so the count goes on'],
    [5000, 5000, 1000, 'exactly long enough, so the count starts again'],
    [20_000, 19_999, 4000, 'too short, so the count goes on'],
    [200, 200, 1000, 'long enough, so the count starts again'],
    [undefined, 4999, 4000, 'the default is 5000, so the count goes on'],
    [undefined, 5000, 1000, 'the default is 5000, so the count starts again'],
    [0, 0, 1000, 'any time is long enough'],
  ] as const) {
    check(
      `open for ${uptime} ms with minUptimeMs ${minUptimeMs}: ${what}`,
      async () => {
        const all = await begin(['markStable'], { minUptimeMs, idleTimeoutMs: 60_000 });
        all.client.start();
        await all.line.settle();
        for (const wait of [1000, 2000]) {
          all.line.last.drop();
          await all.pass(wait);
        }
        await lasts(all, uptime);
        const got = dropped(all);
        if (got !== delay)
          fail(
            `Two attempts failed, and then a connection was open for ${uptime} ms, with minUptimeMs ${minUptimeMs}: ${what}. The next delay was ${got} ms; expected ${delay} ms.`,
          );
      },
      { hint: 2 },
    );
  }
  check(
    'goes by openedAt alone, in whatever state the client is',
    async () => {
      const { client, pass } = await start();
      await pass(60_000);
      for (const [ms, expected] of [
        [4999, 7],
        [5000, 0],
      ]) {
        client.attempt = 7;
        client.markStable(performance.now() - ms);
        if (client.attempt !== expected)
          fail(
            `markStable was told that a connection had opened ${ms} ms ago, with minUptimeMs 5000, while the state was ${show(client.state.name)}. It left this.attempt at ${show(client.attempt)}; expected ${expected}. Use the argument openedAt: when a connection has ended, this.state may be another one already.`,
          );
      }
    },
    { hint: 2 },
  );
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
    expect(
      delays,
      'Wrong delays after a good connection, a failed attempt and another good connection, while the time of day was set back. Measure with performance.now(), which nobody can set back.',
    ).toEqual([1000, 2000, 1000]);
    await all.pass(1000);
    all.line.last.open();
    expect(
      all.line.last.sent[0],
      'Wrong join after a good connection. markStable should reset this.attempt, and nothing else.',
    ).toEqual({ type: 'join', room: 'lobby', after: 'a.1' });
  });
});
