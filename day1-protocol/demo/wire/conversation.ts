import type { Sender } from '#day1/given/rfc6455.ts';
import type { Read } from './decoder.ts';
import { describeFrame, type MessageState } from './describe.ts';
import { linesOf, type Head } from './head.ts';
import { Opening, type Listener } from './opening.ts';
import type { Address } from './options.ts';
import { Splitter, type WireFrame } from './splitter.ts';
import { arrow, paint, safe } from './style.ts';

/** Prints the lines of one event. If it is a frame, `bytes` are the whole frame, as it travelled. */
export type Print = (text: string, bytes?: Uint8Array) => void;

/** What has come from one side. */
class Side {
  /** handshake and frames, in bytes */
  bytes = 0;
  frames = 0;
  readonly splitter = new Splitter();
  readonly message: MessageState = {};
}

/** Watches one TCP connection, HTTP at first and frames after the 101, and prints what it sees. */
export class Conversation implements Listener {
  readonly #name: string;
  readonly #read: Read;
  readonly #print: Print;
  readonly #opening = new Opening(this);
  readonly #sides = { client: new Side(), server: new Side() };
  #state: 'opening' | 'websocket' | 'unread' | 'over' = 'opening';
  #compression = false;

  constructor(number: number, read: Read, print: Print) {
    this.#name = `#${number}`;
    this.#read = read;
    this.#print = print;
  }

  /** Takes bytes that `who` has sent, and prints what they complete. Never throws: the connection must not depend on it. */
  take(who: Sender, chunk: Buffer): void {
    try {
      if (this.#state === 'opening') this.#opening.take(who, chunk);
      else if (this.#state === 'websocket') this.#frames(who, chunk);
    } catch (error) {
      this.unreadable(`The tap itself failed here: ${error}.`);
    }
  }

  /** `who` has ended its half of the TCP connection. */
  ended(who: Sender): void {
    if (this.#state === 'websocket') this.#say(who, 'ends its half of the TCP connection (FIN)');
  }

  failed(who: Sender, error: NodeJS.ErrnoException): void {
    if (this.#state !== 'websocket') return; // browsers drop connections that they opened in advance
    this.#say(
      who,
      error.code === 'ECONNRESET' ? 'resets the TCP connection (RST)' : `loses the TCP connection: ${error.message}`,
    );
  }

  notReached(to: Address, error: NodeJS.ErrnoException): void {
    const where = `${to.host}:${to.port}`;
    const why =
      error.code === 'ECONNREFUSED'
        ? `Nothing listens on ${where}: start the server, or give another port with --to.`
        : `${where} cannot be reached: ${error.message}.`;
    this.#print(paint.problem(`${this.#name} ${why}`));
  }

  /** Both TCP connections are closed. */
  over(): void {
    if (this.#state !== 'websocket') return;
    this.#state = 'over';
    const { client, server } = this.#sides;
    const told = (side: Side) => `${side.frames} frame${side.frames === 1 ? '' : 's'}, ${side.bytes} bytes`;
    this.#print(
      `${this.#name} Over. From the client ${told(client)}; from the server ${told(server)}.\n   The handshake is included.\n`,
    );
  }

  handshake(who: Sender, { text }: Head): void {
    this.#sides[who].bytes = text.length;
    this.#say(
      who,
      `${paint.title('handshake')}, ${text.length} bytes`,
      linesOf(text).map((line) => `   ${safe(line)}`),
    );
  }

  plain(requestLine: string): void {
    this.#print(paint.faint(`${this.#name} ${safe(requestLine)}: plain HTTP, passed through\n`));
  }

  refused(): void {
    this.#print(paint.problem('   Not 101: refused. The connection stays HTTP.\n'));
  }

  opened(compression: boolean, client: Buffer, server: Buffer): void {
    this.#state = 'websocket';
    this.#compression = compression;
    if (compression) this.#print('   permessage-deflate is agreed: a message with RSV1 set is compressed.\n');
    this.#frames('server', server);
    this.#frames('client', client);
  }

  unreadable(why: string): void {
    this.#state = 'unread';
    this.#print(paint.problem(`${this.#name} ${why} The bytes still pass, but they are no longer shown.\n`));
  }

  #frames(who: Sender, chunk: Buffer): void {
    for (const frame of this.#sides[who].splitter.push(chunk)) this.#frame(who, frame);
  }

  #frame(who: Sender, frame: WireFrame): void {
    const side = this.#sides[who];
    const size = frame.bytes.length + (frame.tooLong ? frame.length : 0);
    side.frames++;
    side.bytes += size;
    const reading = frame.tooLong ? { payload: undefined, remarks: [] } : this.#read(frame.bytes, who);
    const { title, lines } = describeFrame(frame, reading, side.message, this.#compression);
    this.#say(
      who,
      `${paint.title(title)}. ${size} on the wire, ${side.bytes} from the ${who} so far`,
      lines,
      frame.bytes,
    );
  }

  #say(who: Sender, what: string, lines: string[] = [], frame?: Uint8Array): void {
    this.#print([`${this.#name} ${arrow(who)}  ${what}`, ...lines, ''].join('\n'), frame);
  }
}
