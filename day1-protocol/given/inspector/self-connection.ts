import { connect, type Socket } from 'node:net';

const MAX_WAITING = 1024 * 1024; // bytes

const HANDSHAKE =
  'Upgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

/**
 * A WebSocket that the server opens to itself, on bare TCP. After the handshake it sends the bytes that it is given, whatever
 * they are. It reads nothing and answers nothing, not even a ping.
 */
export class SelfConnection {
  readonly #socket: Socket;
  readonly #answered: Promise<unknown>;

  /**
   * @param port of the server
   * @param path of the request, such as `/?watch=…`
   */
  constructor(port: number, path: string) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('error', () => {}); // 'close' follows
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\n${HANDSHAKE}`);
    this.#answered = new Promise((resolve) => this.#socket.once('data', resolve));
  }

  get isOpen(): boolean {
    return this.#socket.writable;
  }

  /** Sends the bytes, once the handshake has been answered. If too many are waiting already, the connection ends. */
  send(bytes: Uint8Array): void {
    if (this.#socket.writableLength > MAX_WAITING) return this.end();
    void this.#answered.then(() => this.isOpen && this.#socket.write(bytes));
  }

  /** Calls `listener` when the connection is gone. */
  onClose(listener: () => void): void {
    this.#socket.on('close', listener);
  }

  end(): void {
    this.#socket.destroy();
  }
}
