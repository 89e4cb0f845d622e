import type { AddressInfo, Server, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { renderUnicodeCompact } from 'uqr';
import { colour } from '#tools/serve/colour.ts';
import { asTyped, fail, readFlags, type Flags } from '#tools/serve/flags.ts';
import { isAnswered, LOOPBACK } from '#tools/serve/ports.ts';

/** A server that listens. */
export interface Listening<F> {
  /** the real one, also if `--port 0` asked for any */
  port: number;
  lan: boolean;
  flags: F;
}

/**
 * Listens, says where, and ends the process cleanly at Ctrl+C: exit code 0, every socket closed, the port free at once.
 * If the port can't be had, the process ends with one line and exit code 1. The address that it prints leads to this server,
 * even if another program has the same port on another address of this machine.
 *
 * @param server an http server, or a plain TCP one
 * @param options.name what the terminal calls it, such as `Echo server`
 * @param options.flags from `readFlags`; without it, `--port` and `--lan` are read here
 * @param options.invite says how others reach it, if the server is open to the network; by default with its address
 * @param options.stop called at the first Ctrl+C, before the sockets are closed; a second Ctrl+C does not wait for it
 */
export async function listen<F extends Flags = Flags>(
  server: Server,
  options: { name: string; flags?: F; stop?: () => unknown; invite?: (port: number) => string },
): Promise<Listening<F>> {
  const flags = options.flags ?? (readFlags() as F);
  const { lan } = flags;
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  // Some systems let two programs share a port if one of them is more particular about the address, and that one wins.
  if (
    lan &&
    flags.port !== 0 &&
    (await Promise.all(LOOPBACK.map((host) => isAnswered(host, flags.port)))).includes(true)
  )
    fail(whyNot({ code: 'EADDRINUSE', message: '' }, flags.port));
  await new Promise<void>((resolve) => {
    const refused = (error: NodeJS.ErrnoException) => fail(whyNot(error, flags.port));
    // First in line: a WebSocketServer passes its server's errors on, and throws if nobody listens for them.
    server.prependListener('error', refused);
    server.listen(flags.port, lan ? undefined : '127.0.0.1', () => {
      server.off('error', refused);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;

  let stopping = false;
  const end = async () => {
    if (stopping) process.exit(0);
    stopping = true;
    await options.stop?.();
    server.close(() => process.exit(0));
    // Neither close() nor closeAllConnections() touches a connection that has become a WebSocket.
    for (const socket of sockets) socket.destroy();
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  process.on('SIGHUP', end); // the terminal's window was closed. Windows has no SIGTERM, but it has this one

  // With --lan the server listens on both addresses. Without it, localhost may lead to another program at [::1].
  const isTaken = !lan && (await isAnswered('::1', port));
  const host = isTaken ? '127.0.0.1' : 'localhost';
  console.log(`${options.name} on http://${host}:${port} (ws://${host}:${port}). Stop it with Ctrl+C.`);
  if (isTaken)
    console.log(`Don't open localhost:${port}: another program on this machine answers there, at [::1]:${port}.`);
  if (lan) console.log((options.invite ?? forTheClass)(port));
  return { port, lan, flags };
}

/** Why a port can't be had, and what to do, in one line. */
export function whyNot(error: Pick<NodeJS.ErrnoException, 'code' | 'message'>, port: number): string {
  const next = asTyped(`port ${port >= 1024 && port < 65_535 ? port + 1 : 8081}`);
  const another = `Choose another port: ${process.env.COURSE_START ? `${process.env.COURSE_START} ${next}` : next}`;
  if (error.code === 'EADDRINUSE') {
    return `Port ${port} is in use, most likely by an earlier server that was left running: stop that one with Ctrl+C. ${another}`;
  }
  if (error.code === 'EACCES' && port < 1024)
    return `The system does not let you use port ${port}. It keeps most ports below 1024 for itself. ${another}`;
  if (error.code === 'EACCES')
    return `The system keeps port ${port} for itself, as Windows does with some ranges of ports. ${another}`;
  return `Cannot listen on port ${port}: ${error.message}. ${another}`;
}

/** This machine's addresses on its networks, the likeliest first: containers and virtual machines have networks of their own, often 172.x. */
export function lanAddresses(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  const outside = addresses.filter((one) => one.family === 'IPv4' && !one.internal).map((one) => one.address);
  return outside.toSorted((a, b) => Number(a.startsWith('172.')) - Number(b.startsWith('172.')));
}

function forTheClass(port: number): string {
  const [first] = lanAddresses();
  const url = `http://${first}:${port}`;
  return first && colour.level > 0 ? `${inviting(url)}\n${qrCode(url)}` : inviting(url);
}

/** The QR code of an address, for phones: dark on light, whatever the colours of the terminal are. */
function qrCode(url: string): string {
  const lines = renderUnicodeCompact(url, { border: 2 }).split('\n');
  return lines.map((line) => `    ${colour.bgBlack.whiteBright(line)}`).join('\n');
}

/** What the terminal says about a server that is open to the network. @param typed what to type on every other machine */
export function inviting(typed: string): string {
  const [first, ...others] = lanAddresses();
  if (!first) return 'No network is connected: only this machine can reach it.';
  const lines = ['', '    On every other machine, type:', '', `        ${typed}`, ''];
  if (others.length > 0) lines.push(`    or, on another network: ${others.join(', ')}`);
  lines.push(
    "    No answer there? This machine's firewall must let Node in, and both must be on the same network.",
    '',
  );
  return lines.join('\n');
}
