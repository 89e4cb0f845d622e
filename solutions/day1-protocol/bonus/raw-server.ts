import { realpathSync } from 'node:fs';
import type { Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { rawServer, readText, type RawConnection } from '#day1/given/for-bonus/raw-connection.ts';
import { OPCODES, type Frame } from '#day1/given/rfc6455.ts';
import { listen } from '#tools/serve.ts';

/**
 * Answers one frame of a client, as an echo server does.
 *
 * Answers a complete text message with a text message: `Server received: ` and the same text. Answers a binary one with the same
 * bytes, as binary. A message may arrive in several frames, its fragments: they wait in `connection.fragments` until the last one is
 * there (`fin` is true), then they are joined, answered once, and removed from the list. A ping is answered at once, even
 * between two fragments, with a pong that has the same payload. A pong is not answered. A close frame is answered with
 * `connection.close` and the same payload.
 *
 * @throws ProtocolError with code 1007 (from `readText`) if a complete text message isn't valid UTF-8
 */
export function answer(frame: Frame, connection: RawConnection): void {
  if (frame.opcode === OPCODES.close) return connection.close(frame.payload);
  if (frame.opcode === OPCODES.ping) return connection.send(OPCODES.pong, frame.payload);
  if (frame.opcode === OPCODES.pong) return;
  connection.fragments.push(frame);
  if (!frame.fin) return;
  const { opcode } = connection.fragments[0]; // the others have opcode 0, continuation
  const message = Buffer.concat(connection.fragments.map((fragment) => fragment.payload));
  connection.fragments = [];
  if (opcode === OPCODES.binary) return connection.send(OPCODES.binary, message);
  connection.send(OPCODES.text, Buffer.from(`Server received: ${readText(message)}`));
}

/** An echo server without ws, not yet listening: only TCP, and your own handshake and frames. */
export function createRawServer(): Server {
  return rawServer(answer);
}

// True if this file was started directly, false if it was imported.
if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await listen(createRawServer(), { name: 'Raw echo server' });
}
