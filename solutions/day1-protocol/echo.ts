import type { WebSocket } from 'ws';

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
  // ws decides by the type: a Buffer goes out as binary, a string as text.
  socket.send(isBinary ? data : `Server received: ${data}`);
}

/**
 * Keeps the server running when this peer breaks the protocol, and prints the error's message on the console. ws closes the
 * connection by itself, and then emits 'error' on the socket. An 'error' event without a listener ends a Node process, so a
 * listener must be there before this function returns.
 */
export function survive(socket: WebSocket): void {
  // ws has already closed this connection. Without a listener, the event would end the process.
  socket.on('error', (error) => console.error(`Connection closed: ${error.message}`));
}
