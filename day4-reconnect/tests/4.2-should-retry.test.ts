import { exercise, fail, load, show } from '#kit';

exercise('4.2 shouldRetry', (check) => {
  const subject = () => load(() => import('#day4/backoff.ts'), 'shouldRetry');
  /** From the codes that a page sees every day to the ones that it hardly ever sees. */
  const cases: [number, boolean, string][] = [
    [1006, true, 'no close frame came: the line was cut, or the server could not be reached'],
    [1000, false, 'the work is done'],
    [1001, true, 'the server is going away'],
    [4001, false, 'the application refused this client'],
    [1012, true, 'the server restarts'],
    [1013, true, 'try again later'],
    [1005, true, 'a close frame without a code, so nobody said why'],
    [1011, true, 'the server had an internal error'],
    [1008, false, 'a rule of the application was broken'],
    [1009, false, 'a message was too big, and would be too big again'],
    [1002, false, 'a protocol error: the next connection would break the same rule'],
    [1014, true, 'a bad gateway'],
    [1003, false, 'this kind of data is not accepted'],
    [1007, false, 'invalid UTF-8'],
    [1010, false, 'a required extension is missing'],
    [1015, true, 'TLS failed, for example behind the login page of a hotel: the browser itself reports this code'],
    [4999, false, 'a code that an application chose'],
    [3000, false, 'a registered code: an application decided'],
  ];
  const wrong = (code: number, got: unknown, retry: boolean, meaning: string): never =>
    fail(
      typeof got !== 'boolean'
        ? `shouldRetry(${code}) returned ${show(got)}, but it should return true or false.`
        : `shouldRetry(${code}) returned ${got}. ${code} means: ${meaning}. ${retry ? 'Another attempt may succeed, so retry.' : 'Another attempt would end the same way every time, so give up.'}`,
    );

  for (const [code, retry, meaning] of cases) {
    check(
      `${code} is ${retry ? 'worth a retry' : 'final'}: ${meaning}`,
      async () => {
        const { shouldRetry } = await subject();
        const got = shouldRetry(code);
        if (got !== retry) wrong(code, got, retry, meaning);
      },
      { hint: retry ? 2 : 1 },
    );
  }
  check('every other code is final', async () => {
    const { shouldRetry } = await subject();
    for (const code of [0, 999, 1004, 1016, 1999, 2000, 2999, 3001, 3999, 4000, 4002, 4500, 4998, 5000]) {
      if (shouldRetry(code) !== false)
        fail(
          `shouldRetry(${code}) returned ${show(shouldRetry(code))}, but this code is final. Only the codes in the first two groups of the comment are worth a retry. A code that nobody knows is not.`,
        );
    }
  });
  check('the same code gets the same answer every time', async () => {
    const { shouldRetry } = await subject();
    for (const [code, retry] of cases) {
      const twice = [shouldRetry(code), shouldRetry(code)];
      if (twice.some((got) => got !== retry))
        fail(
          `Asked twice about code ${code}, shouldRetry answered ${show(twice)}. The code alone decides. How often a client tries is up to maxAttempts.`,
        );
    }
  });
});
