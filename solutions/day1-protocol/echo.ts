import type { WebSocket } from 'ws';

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
  socket.send(isBinary ? data : `Server received: ${data}`);
}

/** Keeps the process alive when this peer breaks the protocol. ws closes the connection; your part is to listen, at once and for good. */
export function survive(socket: WebSocket): void {
  socket.on('error', (error) => console.error(`Connection closed: ${error.message}`));
}
