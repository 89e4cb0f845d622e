/*
 * What you have
 *
 *   frame: Frame                      { opcode: number, fin: boolean, payload: Uint8Array, … }, already checked and unmasked
 *   OPCODES                           { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 }
 *   connection.fragments: Frame[]     yours to fill and to empty. Only the first fragment of a message has its opcode, text or
 *                                     binary; the others have opcode 0, continuation.
 *   connection.send(opcode: number, payload: Uint8Array): void   sends one frame
 *   connection.close(payload: Uint8Array): void                  sends a close frame, and ends the TCP connection
 *   readText(bytes: Uint8Array): string                          the text of a whole message
 *   Buffer.concat(list: Uint8Array[]): Buffer                    joins bytes
 *   Buffer.from(text: string): Buffer                            the bytes of a text
 */
import { realpathSync } from 'node:fs';
import type { Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { rawServer, readText, type RawConnection } from '#day1/given/for-bonus/raw-connection.ts';
import { OPCODES, type Frame } from '#day1/given/rfc6455.ts';
import { listen } from '#tools/serve.ts';
import { todo } from '#tools/todo.ts';

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
  // TODO 1.d
  //   1. Answer the control frames: close, ping, pong.
  //   2. Everything else is a piece of a message. Keep it.
  //   3. When the message is complete, answer it, and forget its pieces.
  todo('1.d', 'answer');
}

/** An echo server without ws, not yet listening: only TCP, and your own handshake and frames. */
export function createRawServer(): Server {
  return rawServer(answer);
}

// True if this file was started directly, false if it was imported.
if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await listen(createRawServer(), { name: 'Raw echo server' });
}
