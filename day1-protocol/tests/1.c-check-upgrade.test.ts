import { exercise, expect, load } from '#kit';

exercise('1.c checkUpgrade', (check) => {
  const subject = () => load(() => import('#day1/bonus/upgrade.ts'), 'checkUpgrade');
  const headers = {
    host: 'localhost',
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
  };
  const request = (change: Record<string, string | undefined> = {}, method = 'GET', httpVersion = '1.1') => ({
    method,
    httpVersion,
    headers: { ...headers, ...change },
  });
  const lower = (all: Record<string, string>) =>
    Object.fromEntries(Object.entries(all).map(([name, value]) => [name.toLowerCase(), value]));

  const cases: [string, number, ReturnType<typeof request>][] = [
    ['a right request', 101, request()],
    ['Firefox: Connection: keep-alive, Upgrade', 101, request({ connection: 'keep-alive, Upgrade' })],
    ['other upper and lower case', 101, request({ connection: 'keep-alive,UPGRADE', upgrade: 'WebSocket' })],
    ['POST', 405, request({}, 'POST')],
    ['HTTP/1.0', 400, request({}, 'GET', '1.0')],
    ['no Upgrade', 400, request({ upgrade: undefined })],
    ['Upgrade to another protocol', 400, request({ upgrade: 'h2c' })],
    ['no Connection', 400, request({ connection: undefined })],
    ['Connection: keep-alive', 400, request({ connection: 'keep-alive' })],
    ['Connection with a token that only contains the word', 400, request({ connection: 'no-upgrade' })],
    ['no key', 400, request({ 'sec-websocket-key': undefined })],
    ['a key of 15 bytes', 400, request({ 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25j' })],
    ['a key that is not base64', 400, request({ 'sec-websocket-key': 'the sample nonce, 24 c!!' })],
    ['version 8', 426, request({ 'sec-websocket-version': '8' })],
  ];
  for (const [what, status, asked] of cases) {
    check(`${what}: ${status}`, async () => {
      const { checkUpgrade } = await subject();
      expect(checkUpgrade(asked)?.status, `Wrong status for ${what}.`).toBe(status);
    });
  }
  check('no version at all: 426 or 400', async () => {
    const { checkUpgrade } = await subject();
    expect([400, 426], 'Wrong status for a request without Sec-WebSocket-Version.').toContain(
      checkUpgrade(request({ 'sec-websocket-version': undefined }))?.status,
    );
  });
  check('the headers of each answer', async () => {
    const { checkUpgrade } = await subject();
    const opened = lower(checkUpgrade(request()).headers);
    expect(opened['sec-websocket-accept'], 'Wrong Sec-WebSocket-Accept in the 101.').toBe(
      's3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
    );
    expect(opened.upgrade?.toLowerCase(), 'Wrong Upgrade header in the 101.').toBe('websocket');
    expect(opened.connection?.toLowerCase(), 'Wrong Connection header in the 101.').toBe('upgrade');
    expect(lower(checkUpgrade(request({}, 'POST')).headers).allow, 'A 405 says in Allow which methods there are.').toBe(
      'GET',
    );
    expect(
      lower(checkUpgrade(request({ 'sec-websocket-version': '8' })).headers)['sec-websocket-version'],
      'A 426 says in Sec-WebSocket-Version which version there is.',
    ).toBe('13');
  });
});
