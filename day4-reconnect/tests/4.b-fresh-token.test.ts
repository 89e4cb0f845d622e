import { exercise, expect, load } from '#kit';
import { begin } from './helpers/subject.ts';

exercise('4.b freshToken', (check) => {
  const subject = async () => (await load(() => import('#day4/bonus/fresh-token.ts'), 'freshToken')).freshToken;

  /** The order in which subprotocols are offered does not matter to the server. */
  const sorted = (protocols: string[] | undefined) => (Array.isArray(protocols) ? [...protocols].sort() : protocols);

  check('another token at every attempt', async () => {
    const freshToken = await subject();
    let count = 0;
    const url = freshToken('ws://127.0.0.1', async () => ({ token: `t${++count}`, renewal: `r${count}` }));
    for (const token of ['t1', 't2']) {
      const address = await url();
      expect(
        { ...address, protocols: sorted(address.protocols) },
        `Wrong address where the token ${token} was issued for this attempt.`,
      ).toEqual({ url: 'ws://127.0.0.1', protocols: ['chat', `token.${token}`] });
    }
  });
  check('none before the first attempt', async () => {
    const freshToken = await subject();
    let asked = 0;
    freshToken('ws://127.0.0.1', async () => ({ token: `t${++asked}`, renewal: 'r' }));
    expect(asked, 'A token was asked for before anybody wanted to connect: it grows old meanwhile.').toBe(0);
  });
  check('the user stays the same: the renewal is passed on', async () => {
    const freshToken = await subject();
    const renewals: unknown[] = [];
    const url = freshToken('ws://127.0.0.1', async (renewal) => ({
      token: 't',
      renewal: `r${renewals.push(renewal)}`,
    }));
    for (let i = 0; i < 3; i++) await url();
    expect(
      renewals,
      'Wrong renewals in three calls: none, then always the one that came last. Without it each attempt is a new user, whose keys nobody knows.',
    ).toEqual([undefined, 'r1', 'r2']);
  });
  check('two clients, two users', async () => {
    const freshToken = await subject();
    const renewals: unknown[] = [];
    const begun = ['ann', 'ben'].map((name) =>
      freshToken('ws://127.0.0.1', async (renewal) => ({ token: 't', renewal: `${name}.${renewals.push(renewal)}` })),
    );
    for (const url of [...begun, ...begun]) await url();
    expect(renewals, "Wrong renewals of two clients in turn: nobody may get the other's.").toEqual([
      undefined,
      undefined,
      'ann.1',
      'ben.2',
    ]);
  });
  check('a failure is passed on, and the next attempt asks again', async () => {
    const freshToken = await subject();
    let count = 0;
    const issue = async () => {
      if (++count === 1) throw new Error('503');
      return { token: `t${count}`, renewal: 'r' };
    };
    const all = await begin([], { url: freshToken('ws://127.0.0.1', issue) });
    all.client.start();
    await all.line.settle();
    expect(all.errors.length, 'Wrong number of errors reported where issue has failed once.').toBe(1);
    expect(
      count,
      'Wrong number of calls of issue in one attempt: after a failure the client waits, and asks later.',
    ).toBe(1);
    await all.pass(1000);
    expect(
      all.line.sockets.map(({ protocols }) => sorted(protocols)),
      'Wrong sockets after the second attempt.',
    ).toEqual([['chat', 'token.t2']]);
  });
  check('after a failure the user is still the same', async () => {
    const freshToken = await subject();
    const renewals: unknown[] = [];
    const url = freshToken('ws://127.0.0.1', async (renewal) => {
      if (renewals.push(renewal) === 2) throw new Error('503');
      return { token: 't', renewal: `r${renewals.length}` };
    });
    await url();
    const answer = await url().catch(() => 'rejected');
    expect(
      answer,
      'Wrong answer where issue has failed, and had answered before: it rejects. The old token may be over, and an address without one is refused.',
    ).toBe('rejected');
    await url();
    expect(
      renewals,
      'Wrong renewals in three attempts, of which the second failed: a failure costs the token, not the user.',
    ).toEqual([undefined, 'r1', 'r1']);
  });
});
