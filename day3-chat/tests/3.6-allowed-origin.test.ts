import { exercise, expect, fail, load, show, thrownBy } from '#kit';

exercise('3.6 allowedOrigin', (check) => {
  const HOST = 'localhost:8080';
  const cases: [boolean, string, string | undefined, string | undefined, string[]?][] = [
    [true, "the server's own page", 'http://localhost:8080', HOST],
    [true, 'its own page over TLS', 'https://chat.example', 'chat.example'],
    [true, 'a listed origin', 'https://app.example', HOST, ['https://www.example', 'https://app.example']],
    [
      true,
      "the server's own page, where another origin is listed",
      'http://localhost:8080',
      HOST,
      ['https://app.example'],
    ],
    [true, 'the own page at an IPv6 address', 'http://[::1]:8080', '[::1]:8080'],
    [true, 'no Origin: a program, not a browser', undefined, HOST],
    [false, 'another site', 'https://evil.example', HOST],
    [false, 'another port of the same machine: another origin', 'http://localhost:3000', HOST],
    [false, 'a name that begins like the own one', 'http://localhost:8080.evil.example', HOST],
    [false, 'a name that ends like the own one', 'https://evilchat.example', 'chat.example'],
    [false, 'a name below the own one: who has it may be somebody else', 'https://pages.chat.example', 'chat.example'],
    [false, 'a name with another character for the dot', 'https://chat-example', 'chat.example'],
    [false, 'another name for the same machine: another origin', 'http://127.0.0.1:8080', HOST],
    [false, 'a name below a listed one', 'https://pages.app.example', HOST, ['https://app.example']],
    [false, 'the first part of a listed one', 'https://app.example', HOST, ['https://app.example.org']],
    [false, 'a name that begins like a listed one', 'https://app.example.evil.example', HOST, ['https://app.example']],
    [false, 'a listed name without TLS: another origin', 'http://app.example', HOST, ['https://app.example']],
    [false, 'null: a sandboxed frame, or a file', 'null', HOST],
    [false, 'an Origin, and no Host to compare it with', 'http://localhost:8080', undefined],
    [false, 'null, and no Host either', 'null', undefined],
  ];
  for (const [allowed, what, origin, host, listed] of cases) {
    check(`${allowed ? 'allowed' : 'refused'}: ${what}`, async () => {
      const { allowedOrigin } = await load(() => import('#day3/auth.ts'), 'allowedOrigin');
      const asked = `Origin ${show(origin)}, Host ${show(host)}${listed ? `, listed ${show(listed)}` : ', called without a list'}`;
      const before = listed && [...listed];
      let answer: unknown;
      const thrown = thrownBy(
        () => (answer = listed ? allowedOrigin(origin, host, listed) : allowedOrigin(origin, host)),
      );
      expect(
        listed,
        `It changed the list that it was given, which the server passes in for every handshake (${asked}).`,
      ).toEqual(before);
      if (thrown !== undefined)
        fail(
          `It threw ${show(String(thrown))} on ${asked}. Any program can send such a header, and the server would be down.`,
        );
      if (answer !== allowed)
        fail(
          `${allowed ? 'Refused' : 'Let through'}: ${what} (${asked}). It gave ${show(answer)}; ${allowed} was expected.`,
        );
    });
  }
});
