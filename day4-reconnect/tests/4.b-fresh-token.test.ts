import { exercise, expect, load, show } from '#kit';
import { begin } from './helpers/subject.ts';

exercise('4.b freshToken', (check) => {
  const subject = async () => (await load(() => import('#day4/bonus/fresh-token.ts'), 'freshToken')).freshToken;

  /** The order in which subprotocols are offered does not matter to the server. */
  const sorted = (protocols: string[] | undefined) => (Array.isArray(protocols) ? [...protocols].sort() : protocols);

  check('a new token for every attempt', async () => {
    const freshToken = await subject();
    let count = 0;
    const url = freshToken('ws://127.0.0.1', async () => ({ token: `t${++count}`, renewal: `r${count}` }));
    for (const token of ['t1', 't2']) {
      const address = await url();
      expect(
        { ...address, protocols: sorted(address.protocols) },
        `Wrong address for the attempt for which \`issue\` gave the token ${token}.`,
      ).toEqual({ url: 'ws://127.0.0.1', protocols: ['chat', `token.${token}`] });
    }
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
      'Wrong renewals passed to `issue` in three calls; expected none, then always the one from the answer before. Without it each attempt is a new user.',
    ).toEqual([undefined, 'r1', 'r2']);
  });
  check('nothing is asked before the first attempt', async () => {
    const freshToken = await subject();
    let asked = 0;
    freshToken('ws://127.0.0.1', async () => ({ token: `t${++asked}`, renewal: 'r' }));
    expect(
      asked,
      'freshToken called `issue` before anybody wanted to connect. That token may have expired by then: call it in the function that you return.',
    ).toBe(0);
  });
  check(
    'two clients are two users',
    async () => {
      const freshToken = await subject();
      const renewals: unknown[] = [];
      const begun = ['ann', 'ben'].map((name) =>
        freshToken('ws://127.0.0.1', async (renewal) => ({ token: 't', renewal: `${name}.${renewals.push(renewal)}` })),
      );
      for (const url of [...begun, ...begun]) await url();
      expect(
        renewals,
        'Wrong renewals of two clients that took turns; expected each to use its own. Keep the renewal in a variable inside freshToken.',
      ).toEqual([undefined, undefined, 'ann.1', 'ben.2']);
    },
    { hint: 2 },
  );
  check(
    'if `issue` fails, the client is told, and the next attempt asks again',
    async () => {
      const freshToken = await subject();
      let count = 0;
      const issue = async () => {
        if (++count === 1) throw new Error('503');
        return { token: `t${count}`, renewal: 'r' };
      };
      const all = await begin([], { url: freshToken('ws://127.0.0.1', issue) });
      all.client.start();
      await all.line.settle();
      expect(
        all.errors.length,
        "Wrong number of errors that the client reported when `issue` failed once. Don't catch the error: let the call reject.",
      ).toBe(1);
      expect(
        count,
        'Wrong number of calls of `issue` in one attempt. After a failure the client waits, and asks again later.',
      ).toBe(1);
      await all.pass(1000);
      expect(
        all.line.sockets.map(({ protocols }) => sorted(protocols)),
        'Wrong subprotocols of the sockets after the second attempt; expected one socket, with the token of that attempt.',
      ).toEqual([['chat', 'token.t2']]);
    },
    { hint: 2 },
  );
  check(
    'after a failure the user is still the same',
    async () => {
      const freshToken = await subject();
      const renewals: unknown[] = [];
      const url = freshToken('ws://127.0.0.1', async (renewal) => {
        if (renewals.push(renewal) === 2) throw new Error('503');
        return { token: 't', renewal: `r${renewals.length}` };
      });
      await url();
      const answer = await url().catch(() => 'rejected');
      expect(
        show(answer),
        'The first call of `issue` succeeded and the second failed; expected the second call to reject. The old token may have expired, and an address without a token is refused.',
      ).toBe(show('rejected'));
      await url();
      expect(
        renewals,
        'Wrong renewals passed to `issue` in three attempts, of which the second failed. A failure costs the token, not the user: use the last renewal again.',
      ).toEqual([undefined, 'r1', 'r1']);
    },
    { hint: 2 },
  );
});
