/** The real nats-server, as a process. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { startBroker } from '#tools/brokers/broker-process.ts';

export interface Nats {
  /** such as `nats://127.0.0.1:4222` */
  url: string;
  /** Ends it, even if it is frozen, and resolves when it has ended. */
  stop: () => Promise<void>;
}

/** The nats-server that is installed; undefined if none is found. The variable NATS_SERVER can hold its path. */
export function installedNats(): { command: string; version: string } | undefined {
  // Debian installs it in a folder that only root has in its PATH.
  const { NATS_SERVER } = process.env;
  for (const command of NATS_SERVER ? [NATS_SERVER] : ['nats-server', '/usr/sbin/nats-server']) {
    const { stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
    const version = /v(\d+\.\d+\.\d+)/.exec(stdout ?? '')?.[1];
    if (version) return { command, version };
  }
  return undefined;
}

let looked: { missing: string | undefined } | undefined;

/** What a bus on NATS needs and is missing here, in words; undefined if nothing is missing. It looks once per process. */
export const natsMissing = (): string | undefined => (looked ??= { missing: look() }).missing;

function look(): string | undefined {
  const missing = [];
  if (!hasClient()) missing.push('the package @nats-io/transport-node (npm run extras)');
  if (!installedNats()) missing.push('nats-server (apt, brew or choco install nats-server)');
  return missing.length ? `it needs ${missing.join(' and ')}` : undefined;
}

/** Starts one on a free port of 127.0.0.1, and resolves when it listens. It ends with this process, however that ends. @throws Error with the last line that it printed */
async function startNats(): Promise<Nats> {
  const command = installedNats()?.command ?? 'nats-server';
  const {
    ready: url,
    printed,
    stop,
  } = await startBroker(command, ['--addr', '127.0.0.1', '--port', '-1'], (words) => {
    const [, port] = /client connections on 127\.0\.0\.1:(\d+)[^]*Server is ready/.exec(words) ?? [];
    return port && `nats://127.0.0.1:${port}`;
  });
  if (!url) throw new Error(`nats-server did not start: ${printed.trim().split('\n').at(-1) || 'it said nothing'}`);
  return { url, stop };
}

const ofProcess = globalThis as { natsOfDay5?: Promise<Nats> };

/** One for all suites of a process, each on subjects of its own. */
export const natsForTests = (): Promise<Nats> => (ofProcess.natsOfDay5 ??= startNats());

function hasClient(): boolean {
  try {
    createRequire(import.meta.url).resolve('@nats-io/transport-node');
    return true;
  } catch {
    return false;
  }
}
