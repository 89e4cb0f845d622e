/** A real Redis that speaks TLS, with a certificate that openssl has just made for it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker } from '#tools/brokers/broker-process.ts';
import { installedRedis } from '#tools/brokers/redis.ts';
import { freePorts } from '#tools/serve/ports.ts';

export interface TlsRedis {
  /** begins with `rediss:`, and contains the password */
  url: string;
  password: string;
  /** the path of the certificate; it signs itself */
  certificate: string;
  ca: Buffer;
  stop(): Promise<void>;
}

const PASSWORD = 'open-sesame';

/** @returns a clause that says what is missing here, instead of a Redis */
export async function startTlsRedis(): Promise<TlsRedis | string> {
  if (!installedRedis()) return 'redis-server is not installed';
  if (spawnSync('openssl', ['version']).error) return 'openssl is not installed';
  const folder = mkdtempSync(join(tmpdir(), 'redis-tls-'));
  const [key, certificate] = ['key.pem', 'cert.pem'].map((name) => join(folder, name));
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate];
  execFileSync('openssl', [...request, ...names], { stdio: 'ignore' });
  const [port] = await freePorts(0);
  const flags = {
    port: 0,
    'tls-port': port,
    bind: '127.0.0.1',
    'tls-cert-file': certificate,
    'tls-key-file': key,
    'tls-auth-clients': 'no',
    requirepass: PASSWORD,
    save: '',
    dir: folder,
  };
  const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  const server = await startBroker('redis-server', args, (words) => /ready to accept/i.test(words) || undefined);
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  if (server.ready)
    return {
      url: `rediss://:${PASSWORD}@127.0.0.1:${port}`,
      password: PASSWORD,
      certificate,
      ca: readFileSync(certificate),
      stop,
    };
  await stop();
  // A Redis that was built without TLS does not know the option, and says so at once.
  return `this redis-server does not start with TLS: ${server.printed.trim().split('\n').at(-1)}`;
}
