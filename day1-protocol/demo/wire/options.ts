import { FlagError, lan, port, readDemo, type Given } from '#tools/serve/demo.ts';

export interface Address {
  host: string;
  port: number;
}

const WIRE = {
  file: 'day1-protocol/demo/wire.ts',
  says: 'What travels between a client and a WebSocket server: the handshake and each frame, byte by byte',
  flags: {
    demo: {
      says: 'starts a server and a client, too, and waits for Enter after the bytes of each frame',
    },
    to: { says: 'the server to listen in on, usually 8080: a port, or HOST:PORT', text: 'PORT' },
    port: port(8081, 'the port that a client connects to instead'),
    lan,
    mine: { says: 'reads the frames with your own day1-protocol/frames.ts' },
  },
};

/** What was asked for on the command line. `to` is the server to listen in on. */
export type Options = Omit<Given<typeof WIRE.flags>, 'to'> & { to: Address };

/** Reads the command line. A mistake in it ends the process, with one line and exit code 1. */
export function readOptions(): Options {
  return readDemo(WIRE, (given) => {
    const to = readAddress(given.to ?? '8080');
    if (given.port === to.port && /^(localhost|127\.|::1$)/.test(to.host))
      throw new FlagError(`--port and --to are both ${to.port}: the tap would connect to itself.`);
    return { ...given, to };
  });
}

/** `8080`, `localhost:8080`, `[::1]:8080`; also with `ws://` or `http://` in front. */
function readAddress(text: string): Address {
  if (/^\d+$/.test(text)) return { host: '127.0.0.1', port: portOf(text) };
  const [, host, port] = /^(?:(?:ws|http):\/\/)?(\[[0-9a-f:]+\]|[\w.-]+):(\d+)\/?$/i.exec(text) ?? [];
  if (!host)
    throw new FlagError(
      `--to takes a port or host:port, such as 8080 or localhost:8080, but got "${text}". It reads ws:, not wss:.`,
    );
  return { host: host.replace(/[[\]]/g, ''), port: portOf(port) };
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw new FlagError(`--to takes a port from 1 to 65535, but got "${text}".`);
}
