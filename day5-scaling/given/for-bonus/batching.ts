import type { WebSocket, WebSocketServer } from 'ws';
import { LIMITS } from '#day3/given/limits.ts';
import { Batch } from '#day5/given/for-bonus/batch.ts';
import { BatchedSocket } from '#day5/given/for-bonus/batched-socket.ts';
import type { Writer } from '#day5/given/internals/node-options.ts';

/** Collects frames, and writes them to each client at once when the turn of the event loop is over. You write how a text becomes a frame. */
export abstract class Batching implements Writer {
  /** how many bytes may have been waiting for a client when the turn began */
  readonly limit: number;
  /** the text that was written last in this turn, to any client */
  text: string | undefined;
  /** the frame of that text */
  frame: Uint8Array | undefined;
  /** those that have got something in this turn */
  #busy: BatchedSocket[] = [];
  #turn = 1;
  #empty = new Batch();
  #end: ReturnType<typeof setImmediate> | undefined;

  /**
   * @param wss the server whose clients these are; none of them has connected yet
   * @throws Error if the server compresses messages: these frames are not compressed
   */
  constructor(wss: WebSocketServer, { limit = LIMITS.buffered } = {}) {
    if (wss.options.perMessageDeflate)
      throw new Error(
        'The batched writer does not work with permessage-deflate: it writes one frame to all clients, and with compression each client needs its own. Set perMessageDeflate: false.',
      );
    this.limit = limit;
    wss.options.WebSocket = BatchedSocket; // ws makes its sockets with this class from now on
    wss.on('connection', (socket, request) => {
      if (socket instanceof BatchedSocket) socket.open(request.socket);
    });
  }

  abstract write(socket: WebSocket, text: string): void;

  /** What goes out to a client. It is written at the end of this turn. @throws Error if the client had connected before this writer was made */
  outgoing(socket: WebSocket): { readonly waiting: number; add(frame: Uint8Array): void } {
    if (!(socket instanceof BatchedSocket))
      throw new Error('This client had connected before the batched writer was made.');
    if (socket.turn !== this.#turn) {
      this.#end ??= setImmediate(() => this.#flush());
      this.#busy.push(socket);
      socket.begin(this.#turn, this.#empty);
    }
    return socket;
  }

  /** Makes sure that the writes that are scheduled for the end of this turn already, for example to Redis, come first. */
  putOff(): void {
    if (!this.#end) return;
    clearImmediate(this.#end);
    this.#end = setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#end = undefined;
    const busy = this.#busy;
    this.#busy = [];
    this.#turn++;
    this.#empty = new Batch(); // the old one keeps frames in memory
    this.text = this.frame = undefined;
    for (const socket of busy) socket.flush();
  }
}
