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
  check('a burst passes, one more does not', async () => {
    const { allow } = await open();
    expect(allow(5), 'Five messages came at once, and a burst is three: the first three pass.').toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
  check('the clock brings it back, bit by bit', async () => {
    const { allow, pass } = await open();
    allow(3);
    pass(375);
    expect(
      allow(1),
      'The burst is spent, 2 come back a second, and 375 ms are over: that is not a whole one yet.',
    ).toEqual([false]);
    pass(125);
    expect(
      allow(2),
      'The burst is spent, 2 come back a second, and 500 ms are over: one may pass, the next may not.',
    ).toEqual([true, false]);
    pass(1000);
    expect(allow(3), 'Another second is over: two may pass, the third may not.').toEqual([true, true, false]);
    pass(750);
    expect(allow(1), 'Another 750 ms are over: one and a half came back, and one may pass.').toEqual([true]);
    pass(250);
    expect(
      allow(1),
      'Half a one was left over when the last one passed, and 250 ms later the other half is back: one may pass. Was the half thrown away?',
    ).toEqual([true]);
  });
  check('asking often while it is empty does not put it off', async () => {
    const { allow, pass } = await open();
    allow(3);
    for (let i = 0; i < 7; i++) {
      pass(62.5);
      allow(1);
    }
    pass(62.5);
    expect(
      allow(1),
      'The burst is spent, 500 ms are over, and it was asked seven times meanwhile: fractions must not be lost.',
    ).toEqual([true]);
  });
  check('a long silence saves up no more than a burst', async () => {
    const { allow, pass } = await open();
    pass(3_600_000);
    expect(allow(4), 'After an hour of silence four came at once; a burst is three, and more is not saved up.').toEqual(
      [true, true, true, false],
    );
  });
  check('each connection has its own', async () => {
    const { RateLimit, now, allow, pass } = await open();
    allow(4);
    const other = new RateLimit({ burst: 1, perSecond: 4, now });
    expect(other.allow(), 'One connection has spent its burst, and the first message of another one was refused.').toBe(
      true,
    );
    pass(250);
    expect(
      [other.allow(), other.allow()],
      'Another limit, with a burst of 1 and 4 a second, is spent, and 250 ms are over: one may pass, the next may not.',
    ).toEqual([true, false]);
  });
});
