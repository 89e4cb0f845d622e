import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { build } from 'esbuild';
import { renderUnicodeCompact } from 'uqr';
import { lanAddresses, whyNot } from '#tools/serve/listen.ts';
import { runToEnd, startServer } from '#tools/tests/helpers/start-server.ts';

vi.mock('esbuild', async (original) => {
  const real = await original<typeof import('esbuild')>();
  return { ...real, build: vi.fn(real.build) };
});
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return { ...real, readFile: vi.fn(real.readFile) };
});
// Another test file in this worker may have loaded these modules already, without the mocks.
vi.resetModules();
const { pageServer } = await import('#tools/serve.ts');
const reads = vi.mocked(readFile);
const realFiles = await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises');
const builds = vi.mocked(build);
const realBuild = await vi.importActual<typeof import('esbuild')>('esbuild');

// On the solution, because these are tests of the tools: they pass whatever a learner has written so far.
const SERVER = 'day1-protocol/server.ts';
const solution = true;

/** What the server prints about a command line that it refuses, and its exit code. */
const refused = (args: string[], env?: NodeJS.ProcessEnv) => runToEnd(SERVER, args, { solution, env });

/** Sends one request as it is: unlike fetch, it leaves `..` in the path. */
async function ask(port: number, path: string, method = 'GET'): Promise<{ response: IncomingMessage; body: string }> {
  const sent = request({ host: '127.0.0.1', port, path, method, agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  return { response, body };
}

describe('the command line', () => {
  test.each([
    [['--port', 'abc'], /^--port takes a number from 0 to 65535.*"abc"/],
    [['--port'], /^--port takes a number/],
    [['--port', '65536'], /^--port takes a number.*"65536"/],
    [['--prot', '3'], /^Unknown flag --prot\..*--port N, --lan, --broadcast/],
    [['9000'], /^Unexpected word "9000"\..*--port N/],
    [['--lan=yes'], /^--lan takes no value/],
  ])('%j gets one line and exit code 1', async (args, line) => {
    const { code, stdout, stderr } = await refused(args);
    expect(stderr).toMatch(line);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  test('PORT is checked in the same way, and --port wins over it', async () => {
    expect((await refused([], { PORT: 'abc' })).stderr).toMatch(/^PORT takes a number.*"abc"/);
    expect((await refused(['--port', 'xyz'], { PORT: 'abc' })).stderr).toMatch(/^--port takes a number.*"xyz"/);
  });

  test('a port in use gets one line that names it, and suggests another', async () => {
    const first = await startServer(SERVER, { solution });
    onTestFinished(first.stop);
    const port = Number(new URL(first.url).port);
    const { code, stderr } = await refused([], { PORT: `${port}` });
    expect(stderr).toMatch(new RegExp(`^Port ${port} is in use, most likely by an earlier server.*--port \\d+\n$`));
    expect(code).toBe(1);
  });

  test('another program at the same port of [::1]: the printed address leads to this server', async () => {
    const other = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 418 Not the course\r\n\r\n'));
    onTestFinished(() => void other.close());
    other.listen(0, '::1');
    const event = await Promise.race([once(other, 'listening').then(() => true), once(other, 'error')]).catch(
      () => false,
    );
    if (event !== true) return; // without IPv6 there is nothing to mix up
    const { port } = other.address() as AddressInfo;
    const { url, output, stop } = await startServer(SERVER, { solution, args: ['--port', String(port)] });
    onTestFinished(stop);
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect((await fetch(url)).status).toBe(200);
    await expect.poll(output).toContain(`Don't open localhost:${port}: another program on this machine answers there`);
    const lan = await refused(['--lan', '--port', String(port)]);
    expect(lan).toMatchObject({ code: 1, stderr: expect.stringMatching(new RegExp(`^Port ${port} is in use, `)) });
  });

  test('another program at the same port of 127.0.0.1: the port is in use, with --lan too', async () => {
    const other = createServer((socket) => void socket.destroy()).listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    for (const args of [[], ['--lan']]) {
      const { code, stderr } = await refused([...args, '--port', String(port)]);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(new RegExp(`^Port ${port} is in use, `)),
      });
    }
  });

  test('--lan prints what the class has to type', async () => {
    const { output, stop } = await startServer(SERVER, { solution, args: ['--lan'] });
    onTestFinished(stop);
    await expect
      .poll(output)
      .toMatch(/On every other machine, type:\s+http:\/\/\d+\.\d+\.\d+\.\d+:\d+\s|No network is connected/);
  });

  test.skipIf(lanAddresses().length === 0)('--lan shows a QR code for phones, in a terminal with colours', async () => {
    const { url, output, stop } = await startServer(SERVER, { solution, args: ['--lan'], env: { FORCE_COLOR: '1' } });
    onTestFinished(stop);
    const [row] = renderUnicodeCompact(`http://${lanAddresses()[0]}:${new URL(url).port}`, { border: 2 })
      .split('\n', 4)
      .slice(-1);
    await expect.poll(output).toContain(row);
  });
});

test.each([
  [80, /^The system does not let you use port 80\. It keeps most ports below 1024 .*--port 8081$/],
  [8080, /^The system keeps port 8080 for itself, as Windows does .*--port 8081$/],
])('port %i that the system refuses', (port, line) => {
  expect(whyNot({ code: 'EACCES', message: '' }, port)).toMatch(line);
});

test.skipIf(process.platform === 'win32')('closing the terminal also ends it in an orderly way', async () => {
  const server = await startServer(SERVER, { solution });
  onTestFinished(server.stop);
  await server.end('SIGHUP');
  expect(server.exitCode()).toBe(0);
});

test.skipIf(process.platform === 'win32')(
  'a signal ends it with exit code 0, its WebSockets too, and the port is free at once',
  async () => {
    const first = await startServer(SERVER, { solution });
    const socket = new WebSocket(first.ws);
    await once(socket, 'message');
    const closed = once(socket, 'close');
    await first.stop();
    expect(first.exitCode()).toBe(0);
    expect((await closed)[0]).toBe(1006);
    const probe = connect(Number(new URL(first.url).port), '127.0.0.1');
    const [error] = await once(probe, 'error').catch((reason) => [reason]);
    expect(error.code).toBe('ECONNREFUSED');
  },
);

const PAGE = `<!doctype html><title>A page</title>
<script type="module" src="/good.js"></script><script type="module" src="/bad.js"></script>
<script type="module" src="/gone.js"></script>`;

describe('the page', () => {
  let folder: string;
  let server: ReturnType<typeof pageServer>;
  let port: number;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'page test '));
    await mkdir(join(folder, 'page'));
    await writeFile(join(folder, 'secret.html'), 'secret');
    await writeFile(join(folder, 'page', 'index.html'), PAGE);
    await writeFile(join(folder, 'page', 'good.ts'), 'const one: number = 1;\nconsole.log(one);\n');
    await writeFile(join(folder, 'page', 'bad.ts'), 'const one = 1;\nconst two = = 2;\n');
    await writeFile(join(folder, 'page', 'good.browser.test.ts'), 'console.log("a test");\n');
    await writeFile(join(folder, 'page', 'part.ts'), 'export const part = 1;\n');
    server = pageServer(pathToFileURL(join(folder, 'server.ts')).href);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  test('is index.html, with headers that keep it fresh and strict', async () => {
    const { response, body } = await ask(port, '/?again');
    expect(body).toContain('A page');
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringMatching(
        /default-src 'none'; script-src 'self';.*connect-src 'self' ws: wss:;/,
      ),
    });
  });

  test('HEAD has the same headers and no body', async () => {
    const { response, body } = await ask(port, '/', 'HEAD');
    expect(body).toBe('');
    expect(response.headers['content-length']).toBe(String(PAGE.length));
  });

  test('another method is refused', async () => {
    const { response } = await ask(port, '/', 'POST');
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe('GET, HEAD');
  });

  test('a script is the bundled TypeScript', async () => {
    const { response, body } = await ask(port, '/good.js');
    expect(response.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(body).toMatch(/1;\s+console\.log\(one\)/);
    expect(body).toContain('sourceMappingURL=data:');
    expect(body).not.toContain('one: number = 1;\nconsole');
  });

  test('a script is bundled once, and again when one of its files has changed', async () => {
    const [entry, part] = ['many.ts', 'many-part.ts'].map((name) => join(folder, 'page', name));
    await writeFile(join(folder, 'page', 'many.html'), '<script src=many.js></script>');
    await writeFile(entry, "import { part } from './many-part.ts';\nconsole.log(part);\n");
    const write = async (text: string, age: number) => {
      await writeFile(part, `export const part = '${text}';\n`);
      for (const file of [entry, part]) await utimes(file, age, age); // looks as if it was saved long ago
    };
    const get = async () => (await ask(port, '/many.js')).body;
    await write('first', 1000);
    builds.mockClear();
    expect([await get(), await get()]).toEqual([expect.stringContaining('first'), expect.stringContaining('first')]);
    expect(builds).toHaveBeenCalledTimes(1);

    await write('other', 2000);
    expect([await get(), await get()]).toEqual([expect.stringContaining('other'), expect.stringContaining('other')]);
    expect(builds).toHaveBeenCalledTimes(2);

    await rm(part);
    expect(await get()).toContain('many-part.ts');
    await write('third', 1000);
    expect(await get()).toContain('third');
  });

  test('a change that is saved during a build is in the next answer', async () => {
    const entry = join(folder, 'page', 'quick.ts');
    await writeFile(join(folder, 'page', 'quick.html'), '<script src="./quick.js"></script>');
    await writeFile(entry, 'console.log("before");\n');
    let more: Promise<string[]> | undefined;
    builds.mockImplementationOnce(async (options) => {
      const result = await realBuild.build(options);
      await writeFile(entry, 'console.log("after");\n');
      more = Promise.all([1, 2].map(async () => (await ask(port, '/quick.js')).body));
      await vi.waitFor(() => expect(requests).toBe(3));
      return result;
    });
    let requests = 0;
    const count = () => void requests++;
    server.on('request', count);
    onTestFinished(() => void server.off('request', count));
    expect((await ask(port, '/quick.js')).body).toContain('before');
    expect(await more).toEqual([expect.stringContaining('after'), expect.stringContaining('after')]);
  });

  test('a script that cannot be built becomes one that says why, with file, line and text', async () => {
    const { response, body } = await ask(port, '/bad.js');
    expect(response.statusCode).toBe(200); // a browser doesn't run a script that comes with an error status
    const box = { textContent: '', setAttribute() {} };
    const said = vi.fn();
    new Function('document', 'console', body)({ createElement: () => box, body: { prepend() {} } }, { error: said });
    expect(box.textContent).toMatch(/bad\.ts, line 2: Unexpected "="\n\n    const two = = 2;$/);
    expect(said).toHaveBeenCalledWith(box.textContent);
  });

  test('style.css is the one of the course', async () => {
    const { response, body } = await ask(port, '/style.css');
    expect(response.headers['content-type']).toBe('text/css; charset=utf-8');
    expect(body).toContain('.state');
  });

  test.each([
    '/nothing.html',
    '/nothing.js',
    '/gone.js',
    '/good.ts',
    '/good.browser.test.js',
    '/part.js',
    '/page/',
    '/favicon.ico',
    '//',
    '/%00.html',
    '/constructor',
    '*',
  ])('%s is not there', async (path) => {
    const { response, body } = await ask(port, path);
    expect(response.statusCode).toBe(404);
    expect(response.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(body).toBe('There is no such page here.\n');
  });

  test('a name that the folder does not list is not found, even if the system would open it', async () => {
    // As on Windows, where nul.html is a device that can always be read, and the case of a name does not matter.
    reads.mockImplementation(async (path, ...rest) =>
      /\/(?:nul|INDEX)\.html$/.test(String(path)) ? 'a device' : realFiles.readFile(path, ...rest),
    );
    onTestFinished(() => void reads.mockImplementation(realFiles.readFile));
    for (const path of ['/nul.html', '/INDEX.html'])
      expect((await ask(port, path)).response.statusCode, path).toBe(404);
  });

  test('a name that is too long for any file is not found either', async () => {
    const { response, body } = await ask(port, `/${'x'.repeat(300)}.html`);
    expect({ status: response.statusCode, body }).toEqual({ status: 404, body: 'There is no such page here.\n' });
  });

  test.skipIf(process.platform === 'win32')(
    'a file that cannot be read: the visitor learns nothing about this machine, the terminal everything',
    async () => {
      const said = vi.spyOn(console, 'error').mockReturnValue();
      onTestFinished(() => said.mockRestore());
      await symlink('loop.png', join(folder, 'page', 'loop.png'));
      const { response, body } = await ask(port, '/loop.png');
      expect(response.statusCode).toBe(500);
      expect(body).not.toContain(folder);
      expect(said).toHaveBeenCalledWith(expect.stringContaining('loop.png'));
    },
  );

  test.each([
    '/../secret.html',
    '/..%2fsecret.html',
    '/%2e%2e/secret.html',
    '/..\\secret.html',
    '/./../secret.html',
    '//../secret.html',
  ])('%s leads out of the folder and gets nothing', async (path) => {
    const { response, body } = await ask(port, path);
    expect(response.statusCode).toBe(404);
    expect(body).not.toBe('secret');
  });
});

describe('the target', () => {
  test.each([
    ['the learner’s files', false, /(?<!solutions\/)day1-protocol\/echo\.ts/],
    ['the reference solution', true, /solutions\/day1-protocol\/echo\.ts/],
  ])('a server that runs %s bundles the same for its page', async (_whose, solution, path) => {
    const { url, stop } = await startServer('tools/tests/helpers/target/server.ts', { solution });
    onTestFinished(stop);
    const { body } = await ask(Number(new URL(url).port), '/main.js');
    expect(body).toMatch(path);
  });
});
