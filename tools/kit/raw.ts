/** A TCP peer that sends any bytes, right or wrong, also those that no WebSocket library would send. */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { show } from './exercise.ts';
import { Finding, onCleanUp } from './running.ts';
import { within } from './within.ts';

export class RawPeer {
  readonly socket: Socket;
  /** everything that arrived and hasn't been taken yet */
  bytes = Buffer.alloc(0);
  /** true once the other side has ended the connection */
  ended = false;
  #wake: (() => void)[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (data) => {
      this.bytes = Buffer.concat([this.bytes, data]);
      this.#changed();
    });
    socket.on('close', () => {
      this.ended = true;
      this.#changed();
    });
    socket.on('error', () => {}); // 'close' comes next
  }

  #changed(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  write(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  story(): string {
    return `The client received ${show(this.bytes)}. The connection is ${this.ended ? 'closed' : 'open'}.`;
  }

  /** Takes the next `count` bytes. @param what they are, in words */
  async take(count: number, what: string): Promise<Buffer> {
    await this.#until(() => this.bytes.length >= count, what);
    const taken = this.bytes.subarray(0, count);
    this.bytes = this.bytes.subarray(count);
    return taken;
  }

  /** Takes everything up to and including `mark`, such as the empty line after an HTTP head. */
  async takeUntil(mark: string, what: string): Promise<string> {
    await this.#until(() => this.bytes.includes(mark), what);
    return String(await this.take(this.bytes.indexOf(mark) + mark.length, what));
  }

  /** Takes the next frame that a server sends (unmasked). */
  async takeFrame(what: string): Promise<{ fin: boolean; opcode: number; payload: Buffer }> {
    const [first, second] = await this.take(2, what);
    if (second >= 0x80) throw new Finding(`A server never masks its frames, but the one with ${what} is masked.`);
    const long = second === 126 ? await this.take(2, what) : second === 127 ? await this.take(8, what) : undefined;
    const length =
      long === undefined ? second : long.length === 2 ? long.readUInt16BE() : Number(long.readBigUInt64BE());
    return { fin: first >= 0x80, opcode: first & 15, payload: await this.take(length, what) };
  }

  /** Resolves when the other side has ended the connection, or sent something: whichever comes first. */
  async endOrBytes(what: string): Promise<void> {
    await this.#until(() => this.ended || this.bytes.length > 0, what, true);
  }

  /** Resolves when the other side has ended the connection. */
  async end(what: string): Promise<void> {
    await this.#until(() => this.ended, what, true);
  }

  async #until(there: () => boolean, what: string, endIsFine = false): Promise<void> {
    while (!there()) {
      if (this.ended && !endIsFine)
        throw new Finding(`The check waited for ${what}, but the connection ended. ${this.story()}`);
      await within(new Promise<void>((wake) => this.#wake.push(wake)), what, () => this.story());
    }
  }
}

/**
 * Opens a TCP connection.
 *
 * @param upgrade true: also does the opening handshake, and takes the 101
 * @param behind bytes to send in the same packet as the handshake
 */
export async function rawConnect(
  port: number,
  { upgrade = true, behind = Buffer.alloc(0) as Uint8Array } = {},
): Promise<RawPeer> {
  const socket = connectTcp(port, '127.0.0.1');
  onCleanUp(() => void socket.destroy());
  const peer = new RawPeer(socket);
  await within(once(socket, 'connect'), 'the TCP connection', () => peer.story());
  if (!upgrade) return peer;
  const request =
    'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';
  peer.write(Buffer.concat([Buffer.from(request), behind]));
  const head = await peer.takeUntil('\r\n\r\n', 'the answer to the handshake');
  if (!head.startsWith('HTTP/1.1 101 '))
    throw new Finding(`The handshake was answered with "${head.split('\r\n')[0]}", not with 101.`);
  return peer;
}

/**
 * One frame, right or wrong, as bytes (RFC 6455 §5.2), in the shortest length form.
 *
 * @param opcode 1 text, 2 binary, 8 close, 9 ping, 10 pong
 * @param shape what differs from a client's whole frame; `masked: false` makes a server's
 */
export function frame(
  opcode: number,
  payload: Uint8Array | string = '',
  { fin = true, rsv = 0, masked = true, key = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d) } = {},
): Buffer {
  const data = Buffer.from(payload as string);
  const mask = masked ? 0x80 : 0;
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const head = Buffer.alloc(data.length < 126 ? 2 : data.length < 65_536 ? 4 : 10);
  head[0] = first;
  head[1] = mask | (head.length === 2 ? data.length : head.length === 4 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(data.length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(data.length), 2);
  if (!masked) return Buffer.concat([head, data]);
  return Buffer.concat([head, key, data.map((byte, i) => byte ^ key[i % 4])]);
}
