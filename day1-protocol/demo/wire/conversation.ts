import type { Sender } from '#day1/rfc6455.ts';
import type { Read } from './decoder.ts';
import { describeFrame, type MessageState } from './describe.ts';
import type { Address } from './options.ts';
import { Splitter } from './splitter.ts';
import { arrow, paint, safe } from './style.ts';

/** Prints the lines of one event. */
export type Print = (text: string) => void;

/** One direction of a connection. */
interface Direction {
  /** that have passed */
  bytes: number;
  /** that have been shown: the handshake and whole frames */
  shown: number;
  frames: number;
  /** the bytes of an HTTP head that has no end yet, or what came before it was clear what it is */
  waiting: Buffer;
  /** of an HTTP body that is not shown */
  skip: number;
  splitter: Splitter;
  message: MessageState;
}

const direction = (): Direction => ({ bytes: 0, shown: 0, frames: 0, waiting: Buffer.alloc(0), skip: 0, splitter: new Splitter(), message: {} });
const LONGEST_HEAD = 64 * 1024;

/** What is said on one TCP connection: HTTP at first, and after a 101 frames. It only looks on. */
export class Conversation {
  readonly #name: string;
  readonly #read: Read;
  readonly #print: Print;
  readonly #client = direction();
  readonly #server = direction();
  /** `asked`: the client has asked for the upgrade; `unread`: nothing that this tap can read */
  #state: 'http' | 'asked' | 'websocket' | 'unread' = 'http';
  #compression = false;
  #isOver = false;

  constructor(number: number, read: Read, print: Print) {
    this.#name = `#${number}`;
    this.#read = read;
    this.#print = print;
  }

  /** Takes bytes that `who` has sent, and prints what they complete. Never throws. */
  take(who: Sender, chunk: Buffer): void {
    const side = this.#side(who);
    side.bytes += chunk.length;
    try {
      if (this.#state === 'websocket') return this.#frames(who, chunk);
      if (this.#state === 'unread' || (who === 'server' && this.#state === 'http')) return;
      side.waiting = Buffer.concat([side.waiting, chunk]);
      this.#heads();
    } catch (error) {
      this.#stopReading(`The tap itself failed here: ${error}. The bytes go on.`);
    }
  }

  /** `who` has ended its half of the TCP connection. */
  ended(who: Sender): void {
    if (this.#state === 'websocket') this.#say(who, 'ends its half of the TCP connection (FIN)');
  }

  failed(who: Sender, error: NodeJS.ErrnoException): void {
    this.#say(who, error.code === 'ECONNRESET' ? 'resets the TCP connection (RST)' : `loses the TCP connection: ${error.message}`);
  }

  notReached(to: Address, error: NodeJS.ErrnoException): void {
    const why = error.code === 'ECONNREFUSED' ? `Nobody listens on ${to.host}:${to.port}. Start the server there, or name another with --to.` : `${to.host}:${to.port} cannot be reached: ${error.message}`;
    this.#print(paint.problem(`${this.#name} ${why}`));
  }

  /** Both TCP connections are closed. */
  over(): void {
    if (this.#isOver || this.#state !== 'websocket') return;
    this.#isOver = true;
    const told = (who: Sender) => `${who} ${this.#side(who).frames} frames, ${this.#side(who).bytes} bytes with the handshake`;
    this.#print(`${this.#name} Over. ${told('client')}; ${told('server')}.\n`);
  }

  #side(who: Sender): Direction {
    return who === 'client' ? this.#client : this.#server;
  }

  #say(who: Sender, what: string): void {
    this.#print(`${this.#name} ${arrow(who)}  ${what}\n`);
  }

  #stopReading(why: string): void {
    this.#state = 'unread';
    this.#print(paint.problem(`${this.#name} ${why}`));
  }

  /** Reads HTTP as far as it has come. After each head something else may be next. */
  #heads(): void {
    while (this.#state === 'http' || this.#state === 'asked') {
      const who = this.#state === 'http' ? 'client' : 'server';
      const side = this.#side(who);
      const skipped = Math.min(side.skip, side.waiting.length);
      side.skip -= skipped;
      side.waiting = side.waiting.subarray(skipped);
      if (side.waiting[0] === 0x16) return this.#stopReading('This is TLS: https: or wss: is encrypted, and the tap cannot read it. The bytes pass through.');

      const end = side.waiting.indexOf('\r\n\r\n') + 4;
      if (end < 4 && side.waiting.length > LONGEST_HEAD) return this.#stopReading('This is not HTTP. The bytes pass through.');
      if (end < 4) return;
      const head = side.waiting.toString('latin1', 0, end);
      side.waiting = side.waiting.subarray(end);
      if (who === 'client') this.#request(head);
      else this.#response(head);
    }
  }

  #request(head: string): void {
    const [first, ...fields] = head.trimEnd().split('\r\n');
    const field = (name: string) => fields.find((line) => line.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 1).trim();
    if (field('upgrade')?.toLowerCase() === 'websocket') {
      this.#state = 'asked';
      return this.#handshake('client', head);
    }
    this.#print(paint.faint(`${this.#name} ${arrow('client')}  ${safe(first)}: plain HTTP, passed through`));
    this.#client.skip = Number(field('content-length') ?? 0);
    if (field('transfer-encoding')) this.#stopReading('A request in chunks: the rest of this connection is not shown.');
  }

  #response(head: string): void {
    this.#handshake('server', head);
    this.#compression = /^sec-websocket-extensions:.*permessage-deflate/im.test(head);
    if (this.#compression) this.#print(`   permessage-deflate is agreed: messages with RSV1 are compressed.\n`);
    const accepted = /^HTTP\/\d\.\d 101 /.test(head);
    this.#state = accepted ? 'websocket' : 'http';
    const { waiting } = this.#server;
    this.#server.waiting = Buffer.alloc(0);
    if (!accepted) return this.#print(paint.problem(`   Not 101: the connection stays HTTP.\n`));
    // Frames may share a TCP segment with the head in front of them.
    this.#frames('server', waiting);
    this.#frames('client', this.#client.waiting);
  }

  #handshake(who: Sender, head: string): void {
    this.#side(who).shown = head.length;
    const lines = head.trimEnd().split('\r\n').map((line) => `   ${safe(line)}`);
    this.#print([`${this.#name} ${arrow(who)}  ${paint.title('handshake')}, ${head.length} bytes`, ...lines, ''].join('\n'));
  }

  #frames(who: Sender, chunk: Buffer): void {
    const side = this.#side(who);
    for (const frame of side.splitter.push(chunk)) {
      const size = frame.bytes.length + (frame.tooLong ? frame.length : 0);
      side.frames++;
      side.shown += size;
      const reading = frame.tooLong ? { payload: undefined, remarks: [] } : this.#read(frame.bytes, who);
      const { title, lines } = describeFrame(frame, reading, side.message, this.#compression);
      this.#print([`${this.#name} ${arrow(who)}  ${paint.title(title)}. ${size} on the wire, ${side.shown} from the ${who} so far`, ...lines, ''].join('\n'));
    }
  }
}
