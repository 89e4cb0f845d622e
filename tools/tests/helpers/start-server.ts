import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A server that runs as a process of its own. */
export interface Started {
  /** such as `http://localhost:34567`, from the line that says where it listens */
  url: string;
  /** the same with `ws:` */
  ws: string;
  /** what it has printed so far, both streams */
  output(): string;
  /** null while it runs, and if a signal ended it, as on Windows */
  exitCode(): number | null;
  /** Ends it, and resolves when it has ended. */
  stop(): Promise<void>;
  /** The same with a signal of your choice. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/**
 * Starts a server on a free port, as `npm start` does, and waits until it says where it listens.
 *
 *     beforeAll(async () => (server = await startServer('day1-protocol/server.ts')).stop);
 *     test('…', async () => { const { url, stop } = await startServer(…); onTestFinished(stop); });
 *
 * @param path from the root of the course
 * @param options.solution true: what the learner edits comes from solutions/
 * @param options.args more of the command line; the last `--port` counts
 * @param options.env variables besides this process's own
 * @throws an Error with what it printed, if it ends before it listens
 */
export async function startServer(
  path: string,
  options: { solution?: boolean; args?: string[]; env?: NodeJS.ProcessEnv; root?: string } = {},
): Promise<Started> {
  const conditions = options.solution ? ['--conditions=solution'] : [];
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', ...conditions, path, '--port', '0', ...(options.args ?? [])],
    {
      cwd: options.root ?? ROOT,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const kill = () => child.kill();
  process.on('exit', kill);
  child.on('exit', () => process.off('exit', kill));

  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        // Standard error may also quote an address, for example one without a Redis.
        const line = stream === child.stdout && / on (http:\/\/(?:localhost|127\.0\.0\.1):\d+) .*\n/.exec(output);
        if (line) resolve(line[1]);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => reject(new Error(`${path} ended with code ${code} before it listened:\n${output}`)));
  });
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  return {
    url,
    ws: url.replace('http', 'ws'),
    output: () => output,
    exitCode: () => child.exitCode,
    stop: () => end('SIGTERM'),
    end,
  };
}

/** The result of a process that has ended. */
export interface Ended {
  code: unknown;
  stdout: string;
  stderr: string;
}

/**
 * Runs a file of the course to its end: a demonstration, or a server with a wrong option.
 *
 * @param path from the root of the course
 * @param args its command line
 * @param options as of `startServer`
 */
export function runToEnd(
  path: string,
  args: string[] = [],
  options: { solution?: boolean; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const conditions = options.solution ? ['--conditions=solution'] : [];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', ...conditions, path, ...args],
      { cwd: ROOT, env: { ...process.env, ...options.env } },
      (error, stdout, stderr) => resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
  });
}
