import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { encodeFrame } from '#day1/bonus/encode.ts';
import { checkUpgrade } from '#day1/bonus/upgrade.ts';
import { decodeFrame, readLength } from '#day1/frames.ts';
import { inspectedServer } from '#day1/given/inspector/inspected-server.ts';
import { OPCODES, ProtocolError, type Frame } from '#day1/given/rfc6455.ts';
import { Todo } from '#tools/todo.ts';

/** Called with each frame of a client, in order, once it is complete, and if it is allowed at this point. */
export type AnswerFrame = (frame: Frame, connection: RawConnection) => void;

// Without limits, one client can fill the server's memory.
const MAX_MESSAGE = 1024 * 1024; // bytes
const MAX_FRAGMENTS = 16_384; // of one message, the same as in ws: even an empty fragment takes memory
const MAX_HEADER = 14; // bytes, the longest form with its masking key
const CLOSE_TIMEOUT_MS = 30_000; // the same as in ws

/** One WebSocket on a bare TCP connection, from the 101 on. */
export class RawConnection {
  /** The frames of a message that isn't complete yet. Only `answer` fills and empties it. */
  fragments: Frame[] = [];
  readonly #socket: Duplex;
  readonly #answer: AnswerFrame;
  readonly #closeTimeoutMs: number;
  #chunks: Uint8Array[] = [];
  #waiting = 0; // bytes in #chunks
  #needed = 2; // bytes until there is something to decode
  #insideMessage = false;
  #messageSize = 0;
  #messageParts = 0;
  #closed = false;

  constructor(socket: Duplex, answer: AnswerFrame, closeTimeoutMs = CLOSE_TIMEOUT_MS) {
    this.#socket = socket;
    this.#answer = answer;
    this.#closeTimeoutMs = closeTimeoutMs;
  }

