import { WebSocket } from 'ws';
import { OPCODES } from '#day1/given/rfc6455.ts';
import { Batching } from '#day5/given/for-bonus/batching.ts';
import { encodeFrame } from '#solutions/day1-protocol/bonus/encode.ts';

/** Writes to each client once per turn of the event loop. All clients get the same bytes, which are made once. */
export class BatchedWriter extends Batching {
  /**
   * Adds a text message for a client, which is written when the turn is over. A broadcast calls it for each client, one after the other:
   * if the text is the same as in the last call of this turn, uses the same frame again. Does nothing if the socket isn't OPEN. If more
   * than this.limit bytes were already waiting for this client when the turn began, closes its connection with 1013 instead.
   */
  write(socket: WebSocket, text: string): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    const outgoing = this.outgoing(socket);
    if (outgoing.waiting > this.limit) return socket.close(1013, 'too slow');
    if (this.frame === undefined || text !== this.text) this.frame = encodeFrame(OPCODES.text, Buffer.from(text));
    this.text = text;
    outgoing.add(this.frame);
  }
}
