/*
 * What you have
 *
 *   this.outgoing(socket)               what goes out to this client at the end of the turn
 *     .add(frame: Uint8Array)           adds a frame to it
 *     .waiting: number                  how many bytes were already waiting for this client when the turn began
 *   this.limit: number                  how many may wait
 *   this.text, this.frame               yours to set: the last text, and its frame; both are undefined when a turn begins
 *   encodeFrame(opcode, payload)        the frame with these bytes (a Uint8Array), from bonus 1.b
 *   OPCODES.text                        the constant 1
 *   Buffer.from(text)                   the bytes of a text
 */
import { WebSocket } from 'ws';
import { OPCODES } from '#day1/given/rfc6455.ts';
import { Batching } from '#day5/given/for-bonus/batching.ts';
import { encodeFrame } from '#solutions/day1-protocol/bonus/encode.ts';
import { todo } from '#tools/todo.ts';

/** Writes to each client once per turn of the event loop. All clients get the same bytes, which are made once. */
export class BatchedWriter extends Batching {
  /**
   * Adds a text message for a client, which is written when the turn is over. A broadcast calls it for each client, one after the other:
   * if the text is the same as in the last call of this turn, uses the same frame again. Does nothing if the socket isn't OPEN. If more
   * than this.limit bytes were already waiting for this client when the turn began, closes its connection with 1013 instead.
   */
  write(socket: WebSocket, text: string): void {
    // TODO 5.d
    //   1. Do nothing if the socket isn't open. If the client is too slow, close the connection.
    //   2. If this is not the text of the last call, make its frame, and keep both.
    //   3. Add the frame to what goes out.
    todo('5.d', 'BatchedWriter.write');
  }
}
