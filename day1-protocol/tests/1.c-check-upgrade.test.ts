import { exercise, fail, load, show, thrownBy } from '#kit';

exercise('1.c checkUpgrade', (check) => {
  const headers = {
    host: 'localhost',
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
  };
  type Change = Record<string, string | undefined>;
  const request = (change: Change = {}, method = 'GET', httpVersion = '1.1') => ({
    method,
    httpVersion,
    headers: { ...headers, ...change },
  });
  const lower = (all: Record<string, string> = {}) =>
    Object.fromEntries(Object.entries(all).map(([name, value]) => [name.toLowerCase(), value]));
  const ask = async (asked: ReturnType<typeof request>, what: string) => {
    const { checkUpgrade } = await load(() => import('#day1/bonus/upgrade.ts'), 'checkUpgrade');
    let answer: { status?: unknown; headers?: Record<string, string> } | undefined;
    const thrown = thrownBy(() => (answer = checkUpgrade(asked)));
    if (thrown !== undefined) fail(`checkUpgrade of ${what} threw ${show(String(thrown))}.`, { hint: 1 });
    return answer;
  };

  const key = (value: string | undefined) => request({ 'sec-websocket-key': value });
  const cases: [what: string, statuses: number[], ReturnType<typeof request>, why: string, hint: number][] = [
    ['a correct request', [101], request(), '', 1],
    ['a POST request', [405], request({}, 'POST'), 'A WebSocket is opened with GET.', 1],
    ['a request without Upgrade', [400], request({ upgrade: undefined }), '', 1],
    ['a request for another protocol, Upgrade: h2c', [400], request({ upgrade: 'h2c' }), '', 1],
    ['Upgrade: websockets', [400], request({ upgrade: 'websockets' }), 'That only contains the word.', 1],
    ['a request without Connection', [400], request({ connection: undefined }), '', 1],
    ['Connection: keep-alive', [400], request({ connection: 'keep-alive' }), 'The item "upgrade" is missing.', 1],
    [
      'Connection: keep-alive, Upgrade',
      [101],
      request({ connection: 'keep-alive, Upgrade' }),
      'Connection is a list.',
      2,
    ],
    ['a request without a key', [400], key(undefined), '', 1],
    ['version 8', [426], request({ 'sec-websocket-version': '8' }), 'The server speaks version 13 only.', 1],
    ['a request without a version', [426, 400], request({ 'sec-websocket-version': undefined }), '', 1],
    ['HTTP/1.0', [400], request({}, 'GET', '1.0'), 'The upgrade exists since HTTP/1.1.', 1],
    [
      'Connection: keep-alive,UPGRADE and Upgrade: WebSocket',
      [101],
      request({ connection: 'keep-alive,UPGRADE', upgrade: 'WebSocket' }),
      'Upper and lower case are the same here.',
      2,
    ],
    [
      'Connection: Upgrade , keep-alive',
      [101],
      request({ connection: 'Upgrade , keep-alive' }),
      'There may be spaces around the comma.',
      2,
    ],
    ['Connection: no-upgrade', [400], request({ connection: 'no-upgrade' }), 'That item only contains the word.', 2],
    ['a key of 15 bytes', [400], key('dGhlIHNhbXBsZSBub25j'), '', 2],
    ['a key of 17 bytes', [400], key('dGhlIHNhbXBsZSBub25jZTE='), '', 2],
    ['a key with + and / in it', [101], key('+/vMDT6fQ4xx/+y5V0+kgA=='), 'Both are characters of base64.', 2],
    [
      'a key that is not base64',
      [400],
      key('the sample nonce, 24 c!!'),
      'It has 24 characters, but not those of base64.',
      2,
    ],
    ['a key without ==', [400], key('dGhlIHNhbXBsZSBub25jZQ'), 'In base64, 16 bytes end with ==.', 2],
    [
      'a key with a space in it',
      [400],
      key('dGhl IHNhbXBsZSBub25jZQ=='),
      'Buffer.from ignores spaces; base64 has none.',
      2,
    ],
    [
      'a key with other text around it',
      [400],
      key('x dGhlIHNhbXBsZSBub25jZQ== x'),
      'Does the pattern look at the whole key?',
      2,
    ],
    ['a key in base64url', [400], key('-_vMDT6fQ4xx_-y5V0-kgA=='), 'The header has plain base64, with + and /.', 2],
    ['an empty key', [400], key(''), '', 2],
  ];
  for (const [what, statuses, asked, why, hint] of cases) {
    check(
      `answers ${what} with ${statuses.join(' or ')}`,
      async () => {
        const status = (await ask(asked, what))?.status;
        if (!statuses.includes(status as number))
          fail(
            `checkUpgrade of ${what} returned status ${show(status)}. Expected ${statuses.join(' or ')}.${why && ` ${why}`}`,
          );
      },
      { hint },
    );
  }
  const fields: [what: string, ReturnType<typeof request>, Record<string, string>, why: string][] = [
    [
      'a correct request',
      request(),
      { 'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=', upgrade: 'websocket', connection: 'upgrade' },
      'Is the key handed to acceptKey exactly as it arrived?',
    ],
    ['a POST request', request({}, 'POST'), { allow: 'GET' }, 'A 405 says in Allow which methods there are.'],
    [
      'version 8',
      request({ 'sec-websocket-version': '8' }),
      { 'sec-websocket-version': '13', upgrade: 'websocket' },
      'A 426 says in Upgrade which protocol the server offers, and in Sec-WebSocket-Version which version of it.',
    ],
  ];
  for (const [what, asked, expected, why] of fields) {
    check(
      `puts the right headers into the answer to ${what}`,
      async () => {
        const got = lower((await ask(asked, what))?.headers);
        for (const [name, value] of Object.entries(expected)) {
          const isText = name === 'sec-websocket-accept' || name === 'allow';
          if ((isText ? got[name] : got[name]?.toLowerCase()) !== value)
            fail(
              `checkUpgrade of ${what} returned the header ${name}: ${show(got[name])}. Expected ${show(value)}. ${why}`,
            );
        }
      },
      { hint: 3 },
    );
  }
});
