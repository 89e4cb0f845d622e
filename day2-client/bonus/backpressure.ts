/*
 * What you have
 *
 *   socket.readyState: number       CONNECTING is 0, OPEN 1, CLOSING 2, CLOSED 3. The constant OPEN is imported below
 *   socket.bufferedAmount: number   how many bytes were passed to `send` and have not left yet
 *   socket.send(text): void         sends. It never waits: what the network can't take yet stays in memory
 */
import { OPEN, type Socket } from '#day2/given/base-client.ts';
import { todo } from '#tools/todo.ts';

/**
 * Sends a text, unless too many bytes are already waiting to leave. It is for messages that are soon out of date, such as a mouse position.
 *
 * @param limit how many bytes may be waiting before this text. Exactly `limit` bytes are still fine; with 0, nothing may wait
 * @returns whether it sent the text: false if the socket isn't OPEN or too much is waiting, and then it won't send it later
 */
export function sendUnlessBusy(
  socket: Pick<Socket, 'readyState' | 'bufferedAmount' | 'send'>,
  text: string,
  limit: number,
): boolean {
  // TODO 2.c So far this sends nothing.
  //   1. If the socket isn't OPEN, or more than `limit` bytes are waiting, return false.
  //   2. Otherwise send the text, and return true.
  todo('2.c', 'sendUnlessBusy');
  return false; // a placeholder, so that the rest works meanwhile: remove it, too
}
