import { exercise, expect, fail, load, show, thrownBy } from '#kit';

exercise('3.6 allowedOrigin', (check) => {
  const HOST = 'localhost:8080';
  const APP = 'https://app.example';
  /** allowed or not, in words, Origin, Host, the list, and which hint fits */
  const cases: [boolean, string, string | undefined, string | undefined, string[]?, number?][] = [
    [true, "the server's own page", 'http://localhost:8080', HOST],
    [false, 'a page of another site', 'https://evil.example', HOST],
    [true, 'no Origin: a program that is not a browser', undefined, HOST],
    [false, 'another port of the same machine, which is another origin', 'http://localhost:3000', HOST, undefined, 2],
    [false, 'the same machine on the default port, which is another origin', 'http://localhost', HOST, undefined, 2],
    [true, "the server's own page over TLS", 'https://chat.example', 'chat.example'],
    [true, 'an origin on the list', APP, HOST, ['https://www.example', APP]],
    [true, "the server's own page, with another origin on the list", 'http://localhost:8080', HOST, [APP]],
    [false, "a name that begins like the server's", 'https://chat.example.evil.example', 'chat.example', undefined, 2],
    [false, "a name that ends like the server's", 'https://evilchat.example', 'chat.example', undefined, 2],
    [
      false,
      "a name below the server's, which may belong to somebody else",
      'https://pages.chat.example',
      'chat.example',
      undefined,
      2,
    ],
    [false, 'null: a sandboxed frame, or a local file', 'null', HOST, undefined, 2],
    [false, 'file://: a local file in some apps', 'file://', HOST, undefined, 2],
    [false, 'a name that begins like one on the list', 'https://app.example.evil.example', HOST, [APP], 2],
    [false, 'a name below one on the list', 'https://pages.app.example', HOST, [APP], 2],
    [false, 'the beginning of one on the list', APP, HOST, ['https://app.example.org'], 2],
    [false, 'a name on the list, but without TLS: another origin', 'http://app.example', HOST, [APP], 2],
    [false, 'another scheme than the one on the list', 'ionic://localhost', HOST, ['capacitor://localhost'], 2],
    [true, 'an origin on the list with a scheme of its own', 'capacitor://localhost', HOST, ['capacitor://localhost']],
    [false, 'another name for the same machine, which is another origin', 'http://127.0.0.1:8080', HOST, undefined, 2],
    [false, 'a name with another character instead of the dot', 'https://chat-example', 'chat.example', undefined, 2],
    [false, 'an Origin, but no Host to compare it with', 'http://localhost:8080', undefined, undefined, 2],
    [false, 'null, and no Host either', 'null', undefined, undefined, 2],
    [false, 'a Host that is not a host', 'http://localhost:8080', 'local host', undefined, 2],
    [true, "the server's own page at an IPv6 address", 'http://[::1]:8080', '[::1]:8080', undefined, 2],
  ];
  /** The usual cause of a wrong answer, if there is one. */
  const causes: Record<string, string> = {
    'http://localhost:3000': ' `hostname` leaves the port out; `host` has it.',
    'https://chat.example.evil.example':
      ' Comparing only a part lets this in, as startsWith and includes do. Compare the whole host.',
    'https://evilchat.example':
      ' Comparing only a part lets this in, as endsWith and includes do. Compare the whole host.',
  };
  const ofOwnPage = ' `.host` is host and port. `.hostname` has no port, and `.origin` has the scheme, too.';
  for (const [allowed, what, origin, host, listed, hint] of cases) {
    const body = async (): Promise<void> => {
      const { allowedOrigin } = await load(() => import('#day3/auth.ts'), 'allowedOrigin');
      const call = `allowedOrigin(${show(origin)}, ${show(host)}${listed ? `, ${show(listed)}` : ''})`;
      const before = listed && [...listed];
      let answer: unknown;
      const thrown = thrownBy(
        () => (answer = listed ? allowedOrigin(origin, host, listed) : allowedOrigin(origin, host)),
      );
      expect(
        listed,
        `${call} changed the list that it was given. The server passes the same list for every handshake.`,
      ).toEqual(before);
      if (thrown !== undefined) {
        const { code, input } = Object(thrown) as { code?: unknown; input?: unknown };
        const noUrl = code === 'ERR_INVALID_URL' ? ` ${show(input)} isn't a URL: ask URL.canParse first.` : undefined;
        fail(
          `${call} threw ${show(String(thrown))}.${noUrl ?? ''} Any program can send these headers, and the server would be down.${listed || noUrl ? '' : ' The list may be left out.'}`,
          { hint: 2 },
        );
      }
      if (answer instanceof Promise)
        fail(`${call} returned a promise. The server uses the answer at once, and a promise is always true.`);
      const cause = allowed ? (origin === `http://${HOST}` && !listed ? ofOwnPage : '') : (causes[origin ?? ''] ?? '');
      if (answer !== allowed)
        fail(
          `${allowed ? 'Refused' : 'Let in'}: ${what}. ${call} returned ${show(answer)}; ${allowed} was expected.${cause}`,
        );
    };
    check(`${allowed ? 'allows' : 'refuses'} ${what}`, body, { hint });
  }
});
