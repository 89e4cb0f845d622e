import { parseArgs } from 'node:util';
import { fail } from '#tools/serve.ts';

export interface Address {
  host: string;
  port: number;
}

export interface Options {
  /** the server to listen in on */
  to: Address;
  /** the port on which the tap listens; 0 means any free port */
  port: number;
  lan: boolean;
  /** true: decode with the learner's functions */
  mine: boolean;
  /** true: start a server and a client, too */
  demo: boolean;
}

const USAGE = 'The options are: --to PORT or --to HOST:PORT (8080), --port N (8081), --lan, --mine, --demo.';

/** Reads the command line. A mistake in it ends the process, with one line and exit code 1. */
export function readOptions(args: string[]): Options {
  const { to, port, ...flags } = parse(args);
  const options = { to: readAddress(to), port: readPort(port, '--port'), ...flags };
  if (options.port === options.to.port && /^(localhost|127\.|::1$)/.test(options.to.host)) {
    fail(`--port and --to are both ${options.port}: the tap would connect to itself. ${USAGE}`);
  }
  return options;
}

function parse(args: string[]) {
  const boolean = { type: 'boolean', default: false } as const;
  const options = {
    to: { type: 'string', default: '8080' },
    port: { type: 'string', default: '8081' },
    lan: boolean,
    mine: boolean,
    demo: boolean,
  } as const;
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    return fail(`${(error as Error).message.split('. ')[0].replace(/\.$/, '')}. ${USAGE}`);
  }
}

/** `8080`, `localhost:8080`, `[::1]:8080`; also with `ws://` or `http://` in front. */
function readAddress(text: string): Address {
  if (/^\d+$/.test(text)) return { host: '127.0.0.1', port: readPort(text, '--to', 1) };
  const [, host, port] = /^(?:(?:ws|http):\/\/)?(\[[0-9a-f:]+\]|[\w.-]+):(\d+)\/?$/i.exec(text) ?? [];
  if (!host)
    return fail(
      `--to takes a port or host:port, such as 8080 or localhost:8080, but got "${text}". It reads ws:, not wss:.`,
    );
  return { host: host.replace(/[[\]]/g, ''), port: readPort(port, '--to', 1) };
}

function readPort(text: string, flag: string, least = 0): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port >= least && port <= 65_535) return port;
  return fail(`${flag} takes a port from ${least} to 65535, but got "${text}".`);
}
