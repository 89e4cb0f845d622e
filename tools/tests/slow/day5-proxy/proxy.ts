/** The real nginx and the real Caddy, each in a folder of its own that goes with it. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { onCleanUp, within } from '#kit';
import { freePorts } from '#tools/serve/ports.ts';
import { commands, configuration, FILES, type Edit, type Name } from './configuration.ts';

const CERTIFICATE = {
  nginx: 'day5-scaling/given/proxy/cert.pem',
  caddy: '.course/caddy/pki/authorities/local/root.crt',
};
const READY = { nginx: 'start worker process ', caddy: 'serving initial configuration' };
// Debian keeps nginx where only root's PATH looks.
const PATH = [process.env.PATH, '/usr/sbin'].join(delimiter);

/** Whether a program is installed. */
export const isInstalled = (name: Name | 'openssl'): boolean =>
  spawnSync(name, [name === 'nginx' ? '-v' : 'version'], { env: { ...process.env, PATH } }).error === undefined;

/**
 * Starts a proxy, by the commands of its own comment.
 *
 * @param nodes the ports of the three that it balances
 * @param edits what else is replaced in its configuration
 */
export async function startProxy(name: Name, nodes: number[], edits: Edit[] = []) {
  const [plain, tls, admin] = await freePorts(0, 0, 0);
  const folder = mkdtempSync(join(tmpdir(), 'day5-proxy-'));
  onCleanUp(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  /** Writes the configuration, with `more` replaced in it. */
  const write = (more: Edit[]): void =>
    writeFileSync(join(folder, FILES[name]), configuration(name, { plain, tls, admin }, nodes, [...edits, ...more]));
  mkdirSync(dirname(join(folder, FILES[name])), { recursive: true });
  write([]);

  // HOME and its like: Caddy keeps a copy of its configuration there.
  const options = {
    cwd: folder,
    env: { ...process.env, PATH, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder, APPDATA: folder },
  };
  // Not spawnSync: the proxy may wait for a node, and the nodes live in this process.
  const run = async (command: string): Promise<void> => {
    const [program, ...args] = command.split(' ');
    await promisify(execFile)(program, args, options);
  };
  const before = commands(name);
  const last = before.pop() ?? '';
  for (const command of before) await run(command);
  const [program, ...args] = last.split(' ');
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  const end = (): void => void child.kill();
  process.on('exit', end);
  const exited = once(child, 'exit').finally(() => process.off('exit', end));
  onCleanUp(async () => {
    end();
    await exited;
  });

  let output = '';
  let wake = (): void => {};
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    wake();
  });
  /** Waits until the proxy has printed these words. */
  const says = (words: string): Promise<void> => {
    const said = new Promise<void>((resolve, reject) => {
      wake = () => void (output.includes(words) && resolve());
      wake();
      exited.then(() => reject(new Error(`${name} has ended:\n${output}`)), reject);
    });
    return within(said, `"${words}" from ${name}`, () => output);
  };
  await says(READY[name]);
  return {
    ws: `ws://127.0.0.1:${plain}`,
    http: `http://127.0.0.1:${plain}`,
    wss: `wss://localhost:${tls}`,
    /** what signs for `wss` */
    certificate: () => readFileSync(join(folder, CERTIFICATE[name])),
    says,
    /** Has it read its configuration again. @param more what is replaced in it now */
    async reload(more: Edit[] = []): Promise<void> {
      write(more);
      await run(name === 'nginx' ? `${last} -s reload` : last.replace(' run ', ' reload '));
    },
  };
}
