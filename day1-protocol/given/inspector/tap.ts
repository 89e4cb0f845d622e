import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Sender } from '#day1/given/rfc6455.ts';

/** Headers that may hold secrets of other programs on this machine: a page shows its name, not its value. */
const SECRET = /^(?:cookie|authorization|proxy-authorization)$/i;

/** What a tap reports. */
export interface Listener {
  bytes(from: Sender, bytes: Uint8Array): void;
  closed(cut: boolean): void;
}

/**
 * Listens in on one TCP connection, from its upgrade request on. The bytes pass unchanged and at once, and none are kept.
 *
 * @param request the upgrade request. Node has read its bytes already, so they are put together again from its parts.
 * @param socket its connection, before anything was answered
 */
export function tap(request: IncomingMessage, socket: Socket, listener: Listener): void {
  listener.bytes('client', Buffer.from(headOf(request), 'latin1'));
  socket.on('data', (chunk: Buffer) => listener.bytes('client', chunk));
  socket.on('close', () => listener.closed(!socket.readableEnded && !socket.errored));

  // Writing causes no event. So the two methods that write are replaced by ones that report first, and then write.
  for (const name of ['write', 'end'] as const) {
    const original = socket[name] as (...args: unknown[]) => unknown;
    const reporting = (...args: unknown[]): unknown => {
      const [chunk, encoding] = args;
      if (typeof chunk === 'string') listener.bytes('server', Buffer.from(chunk, encodingOr(encoding, 'utf8')));
      else if (chunk instanceof Uint8Array) listener.bytes('server', chunk);
      return original.apply(socket, args);
    };
    Object.assign(socket, { [name]: reporting });
  }
}

function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name, value] = rawHeaders.slice(i, i + 2);
    lines.push(`${name}: ${SECRET.test(name) ? '(not shown)' : value}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

const encodingOr = (encoding: unknown, usual: BufferEncoding): BufferEncoding =>
  typeof encoding === 'string' ? (encoding as BufferEncoding) : usual;
