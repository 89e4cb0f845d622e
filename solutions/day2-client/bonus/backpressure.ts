import { OPEN, type Socket } from '#day2/given/base-client.ts';

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
  // The state first: bufferedAmount is 0 on a new socket, and says nothing about whether it is open.
  if (socket.readyState !== OPEN || socket.bufferedAmount > limit) return false;
  socket.send(text);
  return true;
}
