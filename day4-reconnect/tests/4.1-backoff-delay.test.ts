import { vi } from 'vitest';
import { exercise, fail, load, onCleanUp, show } from '#kit';

exercise('4.1 backoffDelay', (check) => {
  const subject = () => load(() => import('#day4/backoff.ts'), 'backoffDelay');
  const always = (random: number) => ({ baseMs: 1000, capMs: 30_000, random: () => random });
  /** Equal to the ms: rounding is fine. */
  const near = (delays: unknown[], expected: number[]): boolean =>
    delays.every((delay, i) => typeof delay === 'number' && Math.abs(delay - expected[i]) <= 1);
  const expectMs = (delays: unknown[], expected: number[], words: string, hint = 1): void => {
    if (!near(delays, expected)) fail(`${words} It returned ${show(delays)}; expected ${show(expected)}.`, { hint });
  };

  check('the limit doubles with each attempt, up to the cap', async () => {
    const { backoffDelay } = await subject();
    const attempts = [0, 1, 2, 3, 4, 5, 6];
    let calls = 0;
    const random = () => (calls++, 0.5);
    const delays = attempts.map((attempt) => backoffDelay(attempt, { baseMs: 1000, capMs: 30_000, random }));
    const limits = [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000];
    const expected = limits.map((limit) => limit / 2);
    if (near(delays, expected)) return;
    const got = `For the attempts 0 to 6, with base 1000 ms, cap 30,000 ms and a random() that returns 0.5, backoffDelay returned ${show(delays)}; expected ${show(expected)}.`;
    const usual: [number[], string, number][] = [
      [limits, 'These are the limits themselves. Full jitter is a random part of them, anything from 0 up.', 1],
      [
        limits.map((limit) => limit * 0.75),
        'That is equal jitter: half of the delay is fixed. Full jitter starts at 0.',
        1,
      ],
      [attempts.map((n) => 500 * n), 'The limit grows by the same amount each time. It should double.', 2],
      [attempts.map((n) => 500 * (n + 1)), 'The limit grows by the same amount each time. It should double.', 2],
      [attempts.map((n) => Math.min(15_000, 1000 * 2 ** n)), 'Attempt 0 is the first retry: its limit is the base.', 2],
      [attempts.map((n) => Math.min(15_000, 250 * 2 ** n)), 'Attempt 0 is the first retry: its limit is the base.', 2],
      [attempts.map((n) => 500 * (2 ^ n)), '^ is XOR. A power is written **, as in 2 ** attempt.', 2],
      [
        attempts.map((n) => Math.min(16_000, 500 * 2 ** n)),
        'The last limits are above the cap. Stop at capMs itself, and not at the first limit above it.',
        2,
      ],
      [attempts.map((n) => 500 * 2 ** n), 'The cap is missing: no limit is above capMs.', 2],
      [
        attempts.map((n) => Math.min(30_000, 500 * 2 ** n)),
        'The cap is for the limit, before the random part is taken.',
        2,
      ],
    ];
    usual.push([
      attempts.map((n) => Math.min(30_000, 1000 ** n) * 0.5),
      'That is baseMs ** attempt, which multiplies by 1000 each time. The limit is baseMs times 2 ** attempt.',
      2,
    ]);
    const known = usual.find(([values]) => near(delays, values));
    if (known) fail(`${got} ${known[1]}`, { hint: known[2] });
    if (calls === 0)
      fail(
        `The delays for the attempts 0 to 6 were ${show(delays)}, and the option \`random\` was never called. Use \`random()\`, not Math.random(): the checks put their own numbers in.`,
      );
    const least = backoffDelay(3, always(0));
    if (least > 1)
      fail(`${got} With a random() that returns 0, it returned ${show(least)} for attempt 3. Full jitter starts at 0.`);
    fail(got, { hint: 2 });
  });
  check('base and cap are options', async () => {
    const { backoffDelay } = await subject();
    const random = () => 0.5;
    const delays = [0, 5, 13, 14].map((attempt) => backoffDelay(attempt, { baseMs: 100, capMs: 1_000_000, random }));
    expectMs(
      delays,
      [50, 1600, 409_600, 500_000],
      'backoffDelay was called for the attempts 0, 5, 13 and 14, with base 100 ms, cap 1,000,000 ms and a random() that returns 0.5. Is a 1000 or a 30,000 written into the formula?',
      2,
    );
    expectMs(
      [backoffDelay(0, { baseMs: 1000, capMs: 300, random })],
      [150],
      'backoffDelay was called for attempt 0, with base 1000 ms, cap 300 ms and a random() that returns 0.5. No limit is above the cap, not even the first one.',
      2,
    );
  });
  check('full jitter: any delay from 0 up to the limit', async () => {
    const { backoffDelay } = await subject();
    expectMs(
      [backoffDelay(3, always(0))],
      [0],
      'backoffDelay was called with a random() that returns 0. Full jitter starts at 0.',
    );
    expectMs(
      [backoffDelay(3, always(0.999))],
      [7992],
      'backoffDelay was called for attempt 3, with a random() that returns 0.999. The limit of attempt 3 is 8000 ms.',
    );
  });
  check(
    'attempt 2000 still gives a delay below the cap',
    async () => {
      const { backoffDelay } = await subject();
      for (const attempt of [31, 32, 64, 2000]) {
        const delay = backoffDelay(attempt, always(0.999));
        if (!(delay > 29_000 && delay <= 30_000))
          fail(
            `backoffDelay(${attempt}) returned ${show(delay)}, with a random() that returns 0.999; expected nearly the cap, 30,000 ms. A client that waits all night gets this far. The operator << starts again at 32; ** does not.`,
          );
      }
    },
    { hint: 2 },
  );
  check('every call draws a new delay', async () => {
    const { backoffDelay } = await subject();
    const numbers = [0.1, 0.7];
    const options = { baseMs: 1000, capMs: 30_000, random: () => numbers.shift() ?? 0.3 };
    const two = [backoffDelay(9, options), backoffDelay(9, options)];
    if (Math.abs(two[0] - two[1]) < 1)
      fail(
        `Two calls returned the same delay, ${show(two[0])} ms. At the cap, only randomness keeps the clients apart: call random() in every call.`,
      );
    expectMs(
      two,
      [3000, 21_000],
      'random() returned 0.1, then 0.7, and 0.3 from then on, and backoffDelay was called twice at the cap. Call random() once per delay.',
    );
  });
  check(
    'without options: base 1000 ms, cap 30,000 ms, Math.random',
    async () => {
      const { backoffDelay } = await subject();
      const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
      onCleanUp(() => random.mockRestore());
      const delays = [0, 1, 4, 5, 20].map((attempt) => backoffDelay(attempt));
      expectMs(
        delays,
        [500, 1000, 8000, 15_000, 15_000],
        'backoffDelay was called without options for the attempts 0, 1, 4, 5 and 20, while Math.random() returned 0.5. Keep the defaults in the signature.',
      );
      const longest = backoffDelay(20, { random: () => 0.999_999_9 });
      if (!(longest <= 30_000))
        fail(
          `Without capMs, a delay of ${show(longest)} ms came out; expected 30,000 ms at most. Keep the defaults in the signature.`,
        );
      random.mockRestore();
      const fifty = Array.from({ length: 50 }, () => backoffDelay(20));
      if (fifty.some((delay) => !(delay >= 0 && delay <= 30_000)) || new Set(fifty).size < 2)
        fail(
          `Without options, fifty delays for attempt 20 were ${show([...new Set(fifty)].slice(0, 5))} …; expected fifty different ones from 0 to 30,000 ms.`,
        );
    },
    { hint: 2 },
  );
});
