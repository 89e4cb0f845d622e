/*
 * What you have
 *
 *   socket: WebSocket          one connection of the ws library, as the server sees it
 *     socket.send(data: string | Buffer): void   a string becomes a text frame, a Buffer becomes a binary frame
 *     socket.on(event: string, listener): void   calls the listener each time the event happens:
 *       'error'   (error: Error)   the peer broke the protocol, or the network failed; ws closes the connection by itself
 *       'close'   (code: number)   the connection is closed
 *   String(data), `${data}`    the bytes of a Buffer as text (UTF-8)
 */
import type { WebSocket } from 'ws';
import { todo } from '#tools/todo.ts';

/** Greets a new connection, and answers each of its messages. */
export function echo(socket: WebSocket): void {
  survive(socket);
  // Listen before anything else happens: a message that arrives before there is a listener is lost.
  socket.on('message', (data, isBinary) => reply(socket, data as Buffer, isBinary));
  socket.send('Welcome! Connection established.');
}

/**
 * Answers one message, with exactly one message. Text goes back as text, unchanged, with `Server received: ` in front.
 * Binary goes back as binary, byte for byte, with nothing in front.
 *
 * @param data the message's bytes. ws gives you a Buffer in both cases, also for text.
 * @param isBinary false for a text message (opcode 1), true for a binary one (opcode 2)
 */
export function reply(socket: WebSocket, data: Buffer, isBinary: boolean): void {
  // TODO 1.5
  //   1. Text is already right. Keep it as it is.
  //   2. Answer a binary message with the same bytes, as a binary message. Remove the line with `todo`.
  if (isBinary) todo('1.5', 'reply');
  socket.send(`Server received: ${data}`);
}

/**
 * Keeps the server running when this peer breaks the protocol, and prints the error's message on the console. ws closes the
 * connection by itself, and then emits 'error' on the socket. An 'error' event without a listener ends a Node process, so a
 * listener must be there before this function returns.
 */
export function survive(socket: WebSocket): void {
  // TODO 1.6
  //   1. Listen for errors of this socket.
  //   2. Print the error's message on the console, so that somebody can find out what happened.
  todo('1.6', 'survive');
}
