/** A connection to a Redis, or to the stand-in, that writes bytes and keeps everything that arrives. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A command as clients send it; each word a string, sent as UTF-8, or bytes. */
export function command(...words: (string | Uint8Array)[]): Buffer {
  const bulks = words.map((word) =>
    Buffer.concat([Buffer.from(`$${Buffer.byteLength(word)}\r\n`), Buffer.from(word as string), Buffer.from('\r\n')]),
  );
  return Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...bulks]);
}

export class RawRedis {
  readonly socket: Socket;
  /** everything that arrived since the last `take`; one character per byte */
  got = '';
  #closed = false;
  #fences = 0;
  #wake = (): void => {};

  private constructor(socket: Socket) {
    this.socket = socket.setNoDelay().setEncoding('latin1');
    socket.on('data', (text) => {
      this.got += text;
      this.#wake();
    });
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  static async open(port: number): Promise<RawRedis> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawRedis(socket);
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Waits until `there` is true for what has arrived, or the connection closes. Returns everything; " (closed)" is added if it closed. */
  async take(there: (got: string) => boolean): Promise<string> {
    while (!there(this.got) && !this.#closed) await new Promise<void>((resolve) => (this.#wake = resolve));
    const all = this.got + (this.#closed ? '(closed)' : '');
    this.got = '';
    return all;
  }

  /** Waits until the other side has closed the connection. Returns everything that arrived. */
  end(): Promise<string> {
    return this.take(() => false);
  }

  /** The answers to everything that was written: sends a PING, and takes what arrives before its answer. */
  async answers(): Promise<string> {
    if (this.#closed) return this.take(() => true);
    const fence = `fence ${++this.#fences}`;
    this.write(command('PING', fence));
    const all = await this.take((got) => got.endsWith(`${fence}\r\n`));
    // In RESP2 a subscribed connection gets ["pong", fence].
    return all.replace(new RegExp(`(\\*2\\r\\n\\$4\\r\\npong\\r\\n)?\\$\\d+\\r\\n${fence}\\r\\n$`), '');
  }

  close(): void {
    this.socket.destroy();
  }
}
