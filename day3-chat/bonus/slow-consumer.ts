import { WebSocket } from 'ws';
import { LIMITS } from '#day3/given/limits.ts';
import { todo } from '#tools/todo.ts';

/**
 * Sends a text, unless too much is waiting for this client already: then it is told 1013 (try again later) and sent no more.
 * What ws cannot write yet it keeps in memory, without a limit of its own.
 *
 * @param limit of `socket.bufferedAmount`, in bytes; whether this text counts too is up to you, but where nothing waits it goes
 */
export function sendOrClose(socket: WebSocket, text: string, limit: number = LIMITS.buffered): void {
  // TODO 3.c `socket.bufferedAmount` says how many bytes wait.
  todo('3.c', 'sendOrClose');
  socket.send(text);
}
