/** `npm run redis`, what `npm run doctor` says about Redis, and what happens to a redis-server whose owner has ended. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clusterMissing } from '#tools/brokers/redis-cluster.ts';
import { startStandIn } from '#tools/brokers/redis-stand-in.ts';
import { ask, installedRedis, startRedis } from '#tools/brokers/redis.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const installed = installedRedis();
const canCluster = clusterMissing() === undefined;
const windows = process.platform === 'win32';
const kind = installed ? 'redis-server' : 'stand-in';

interface Running {
  child: ChildProcess;
  output: () => string;
  /** the first match in what it prints; the match's first group, if it has one */
  until: (what: RegExp) => Promise<string>;
  /** the exit code */
  end: Promise<number | null>;
}

/** Runs Node in the course's folder. */
function node(args: string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill());
  let output = '';
  let wake = (): void => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      wake();
    });
  }
  const end = once(child, 'close').then(([code]) => code as number | null);
  void end.then(() => wake());
  const until = async (what: RegExp): Promise<string> => {
    for (;;) {
      const match = what.exec(output);
      if (match) return match[1] ?? match[0];
      if (child.exitCode !== null) throw new Error(`It ended, and never said ${what}:\n${output}`);
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return { child, output: () => output, until, end };
}
const command = (...words: string[]): Running => node(['tools/course.cjs', 'redis', ...words]);
const URL_LINE = /on (redis:\/\/127\.0\.0\.1:\d+)\. Stop it with Ctrl\+C/;

/** Asks until nobody answers: a process that another one ends takes a moment. */
async function gone(url: string): Promise<void> {
  while ((await ask(url)).there !== 'nothing');
}

describe('npm run redis', { timeout: 30_000 }, () => {
  test('says which Redis it is, how to stop it, how the nodes find it, and answers', async () => {
    const running = command('0');
    const url = await running.until(URL_LINE);
    await running.until(/PowerShell/);
    expect(running.output()).toContain(
      kind === 'redis-server'
        ? `Redis: redis-server ${installed} on`
        : 'Redis: a stand-in, because no redis-server is installed, on',
    );
    expect(running.output()).toContain(`    REDIS_URL=${url} npm start day5 `);
    expect(running.output()).toContain(`    $env:REDIS_URL = '${url}'; npm start day5 `);
    expect(await ask(url)).toMatchObject({ there: 'redis', kind });
  });

  test('stand-in says what it is not, and answers', async () => {
    const running = command('stand-in', '0');
    const url = await running.until(URL_LINE);
    await running.until(/PowerShell/);
    expect(running.output()).toContain('Redis: the stand-in on');
    expect(running.output()).toContain('It only passes messages on, on this machine.');
    expect(await ask(url)).toMatchObject({ there: 'redis', kind: 'stand-in' });
  });

  test('without redis-server it starts the stand-in, and says why', async () => {
    const running = node(['tools/course.cjs', 'redis', '0'], { PATH: '' });
    await running.until(/Redis: a stand-in, because no redis-server is installed, on redis:/);
  });

  test.skipIf(windows).each([
    [[], 'SIGINT'],
    [[], 'SIGTERM'],
    [['stand-in'], 'SIGINT'],
    [['stand-in'], 'SIGHUP'],
  ] as [string[], NodeJS.Signals][])(
    'npm run redis %j ends at %s with exit code 0, and leaves nothing behind',
    async (words, signal) => {
      const running = command('0', ...words);
      const url = await running.until(URL_LINE);
      running.child.kill(signal);
      expect(await running.end).toBe(0);
      expect(await ask(url)).toEqual({ there: 'nothing' });
      expect(running.output()).not.toMatch(/has ended|Error/);
    },
  );

  test('if a Redis is running already, it says so and succeeds', async () => {
    const { port, stop } = await startStandIn();
    onTestFinished(stop);
    const running = command(String(port));
    expect(await running.end).toBe(0);
    expect(running.output()).toBe(
      `A Redis is there already (stand-in 7.0.0-stand-in), on redis://127.0.0.1:${port}: you can use it as it is.\n`,
    );
  });

  test.each([[[]], [['stand-in']]])(
    'if another program is there, %j says so in one line, and how to go on',
    async (words) => {
      const server = createServer((socket) =>
        socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      ).listen(0, '127.0.0.1');
      await once(server, 'listening');
      onTestFinished(() => void server.close());
      const { port } = server.address() as AddressInfo;
      const running = command(String(port), ...words);
      expect(await running.end).toBe(1);
      expect(running.output()).toBe(
        `Port ${port} is in use, and not by a Redis that can be used (it speaks another protocol). Choose another port: npm run redis 6379\n`,
      );
    },
  );

  test.skipIf(!canCluster || windows)(
    'cluster starts three masters, says how to use them, and ends at Ctrl+C',
    async () => {
      const running = command('cluster', '0');
      const urls = (await running.until(/REDIS_URL=(redis:\/\/\S+) npm start day5/)).split(',');
      await running.until(/PowerShell/);
      expect(urls).toHaveLength(3);
      for (const url of urls) expect(await ask(url)).toMatchObject({ there: 'redis', kind: 'redis-server' });
      running.child.kill('SIGINT');
      expect(await running.end).toBe(0);
      for (const url of urls) expect(await ask(url)).toEqual({ there: 'nothing' });
      expect(running.output()).not.toMatch(/has ended|Error/);
    },
  );

  test('cluster without redis-server: one line that says what it needs, and exit code 1', async () => {
    const running = node(['tools/course.cjs', 'redis', 'cluster'], { PATH: '' });
    expect(await running.end).toBe(1);
    expect(running.output()).toBe(
      'A Redis Cluster needs redis-server 7 or later, and none was found. How to install it: npm run doctor\n',
    );
  });

  test.skipIf(!canCluster || windows)('the servers of a cluster do not outlive a process that is killed', async () => {
    const running = command('cluster', '0');
    const urls = (await running.until(/REDIS_URL=(redis:\/\/\S+) npm start day5/)).split(',');
    running.child.kill('SIGKILL');
    for (const url of urls) await gone(url);
  });

  test.each(['foo', '65536', '-1'])('%s is refused', async (word) => {
    const running = command(word);
    expect(await running.end).toBe(1);
    expect(running.output()).toMatch(
      /^".*" is not a word that this command knows\.\nThere are: npm run redis, npm run redis stand-in, .*\n$/,
    );
  });

  test.skipIf(!installed)('a redis-server that somebody else ends is reported', async () => {
    const running = command('0');
    const url = await running.until(URL_LINE);
    const { createClient } = await import('@redis/client');
    const client = createClient({ url, socket: { reconnectStrategy: false } }).on('error', () => {});
    await client.connect();
    await client.sendCommand(['SHUTDOWN', 'NOSAVE']).catch(() => {});
    expect(await running.end).toBe(0);
    expect(running.output()).toMatch(/redis-server has ended\.\n$/);
  });
});

describe.skipIf(!installed)('a redis-server', { timeout: 30_000 }, () => {
  test('on a taken port it fails with the system’s error, and starts nothing', async () => {
    const { port, stop } = await startStandIn();
    onTestFinished(stop);
    await expect(startRedis({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test.skipIf(windows)('a frozen one is ended, too', async () => {
    const { url, pid, stop } = await startRedis();
    process.kill(pid!, 'SIGSTOP');
    await stop();
    await stop();
    expect(await ask(url)).toEqual({ there: 'nothing' });
  });

  test('starts again on the port that it had', async () => {
    const first = await startRedis();
    await first.stop();
    const second = await startRedis({ port: Number(new URL(first.url).port) });
    onTestFinished(second.stop);
    expect(second.url).toBe(first.url);
    expect(await ask(second.url)).toEqual({ there: 'redis', kind: 'redis-server', version: installed });
  });

  test('does not outlive a process that is killed', async () => {
    const owner = node(['tools/tests/helpers/target/redis-owner.js']);
    const url = await owner.until(/on (redis:.*)\n/);
    expect(await ask(url)).toMatchObject({ there: 'redis' });
    owner.child.kill('SIGKILL');
    await gone(url);
  });

  test('does not outlive a worker thread that is ended', async () => {
    const worker = new Worker(new URL('../helpers/target/redis-owner.js', import.meta.url));
    onTestFinished(async () => void (await worker.terminate()));
    const [url] = await once(worker, 'message');
    expect(await ask(url)).toMatchObject({ there: 'redis' });
    await worker.terminate();
    await gone(url);
  });
});

describe('npm run doctor', { timeout: 30_000 }, () => {
  const doctor = async (env: Record<string, string>): Promise<string> => {
    const running = node(['tools/course.cjs', 'doctor'], env);
    await running.end;
    return running.output();
  };

  test('finds the Redis at REDIS_URL', async () => {
    const { url, stop } = await startStandIn();
    onTestFinished(stop);
    expect(await doctor({ REDIS_URL: url })).toContain('✓ A Redis at REDIS_URL (stand-in 7.0.0-stand-in), for day 5\n');
  });

  test('says that no Redis is there, and what to do', async () => {
    const { url, stop } = await startStandIn();
    await stop();
    expect(await doctor({ REDIS_URL: url })).toMatch(
      /✗ The variable REDIS_URL is set, but it doesn't lead to a Redis that can be used: nothing listens there\n {4}Start one there/,
    );
    expect(await doctor({ REDIS_URL: 'foo' })).toContain(
      'to a Redis that can be used: That is not the address of a Redis: redis://127.0.0.1:6379 is one.\n',
    );
  });
});
