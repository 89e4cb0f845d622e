import { exercise, expect, fail } from '#kit';
import { vi } from 'vitest';
import { begin } from './helpers/subject.ts';

exercise('4.4 markStable', (check) => {
  const start = (minUptimeMs = 5000) => begin(['markStable'], { minUptimeMs, idleTimeoutMs: 60_000 });
  type All = Awaited<ReturnType<typeof start>>;
  /** The connection is lost: how long the client waits now. */
  const dropped = ({ client, line, clock }: All): number => {
    line.last.drop();
    if (client.state.name !== 'waiting')
      return fail(`The state is ${client.state.name} after a drop: waiting was expected.`);
    if (clock.timers() > 1)
      fail(
        `After a drop ${clock.timers()} timers are running: markStable decides about this.attempt, and begins nothing. The frame plans the retry.`,
      );
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
    expect(
      delays,
      'A server that accepts and drops after a second, ten times: each delay must be twice as long as the one before. "open" alone proves nothing, and ten short times are not a long one.',
    ).toEqual(delays.map((_, i) => 1000 * 2 ** i));
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
      expect(
        dropped(all),
        `Wrong delay after two failed attempts and a connection of ${uptime} ms, with minUptimeMs ${minUptimeMs}.`,
      ).toBe(delay);
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
    expect(
      delays,
      'Wrong delays after a good connection, a failed attempt and another good connection, while the time of day was set back: 1000, 2000 and 1000 again were expected, by performance.now().',
    ).toEqual([1000, 2000, 1000]);
    await all.pass(1000);
    all.line.last.open();
    expect(
      all.line.last.sent[0],
      'Wrong join after a good connection: markStable resets this.attempt, and nothing else.',
    ).toEqual({ type: 'join', room: 'lobby', after: 'a.1' });
  });
});
