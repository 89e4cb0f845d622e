import { realpathSync } from 'node:fs';
import type { Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { rawServer, readText, type RawConnection } from '#day1/given/bonus/raw-connection.ts';
import { OPCODES, type Frame } from '#day1/given/rfc6455.ts';
import { listen } from '#tools/serve.ts';
import { todo } from '#tools/todo.ts';

/**
 * Answers one frame of a client as an echo server does: text comes back as text, behind `Server received: `; binary as binary;
 * a ping's data in a pong; a close's payload in a close. Fragments wait in `connection.fragments` until the message is complete.
 *
 * @throws ProtocolError with code 1007 (from `readText`) where a text message is not UTF-8
 */
export function answer(frame: Frame, connection: RawConnection): void {
  // TODO 1.d `frame.opcode` and `frame.fin` tell them apart; `connection.send(opcode, payload)` and `.close(payload)` answer.
  todo('1.d', 'answer');
}

/** An echo server without ws, not yet listening: TCP connections, and your own handshake and frames. */
export function createRawServer(): Server {
  return rawServer(answer);
}

// True where this file is what was run, and not imported.
if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await listen(createRawServer(), { name: 'Raw echo server' });
}
