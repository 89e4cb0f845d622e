/** What all demonstrations have in common: the command line, the first line, and colours. */
import { readdirSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { echo } from '#solutions/day1-protocol/echo.ts';
import { readDays, root } from '#tools/run/catalogue.js';
import { parseFlags, usage, type Demo } from '#tools/serve/demo.ts';
import { runToEnd } from '#tools/tests/helpers/start-server.ts';

const days = await readDays();
const DEMOS = days.flatMap(({ folder }) =>
  readdirSync(join(root, folder, 'demo'))
    .filter((name) => name.endsWith('.ts') && name !== 'exam.ts') // npm run exam starts that one
    .map((name) => `${folder}/demo/${name}`),
);
const PLAIN = { NO_COLOR: '1', FORCE_COLOR: undefined }; // Node warns if both are set
const COLOURED = { NO_COLOR: undefined, FORCE_COLOR: '1' };
const ESCAPE = '\u001b';

test.each(DEMOS)('%s --help: what one sees, and each flag, in 100 columns', { timeout: 60_000 }, async (demo) => {
  const { code, stdout, stderr } = await runToEnd(demo, ['--help'], { env: PLAIN });

  const lines = stdout.trimEnd().split('\n');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(lines[0]).toMatch(/\w+ \w+ \w+/);
  expect(stdout).toContain(`npx tsx ${demo}\n`);
  expect(lines.at(-1)).toMatch(/^ +--help /);
  expect(lines.filter((line) => line.length > 100)).toEqual([]);
  expect(stdout).not.toContain(ESCAPE);
});

test.each(DEMOS)(
  '%s refuses an unknown flag in one line, which names the others',
  { timeout: 60_000 },
  async (demo) => {
    const { code, stdout, stderr } = await runToEnd(demo, ['--nonsense'], { env: PLAIN });

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^Unknown flag --nonsense\. What can be given: [^\n]*--help\.\n$/);
  },
);

test('a server: --help, as a flag and as a word behind npm start', { timeout: 60_000 }, async () => {
  const direct = await runToEnd('day1-protocol/server.ts', ['--help']);
  const started = await runToEnd('day1-protocol/server.ts', ['--help'], { env: { COURSE_START: 'npm start day1' } });

  expect(direct).toEqual({
    code: 0,
    stderr: '',
    stdout: 'What can be given: --port N, --lan, --broadcast, --heartbeat N.\n',
  });
  expect(started).toEqual({ code: 0, stderr: '', stdout: 'What can be given: port N, lan, broadcast, heartbeat N.\n' });
});

const QUICK: [string, string[]][] = [
  ['day1-protocol/demo/wire.ts', ['--demo']],
  ['day1-protocol/demo/race.ts', ['--seconds', '1', '--rate', '50', '--poll', '50']],
  ['day2-client/demo/cost.ts', []],
  ['day4-reconnect/demo/herd.ts', ['--clients', '50']],
];

test.each(QUICK)('%s has colours in a terminal, and none with NO_COLOR', { timeout: 60_000 }, async (demo, args) => {
  const [coloured, plain] = [await runToEnd(demo, args, { env: COLOURED }), await runToEnd(demo, args, { env: PLAIN })];

  expect([coloured.code, plain.code]).toEqual([0, 0]);
  expect(coloured.stdout).toContain(ESCAPE);
  expect(plain.stdout).not.toContain(ESCAPE);
  expect(plain.stdout.split('\n')[0]).toMatch(/\w+ \w+ \w+/);
});

const SOME: Demo<any> = {
  file: 'day1-protocol/demo/some.ts',
  says: 'Some demonstration',
  flags: {
    port: { says: 'a port', usual: 8080, least: 0, most: 65_535 },
    rate: { says: 'a rate', usual: 5, least: 0.1, most: 100, isFraction: true },
    script: { says: 'a script', text: '"wait 3"' },
    lan: { says: 'lets others in' },
  },
};