  /** Sends one frame, unless the connection was closed. */
  send(opcode: number, payload: Uint8Array): void {
    if (!this.#closed) this.#socket.write(encodeFrame(opcode, payload));
  }

  /**
   * Sends the close frame and ends the TCP connection, which is the server's part (RFC 6455 §7.1.1).
   *
   * @param payload of the close frame: two bytes of the code, then the reason; or nothing
   */
  close(payload: Uint8Array): void {
    if (this.#closed) return;
    this.send(OPCODES.close, payload);
    this.#closed = true;
    this.#chunks = [];
    this.fragments = [];
    endWithin(this.#socket, this.#closeTimeoutMs);
  }

  /** Takes bytes from the network: part of a frame, or many frames. TCP keeps their order, but knows nothing of frames. */
  receive(chunk: Uint8Array): void {
    if (this.#closed) return; // what comes after a close frame is discarded (RFC 6455 §1.4)
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    if (this.#waiting < this.#needed) return; // joining the pieces each time would copy a large frame again and again
    try {
      this.#readFrames();
    } catch (error) {
      if (!(error instanceof ProtocolError)) return giveUp(this.#socket, error);
      this.close(Buffer.from([error.code >> 8, error.code & 0xff]));
    }
    // A client that asks and doesn't read its answers is not read either: the answers wait in this process's memory.
    if (!this.#closed && this.#socket.writableNeedDrain) {
      this.#socket.pause();
      this.#socket.once('drain', () => this.#socket.resume());
    }
  }

  #readFrames(): void {
    let bytes: Uint8Array = Buffer.concat(this.#chunks);
    while (!this.#closed) {
      const frame = decodeFrame(bytes, 'client');
      if (!frame) break;
      bytes = bytes.subarray(frame.size);
      if (frame.opcode < 8) this.#checkOrder(frame);
      if (frame.opcode === OPCODES.close) checkClose(frame.payload);
      this.#answer(frame, this);
    }
    if (this.#closed) return;
    const read = readLength(bytes);
    if (read && read.length > MAX_MESSAGE) throw new ProtocolError(1009, 'a frame over the limit');
    this.#needed = read ? read.next + 4 + read.length : Math.min(bytes.length + 1, MAX_HEADER);
    this.#chunks = [bytes];
    this.#waiting = bytes.length;
  }

  #checkOrder({ opcode, fin, length }: Frame): void {
    const continues = opcode === OPCODES.continuation;
    if (continues && !this.#insideMessage) throw new ProtocolError(1002, 'a continuation without a message');
    if (!continues && this.#insideMessage) throw new ProtocolError(1002, 'a new message inside another');
    this.#messageSize = continues ? this.#messageSize + length : length;
    this.#messageParts = continues ? this.#messageParts + 1 : 1;
    if (this.#messageSize > MAX_MESSAGE) throw new ProtocolError(1009, 'a message over the limit');
    if (this.#messageParts > MAX_FRAGMENTS) throw new ProtocolError(1008, 'too many fragments');
    this.#insideMessage = !fin;
  }
}

/** Ends our half of the TCP connection. If the peer doesn't end its own half in time, the connection is destroyed. */
function endWithin(socket: Duplex, ms: number): void {
  const timer = setTimeout(() => socket.destroy(), ms);
  socket.once('close', () => clearTimeout(timer));
  socket.resume(); // unread bytes would hide the peer's end
  socket.end();
}

/** The text of a whole message. Throws ProtocolError with code 1007 if it isn't valid UTF-8 (RFC 6455 §8.1). */
export function readText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ProtocolError(1007, 'not UTF-8');
  }
}

/** A close frame has no payload, or a code that may be sent and a reason in UTF-8 (RFC 6455 §5.5.1, 7.4). */
function checkClose(payload: Uint8Array): void {
  if (payload.length === 0) return;
  const code = payload.length === 1 ? 0 : payload[0] * 256 + payload[1];
  const standard = code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006);
  if (!standard && !(code >= 3000 && code <= 4999)) throw new ProtocolError(1002, `close code ${code}`);
  readText(payload.subarray(2));
}

/**
 * A server, not yet listening. A request for an upgrade gets a `RawConnection` and a greeting, any other request the day's page.
 *
 * @param closeTimeoutMs how long a closed connection waits for the peer to end its half, in milliseconds
 */
export function rawServer(answer: AnswerFrame, closeTimeoutMs = CLOSE_TIMEOUT_MS): Server {
  const server = inspectedServer(import.meta.url, { folder: '../../page' });
  server.on('upgrade', (request, socket, head) => {
    // If a peer resets the connection, the socket emits 'error'. Without a listener that would end the process.
    socket.on('error', () => socket.destroy());
    // An HTTP server leaves its half of the connection open when the client has ended its own.
    socket.on('end', () => socket.end());
    try {
      open(request, socket, head, new RawConnection(socket, answer, closeTimeoutMs), closeTimeoutMs);
    } catch (error) {
      giveUp(socket, error);
    }
  });
  return server;
}

function open(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  connection: RawConnection,
  closeTimeoutMs: number,
): void {
  const { status, headers } = checkUpgrade(request);
  // A message with Upgrade also lists it in Connection (RFC 9110 §7.8).
  const close = headers.Upgrade ? 'close, Upgrade' : 'close';
  const all = status === 101 ? headers : { ...headers, Connection: close, 'Content-Length': '0' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`);
  if (status !== 101) return endWithin(socket, closeTimeoutMs);

  connection.send(OPCODES.text, Buffer.from('Welcome! Connection established.'));
  socket.on('data', (chunk: Buffer) => connection.receive(chunk));
  connection.receive(head);
}

/** If an exercise isn't written yet, prints one line and cuts the connection. Anything else is a bug, and is thrown on. */
function giveUp(socket: Duplex, error: unknown): void {
  socket.destroy();
  if (!(error instanceof Todo)) throw error;
  console.error(error.message);
}
