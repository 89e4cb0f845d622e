import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { Batch } from '#day5/given/for-bonus/batch.ts';
import { readLength } from '#solutions/day1-protocol/frames.ts';

/**
 * A WebSocket of ws, with the frames that wait for its client until the end of the turn. ws itself writes to the same connection: pongs, close
 * frames, and what is sent with `send`. Before it does, the frames that wait go out, so everything arrives in the order in which it was sent.
 */
export class BatchedSocket extends WebSocket {
  /** how many bytes were already waiting for this client when the turn began */
  waiting = 0;
  /** the number of the last turn in which there was something for this client */
  turn = 0;
  #connection: Socket | undefined;
  #batch: Batch | undefined;
  /** true after a fragment that isn't the last one of its message: another message must not come between (RFC 6455 §5.4) */
  #isInMessage = false;

  /** Call it when the connection is open. @param connection the TCP connection of this socket */
  open(connection: Socket): void {
    this.#connection = connection;
    connection.prependListener('end', () => this.flush()); // ws ends the connection when the client does
  }

  /** Call it once per turn, before anything is added. @param empty an empty batch. Clients with the same one share what they both get */
  begin(turn: number, empty: Batch): void {
    this.turn = turn;
    this.waiting = this.bufferedAmount + (this.#batch?.size ?? 0);
    this.#batch ??= empty;
  }

  /** Adds a frame. */
  add(frame: Uint8Array): void {
    if (!this.#isInMessage && this.#isReading()) this.#sendWithWs(frame);
    else this.#batch = (this.#batch ?? new Batch()).with(frame);
  }

  /** Writes all frames at once. Between the fragments of a message they wait for its end. */
  flush(): void {
    const batch = this.#batch;
    if (!batch || this.#isInMessage) return;
    this.#batch = undefined;
    if (batch.size === 0 || !this.#connection?.writable) return;
    if (this.#isReading()) for (const frame of batch.frames) this.#sendWithWs(frame);
    else this.#connection.write(batch.bytes);
  }

  override send(...args: unknown[]): void {
    this.flush();
    super.send(...(args as Parameters<WebSocket['send']>));
    this.#isInMessage = (args[1] as { fin?: boolean } | undefined)?.fin === false;
    this.flush();
  }

  override ping(...args: Parameters<WebSocket['ping']>): void {
    this.flush();
    super.ping(...args);
  }

  override pong(...args: Parameters<WebSocket['pong']>): void {
    this.flush();
    super.pong(...args);
  }

  override close(...args: Parameters<WebSocket['close']>): void {
    this.flush();
    super.close(...args);
  }

  /** Whether ws still reads a Blob. Everything that was sent after it waits within ws, and keeps its order only there. */
  #isReading(): boolean {
    return this.bufferedAmount > this.#connection!.writableLength;
  }

  #sendWithWs(frame: Uint8Array): void {
    super.send(frame.subarray(readLength(frame)!.next), { binary: (frame[0] & 0x0f) === 2 });
  }
}
