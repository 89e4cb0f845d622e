/** The real redis-server, as a process. */
import { spawnSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { freePorts } from '#tools/serve/ports.ts';
import { ask } from '#tools/brokers/ask.ts';
import { startBroker } from '#tools/brokers/broker-process.ts';

/** How long a server that is ready may take to answer, in ms. On a machine with much to do, that can be a while. */
const PATIENCE_MS = 20_000;

export interface Redis {
  /** such as `redis://127.0.0.1:6379` */
  url: string;
  kind: 'redis-server' | 'stand-in';
  version: string;
  /** the process and its id, if it is a redis-server that was started here */
  process?: ChildProcess;
  pid?: number;
  /** Ends it, even if it is frozen, and resolves when it has ended. If it was not started here, nothing happens. */
  stop: () => Promise<void>;
}

/** The version of the redis-server that is installed, such as `7.0.15`; undefined if none is, or if it is older than 6 and so lacks `HELLO`. */
export function installedRedis(): string | undefined {
  const { stdout } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  const version = /v=(\d+\.\d+\.\d+)/.exec(stdout ?? '')?.[1];
  return version && Number.parseInt(version) >= 6 ? version : undefined;
}

/**
 * Starts it on 127.0.0.1, and resolves when it answers. It is empty, and writes no files.
 *
 * @param wanted the port; 0: any free one
 * @param version what `installedRedis` says
 * @param more further settings of redis.conf, such as `{ 'cluster-enabled': 'yes' }`
 * @throws Error with `code` EADDRINUSE if the port is taken; otherwise with the last line that redis-server printed
 */
export async function startServer(
  wanted: number,
  version: string,
  more: Record<string, string | number> = {},
): Promise<Redis> {
  const [port] = await freePorts(wanted); // throws if that one is taken
  const url = `redis://127.0.0.1:${port}`;
  // A file name that is not in use: redis-server would load a dump.rdb from that folder.
  const flags = {
    port,
    bind: '127.0.0.1',
    save: '',
    appendonly: 'no',
    daemonize: 'no',
    dir: tmpdir(),
    dbfilename: `${randomUUID()}.rdb`,
    ...more,
  };
  const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  const { child, ready, printed, stop } = await startBroker(
    'redis-server',
    args,
    (words) => /ready to accept connections/i.test(words) || undefined,
  );
  if (!ready || (await ask(url, PATIENCE_MS)).there !== 'redis') {
    child.kill('SIGKILL');
    const code = /address already in use/i.test(printed) ? 'EADDRINUSE' : undefined;
    throw Object.assign(new Error(`redis-server did not start: ${lastWords(printed)}`), { code });
  }
  return { url, kind: 'redis-server', version, process: child, pid: child.pid, stop };
}

/** The last line that it printed, without the process's id and the date. */
function lastWords(printed: string): string {
  const line = printed.trim().split('\n').at(-1) ?? '';
  return line.replace(/^.*? [#*.-] /, '') || 'it said nothing';
}
