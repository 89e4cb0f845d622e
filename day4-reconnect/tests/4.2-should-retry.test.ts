import { exercise, expect, load } from '#kit';

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
      expect(
        shouldRetry(code),
        `Wrong decision on close code ${code} (${what}): ${retry ? 'connecting again makes sense' : 'connecting again would end the same way, for ever'}.`,
      ).toBe(retry);
    });
  }
  check('any other code: final', async () => {
    const { shouldRetry } = await subject();
    for (const code of [0, 999, 1004, 1010, 1015, 1016, 1999, 2000, 2999, 3001, 3999, 4000, 4002, 4500, 5000]) {
      expect(
        shouldRetry(code),
        `Wrong decision on close code ${code}. Worth another attempt are 1001, 1005, 1006 and 1011 to 1014; every other code is final, also one that nobody has heard of.`,
      ).toBe(false);
    }
  });
  check('asked again, the same answer', async () => {
    const { shouldRetry } = await subject();
    for (const [code, retry] of cases) {
      expect(
        [shouldRetry(code), shouldRetry(code)],
        `Wrong decisions on close code ${code}, asked twice in a row: the code alone decides, how often is the matter of maxAttempts.`,
      ).toEqual([retry, retry]);
    }
  });
});