test('flags: the usual values, given ones, and words without dashes', () => {
  expect(parseFlags(SOME, [])).toEqual({ port: 8080, rate: 5, script: undefined, lan: false });
  const given = { port: 9000, rate: 0.5, script: 'lan', lan: true };
  expect(parseFlags(SOME, ['--port', '9000', '--rate=0.5', '--script', 'lan', '--lan'])).toEqual(given);
  expect(parseFlags(SOME, ['port', '9000', 'rate', '0.5', 'script', 'lan', 'lan'])).toEqual(given);
});

test.each([
  [['--port'], '--port takes a whole number from 0 to 65535, such as 8080, but got "".'],
  [['--port', '70000'], '--port takes a whole number from 0 to 65535, such as 8080, but got "70000".'],
  [['--rate', '0.01'], '--rate takes a number from 0.1 to 100, such as 5, but got "0.01".'],
  [['--script'], '--script takes a text, such as --script "wait 3".'],
  [['--lan=yes'], '--lan takes no value, but got "yes".'],
  [['--fast'], 'Unknown flag --fast. What can be given: --port N, --rate N, --script "wait 3", --lan, --help.'],
  [['fast'], 'Unexpected word "fast". What can be given: --port N, --rate N, --script "wait 3", --lan, --help.'],
  [['--toString'], 'Unknown flag --toString. What can be given: --port N, --rate N, --script "wait 3", --lan, --help.'],
])('flags: %j is refused', (args, line) => expect(() => parseFlags(SOME, args)).toThrow(new Error(line)));

test('flags: the usage has every flag with its range', () => {
  const text = usage(SOME);

  expect(text).toContain('--port N           a port; from 0 to 65535, usually 8080');
  expect(text).toContain('--script "wait 3"  a script');
});

/** Runs rude.ts against a server. */
async function rudeTo(server: Server | WebSocketServer, wait = 60) {
  if (server instanceof WebSocketServer) await once(server, 'listening');
  else await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return rudeToPort((server.address() as AddressInfo).port, wait);
}

const rudeToPort = (port: number, wait = 60) =>
  runToEnd('day1-protocol/demo/rude.ts', ['--to', String(port), '--wait', String(wait)], { env: { NO_COLOR: '1' } });

test('rude.ts: a server that copes closes each connection with a code', { timeout: 60_000 }, async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: 1024 * 1024 });
  server.on('connection', (socket) => socket.on('error', () => {}));

  const { code, stdout, stderr } = await rudeTo(server);

  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.match(/closed with 1002/g)).toHaveLength(4);
  expect(stdout.match(/closed with 1009/g)).toHaveLength(1);
  expect(stdout).toMatch(/still there, and it has closed each of the five connections with a code\.\n$/);
});

test('rude.ts: a server that ends at the first frame has not coped', { timeout: 60_000 }, async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    echo(socket);
    // As a process does that ends: every connection breaks off, and nobody listens any more.
    socket.on('error', () => {
      for (const client of server.clients) client.terminate();
      server.close();
    });
  });

  const { code, stdout, stderr } = await rudeTo(server);

  expect(code).toBe(1);
  expect(stdout).toMatch(/text without a mask +the server has ended\n$/);
  expect(stderr).toContain('This frame has ended the server');
});

test('rude.ts: no server, and a server of another kind', { timeout: 60_000 }, async () => {
  const free = createServer();
  await once(free.listen(0, '127.0.0.1'), 'listening');
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  const other = createServer((socket) => socket.end('220 mail.example ESMTP\r\n'));

  const results = [await rudeToPort(port), await rudeTo(other)];

  const lines = [
    /^Nothing listens on port \d+\. .*npx tsx day1-protocol\/server\.ts\n$/,
    /^A program listens on port \d+, but [^\n]*\n$/,
  ];
  for (const [i, { code, stdout, stderr }] of results.entries()) {
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(lines[i]);
  }
});

test('rude.ts: a server that never answers a frame does not make it wait for ever', { timeout: 60_000 }, async () => {
  const { code, stdout } = await runRawServer();

  expect(code).toBe(0);
  expect(stdout).toContain('nothing for 1 s: the connection stays open');
  expect(stdout).toContain('not answered every frame');
});

/** A server with a handshake, and nothing after it: bonus 1.d before it is written. */
async function runRawServer() {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
    );
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  return rudeTo(server, 1);
}
