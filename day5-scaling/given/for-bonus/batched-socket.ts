import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { Batch } from '#day5/given/for-bonus/batch.ts';
import { readLength } from '#solutions/day1-protocol/frames.ts';

type Send = (data: unknown, ...rest: unknown[]) => void;

/**
 * The frames that wait for one client until the end of the turn. ws writes to the same connection: pongs, close frames, and whatever is
 * sent with `socket.send`. Before ws writes something, the frames that wait go out, so everything arrives in the order in which it was sent.
 */
export class Outgoing {
  /** how many bytes were already waiting for this client when the turn began */
  waiting = 0;
  readonly #socket: WebSocket;
  readonly #connection: Socket;
  readonly #send: Send;
  #batch: Batch | undefined;
  /** true after a fragment that isn't the last one of its message: no other message may come between (RFC 6455 §5.4) */
  #isInMessage = false;

  /** @param connection the TCP connection of this socket */
  constructor(socket: WebSocket, connection: Socket) {
    this.#socket = socket;
    this.#connection = connection;
    this.#send = socket.send.bind(socket) as Send;
    const send: Send = (data, options, ...rest) => {
      this.flush();
      this.#send(data, options, ...rest);
      this.#isInMessage = (options as { fin?: boolean } | undefined)?.fin === false;
      this.flush();
    };
    socket.send = send as WebSocket['send'];
    for (const method of ['ping', 'pong', 'close'] as const) {
      const original = socket[method].bind(socket) as (...args: unknown[]) => void;
      socket[method] = (...args: unknown[]) => {
        this.flush();
        original(...args);
      };
    }
    connection.prependListener('end', () => this.flush()); // ws ends the connection when the client does
  }

  /** Call it once per turn, before anything is added. @param empty an empty batch. Clients with the same one share what they both get */
  begin(empty: Batch): void {
    this.waiting = this.#socket.bufferedAmount + (this.#batch?.size ?? 0);
    this.#batch ??= empty;
  }

  /** Adds a frame. */
  add(frame: Uint8Array): void {
    if (!this.#isInMessage && this.#isWsBusy()) this.#sendWithWs(frame);
    else this.#batch = (this.#batch ?? new Batch()).with(frame);
  }

  /** Writes all frames at once. Between the fragments of a message they wait for its end. */
  flush(): void {
    const batch = this.#batch;
    if (!batch || this.#isInMessage) return;
    this.#batch = undefined;
    if (batch.size === 0 || !this.#connection.writable) return;
    if (this.#isWsBusy()) for (const frame of batch.frames) this.#sendWithWs(frame);
    else this.#connection.write(batch.bytes);
  }

  /** Whether ws still reads a Blob. What was sent after it waits within ws, and keeps its order only there. */
  #isWsBusy(): boolean {
    return this.#socket.bufferedAmount > this.#connection.writableLength;
  }

  #sendWithWs(frame: Uint8Array): void {
    this.#send(frame.subarray(readLength(frame)!.next), { binary: (frame[0] & 0x0f) === 2 });
  }
}
