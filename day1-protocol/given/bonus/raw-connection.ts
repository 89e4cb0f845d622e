import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { encodeFrame } from '#day1/bonus/encode.ts';
import { checkUpgrade } from '#day1/bonus/upgrade.ts';
import { decodeFrame } from '#day1/frames.ts';
import { OPCODES, ProtocolError, type Frame } from '#day1/given/rfc6455.ts';
import { pageServer } from '#tools/serve.ts';
import { Todo } from '#tools/todo.ts';

/** Called with each frame of a client, in order, when it is all there and allowed where it stands. */
export type AnswerFrame = (frame: Frame, connection: RawConnection) => void;

const LIMIT = 1024 * 1024; // bytes of one message: who sets none lets one client fill the memory

/** One WebSocket on a bare TCP connection, from the 101 on. */
export class RawConnection {
  /** The data frames of a message that is not complete yet. Only `answer` fills and empties it. */
  fragments: Frame[] = [];
  readonly #socket: Duplex;
  readonly #answer: AnswerFrame;
  #bytes: Uint8Array = new Uint8Array();
  #insideMessage = false;
  #messageSize = 0;
  #closed = false;

  constructor(socket: Duplex, answer: AnswerFrame) {
    this.#socket = socket;
    this.#answer = answer;
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
    this.send(OPCODES.close, payload);
    this.#closed = true;
    this.#socket.end();
  }

  /** Takes what came from the network: a piece of a frame, or many frames. TCP keeps their order, not their borders. */
  receive(chunk: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    try {
      while (!this.#closed) {
        const frame = decodeFrame(this.#bytes, 'client');
        if (this.#bytes.length > LIMIT + 14 && !frame) throw new ProtocolError(1009, 'a frame over the limit');
        if (!frame) return;
        this.#bytes = this.#bytes.subarray(frame.size);
        if (frame.opcode < 8) this.#checkOrder(frame);
        if (frame.opcode === OPCODES.close) checkClose(frame.payload);
        this.#answer(frame, this);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) return giveUp(this.#socket, error);
      this.close(Buffer.from([error.code >> 8, error.code & 0xff]));
    }
  }

  #checkOrder({ opcode, fin, length }: Frame): void {
    const continues = opcode === OPCODES.continuation;
    if (continues && !this.#insideMessage) throw new ProtocolError(1002, 'a continuation of no message');
    if (!continues && this.#insideMessage) throw new ProtocolError(1002, 'a new message inside another');
    this.#messageSize = continues ? this.#messageSize + length : length;
    if (this.#messageSize > LIMIT) throw new ProtocolError(1009, 'a message over the limit');
    this.#insideMessage = !fin;
  }
}

/** The text of a whole message. Throws ProtocolError with code 1007 where it is not UTF-8 (RFC 6455 §8.1). */
export function readText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ProtocolError(1007, 'not UTF-8');
  }
}

/** RFC 6455 §5.5.1, 7.4: no payload, or a code that may be sent and a reason in UTF-8. */
function checkClose(payload: Uint8Array): void {
  if (payload.length === 0) return;
  const code = payload.length === 1 ? 0 : payload[0] * 256 + payload[1];
  const standard = code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006);
  if (!standard && !(code >= 3000 && code <= 4999)) throw new ProtocolError(1002, `close code ${code}`);
  readText(payload.subarray(2));
}

/** A server, not yet listening: a request for an upgrade gets a `RawConnection` and a greeting, any other the day's page. */
export function rawServer(answer: AnswerFrame): Server {
  const server = pageServer(import.meta.url, '../../page');
  server.on('upgrade', (request, socket, head) => {
    // A peer that resets the connection is an 'error' on the socket, and would end the process.
    socket.on('error', () => socket.destroy());
    // An http server leaves the connection half open when the client has ended its half.
    socket.on('end', () => socket.end());
    try {
      open(request, socket, head, answer);
    } catch (error) {
      giveUp(socket, error);
    }
  });
  return server;
}

function open(request: IncomingMessage, socket: Duplex, head: Buffer, answer: AnswerFrame): void {
  const { status, headers } = checkUpgrade(request);
  const all = status === 101 ? headers : { ...headers, Connection: 'close', 'Content-Length': '0' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`);
  if (status !== 101) return void socket.end();

  const connection = new RawConnection(socket, answer);
  connection.send(OPCODES.text, Buffer.from('Welcome! Connection established.'));
  socket.on('data', (chunk: Buffer) => connection.receive(chunk));
  connection.receive(head);
}

/** An exercise that is not written yet gets one line and its connection is cut; anything else is a bug, and is thrown on. */
function giveUp(socket: Duplex, error: unknown): void {
  socket.destroy();
  if (!(error instanceof Todo)) throw error;
  console.error(error.message);
}
