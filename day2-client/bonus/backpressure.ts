import { todo } from '#tools/todo.ts';
import { OPEN, type Socket } from '#day2/given/base-client.ts';

/**
 * Sends, unless too much is waiting already: for what is soon outdated, such as a mouse's position.
 *
 * @param socket a WebSocket; `bufferedAmount` counts the payload bytes that have not left yet
 * @param text the message
 * @param limit of bytes that may wait, the new message not counted; equal to the limit is still fine
 * @returns whether it was handed over; if not, it is not sent later either
 */
export function sendUnlessBusy(
  socket: Pick<Socket, 'readyState' | 'bufferedAmount' | 'send'>,
  text: string,
  limit: number,
): boolean {
  // TODO 2.c Two questions before `socket.send(text)`.
  todo('2.c', 'sendUnlessBusy');
  return false;
}
