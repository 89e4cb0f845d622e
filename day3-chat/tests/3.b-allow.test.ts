import { exercise, expect, load } from '#kit';

exercise('3.b RateLimit: allow', (check) => {
  async function open() {
    const { RateLimit } = await load(() => import('#day3/bonus/rate-limit.ts'), 'RateLimit');
    let time = 1000;
    const limit = new RateLimit({ burst: 3, perSecond: 2, now: () => time });
    return {
      limit,
      RateLimit,
      now: () => time,
      pass: (ms: number) => (time += ms),
      allow: (times: number) => Array.from({ length: times }, () => limit.allow()),
    };
  }
  check('a burst passes, and one more does not', async () => {
    const { allow } = await open();
    expect(
      allow(5),
      'The bucket holds three tokens, and five messages came at once. The first three may pass.',
    ).toEqual([true, true, true, false, false]);
  });
  check('tokens come back with time, also in fractions', async () => {
    const { allow, pass } = await open();
    allow(3);
    pass(375);
    expect(
      allow(1),
      'The bucket is empty, 2 tokens come back per second, and 375 ms have passed: that is 0.75 of a token, so no message may pass.',
    ).toEqual([false]);
    pass(125);
    expect(
      allow(2),
      'The bucket was empty, 2 tokens come back per second, and 500 ms have passed: one message may pass, the next may not.',
    ).toEqual([true, false]);
    pass(1000);
    expect(allow(3), 'Another second has passed: two messages may pass, the third may not.').toEqual([
      true,
      true,
      false,
    ]);
    pass(750);
    expect(allow(1), 'Another 750 ms have passed: that is one and a half tokens, so one message may pass.').toEqual([
      true,
    ]);
    pass(250);
    expect(
      allow(1),
      'Half a token was left after the last message, and 250 ms later the other half is back: one message may pass. Was the half token thrown away?',
    ).toEqual([true]);
  });
  check('asking often while the bucket is empty delays nothing', async () => {
    const { allow, pass } = await open();
    allow(3);
    for (let i = 0; i < 7; i++) {
      pass(62.5);
      allow(1);
    }
    pass(62.5);
    expect(
      allow(1),
      'The bucket was empty, allow() was called seven times in the 500 ms since then, and one token must be back. Were the fractions lost, because `left` is rounded or `at` is set without adding them?',
    ).toEqual([true]);
  });
  check('a long silence fills the bucket, and no more', async () => {
    const { allow, pass } = await open();
    pass(3_600_000);
    expect(
      allow(4),
      'After an hour of silence four messages came at once. The bucket holds three tokens, so the fourth may not pass.',
    ).toEqual([true, true, true, false]);
  });
  check('each connection has a bucket of its own', async () => {
    const { RateLimit, now, allow, pass } = await open();
    allow(4);
    const other = new RateLimit({ burst: 1, perSecond: 4, now });
    expect(
      other.allow(),
      'One connection has used up its tokens, and the first message of another connection was refused.',
    ).toBe(true);
    pass(250);
    expect(
      [other.allow(), other.allow()],
      'A bucket for 1 token, with 4 tokens per second, was empty, and 250 ms have passed: one message may pass, the next may not.',
    ).toEqual([true, false]);
  });
});
