import { exercise, expect, fail, load, show } from '#kit';

exercise('4.1 backoffDelay', (check) => {
  const subject = () => load(() => import('#day4/backoff.ts'), 'backoffDelay');
  const bound = (random: number) => ({ baseMs: 1000, capMs: 30_000, random: () => random });
  /** To the ms: whole numbers are right, too. */
  const expectMs = (delays: unknown[], expected: number[], words: string): void => {
    if (delays.some((delay, i) => typeof delay !== 'number' || !(Math.abs(delay - expected[i]) <= 1)))
      expect(delays, words).toEqual(expected);
  };

  check('the bound doubles from attempt to attempt, up to the cap', async () => {
    const { backoffDelay } = await subject();
    const delays = [0, 1, 2, 3, 4, 5, 6].map((attempt) => backoffDelay(attempt, bound(0.5)));
    expectMs(
      delays,
      [500, 1000, 2000, 4000, 8000, 15_000, 15_000],
      'Wrong delays for the attempts 0 to 6, with base 1000 ms, cap 30,000 ms and a random() that always gives 0.5: half of 1000, 2000, 4000, … 30,000 was expected.',
    );
  });
  check('base and cap are options', async () => {
    const { backoffDelay } = await subject();
    const random = () => 0.5;
    const delays = [0, 5, 13, 14].map((attempt) => backoffDelay(attempt, { baseMs: 100, capMs: 1_000_000, random }));
    expectMs(
      delays,
      [50, 1600, 409_600, 500_000],
      'Wrong delays for the attempts 0, 5, 13 and 14, with base 100 ms, cap 1,000,000 ms and a random() that always gives 0.5. Base and cap may be other numbers than 1000 and 30,000.',
    );
    expectMs(
      [backoffDelay(0, { baseMs: 1000, capMs: 300, random })],
      [150],
      'Wrong delay of attempt 0, with base 1000 ms and cap 300 ms, where random() gives 0.5: no bound is above the cap, not even the first.',
    );
  });
  check('full jitter: anything from 0 to the bound', async () => {
    const { backoffDelay } = await subject();
    expectMs([backoffDelay(3, bound(0))], [0], 'Wrong delay where random() gives 0: full jitter starts at 0.');
    expectMs(
      [backoffDelay(3, bound(0.999))],
      [7992],
      'Wrong delay of attempt 3 where random() gives 0.999: nearly the bound of 8000 was expected.',
    );
  });
  check('attempt 2000 gives a number, at most the cap', async () => {
    const { backoffDelay } = await subject();
    for (const attempt of [31, 32, 64, 2000]) {
      const delay = backoffDelay(attempt, bound(0.999));
      if (!(delay > 29_000 && delay <= 30_000))
        fail(
          `Attempt ${attempt} gave ${show(delay)}: nearly the cap of 30,000 ms was expected. A client that has waited over night gets there.`,
        );
    }
  });
  check('drawn anew each time', async () => {
    const { backoffDelay } = await subject();
    const numbers = [0.1, 0.7];
    const options = { baseMs: 1000, capMs: 30_000, random: () => numbers.shift() ?? 0.3 };
    const two = [backoffDelay(9, options), backoffDelay(9, options)];
    if (Math.abs(two[0] - two[1]) < 1)
      fail(
        `Two draws gave the same delay, ${show(two[0])} ms. At the cap randomness alone keeps clients apart: call random() at each call, once.`,
      );
    expectMs(
      two,
      [3000, 21_000],
      'Wrong delays at the cap where random() gives 0.1, then 0.7, and 0.3 from then on: one call of random() a delay was expected.',
    );
  });
  check('without options', async () => {
    const { backoffDelay } = await subject();
    const delays = Array.from({ length: 50 }, () => backoffDelay(20));
    if (delays.some((delay) => !(delay >= 0 && delay <= 30_000)))
      fail(
        `Without options a delay was ${show(delays.find((delay) => !(delay >= 0 && delay <= 30_000)))}: from 0 to 30,000 ms was expected.`,
      );
    if (new Set(delays).size < 2)
      fail(
        `Without options, fifty draws gave the same delay, ${show(delays[0])}: a thousand clients would come back together.`,
      );
  });
});
