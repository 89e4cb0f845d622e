/** The committed configurations, with as little replaced in them as a test needs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Name = 'nginx' | 'caddy';
/** A text that is in the file exactly once, and what replaces it. */
export type Edit = [from: string, to: string];
/** The addresses of the proxy: `admin` is Caddy's own. */
export type Ports = { plain: number; tls: number; admin: number };

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
export const FILES = { nginx: 'day5-scaling/given/proxy/nginx.conf', caddy: 'day5-scaling/given/proxy/Caddyfile' };
const read = (name: Name): string => readFileSync(join(ROOT, FILES[name]), 'utf8');

/** The commands in the comment at the top; the last one starts the proxy. */
export const commands = (name: Name): string[] =>
  [...read(name).matchAll(/^#   (.+)$/gm)].map(([, command]) => command);

/**
 * A configuration with other ports, and `edits`.
 *
 * @param nodes the three that it balances
 * @throws if a text to be replaced is not there exactly once: the file has changed, and the tests do not know
 */
export function configuration(name: Name, { plain, tls, admin }: Ports, nodes: number[], edits: Edit[] = []): string {
  const ports: Record<Name, Edit[]> = {
    nginx: [
      ['listen 127.0.0.1:8080;', `listen 127.0.0.1:${plain};`],
      ['listen 127.0.0.1:8443 ssl;', `listen 127.0.0.1:${tls} ssl;`],
      ...nodes.map((port, i): Edit => [`server 127.0.0.1:${8081 + i} `, `server 127.0.0.1:${port} `]),
    ],
    caddy: [
      ['http://:8080 {', `http://:${plain} {`],
      ['https://localhost:8443, https://127.0.0.1:8443 {', `https://localhost:${tls}, https://127.0.0.1:${tls} {`],
      ['admin localhost:2019', `admin localhost:${admin}`],
      ...['\treverse_proxy', '\t\treverse_proxy'].map((start): Edit => [
        `\n${start} 127.0.0.1:8081 127.0.0.1:8082 127.0.0.1:8083 {`,
        `\n${start} ${nodes.map((port) => `127.0.0.1:${port}`).join(' ')} {`,
      ]),
    ],
  };
  return [...ports[name], ...edits].reduce(edit, read(name));
}

function edit(text: string, [from, to]: Edit): string {
  const found = text.split(from).length - 1;
  if (found !== 1) throw new Error(`${JSON.stringify(from)} is there ${found} times, not once.`);
  return text.replace(from, () => to);
}
