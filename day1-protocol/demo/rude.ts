/**
 * A rude client: it sends frames that no WebSocket library would send, and prints how the server reacts.
 *
 *     npx tsx day1-protocol/demo/rude.ts --to 8080
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { fail } from '#tools/serve.ts';
import { RUDE_FRAMES } from './rude/frames.ts';

const HANDSHAKE =
  'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

let to: number;
try {
  to = Number(parseArgs({ options: { to: { type: 'string', default: '8080' } } }).values.to);
} catch (error) {
  fail((error as Error).message.split('.')[0]);
}
if (!Number.isInteger(to) || to < 1 || to > 65_535)
  fail('--to takes the port of a server on this machine, from 1 to 65535.');

for (const { what, bytes } of RUDE_FRAMES) console.log(`${what.padEnd(34)} ${await send(Uint8Array.from(bytes))}`);

/** Opens a connection, sends the bytes right after the handshake, and returns how it ended, in words. */
async function send(bytes: Uint8Array): Promise<string> {
  const socket = connect(to, '127.0.0.1');
  let came = Buffer.alloc(0);
  socket.on('data', (data) => (came = Buffer.concat([came, data])));
  try {
    await once(socket, 'connect');
  } catch {
    return `nothing listens on port ${to}. Did the server just end?`;
  }
  socket.on('error', () => {}); // a reset: 'close' follows
  socket.write(HANDSHAKE);
  socket.write(bytes);
  await once(socket, 'close');
  // The server's last frame, if it is a close frame of two bytes: 88 02, and the code.
  const [opcode, length] = came.subarray(-4);
  const code = opcode === 0x88 && length === 2 ? came.readUInt16BE(came.length - 2) : undefined;
  return code ? `closed with ${code}` : 'the connection ended without a close frame';
}
