import type { WebSocket } from 'ws';
import { todo } from '#tools/todo.ts';

/** Greets a new connection, and answers each of its messages. */
export function echo(socket: WebSocket): void {
  survive(socket);
  // Listen before anything else happens: a message that comes while nobody listens is lost.
  socket.on('message', (data, isBinary) => reply(socket, data as Buffer, isBinary));
  socket.send('Welcome! Connection established.');
}

/**
 * Answers one message. Text comes back unchanged, as text, behind `Server received: `; binary as binary, byte for byte.
 *
 * @param data the message's bytes: ws gives a Buffer for text, too
 * @param isBinary false for a text message (opcode 1), true for a binary one (opcode 2)
 */
export function reply(socket: WebSocket, data: Buffer, isBinary: boolean): void {
  // TODO 1.5 Text is right already. What comes back for a binary message?
  if (isBinary) todo('1.5', 'reply');
  socket.send(`Server received: ${data}`);
}

/** Keeps the process alive when this peer breaks the protocol. ws closes the connection; your part is to listen, at once and for good. */
export function survive(socket: WebSocket): void {
  // TODO 1.6 ws emits 'error' on the socket, and an 'error' that nobody listens to ends a Node process.
  todo('1.6', 'survive');
}
