/** A real WebSocket client (ws). It remembers what arrived, and when a wait fails, it says what it waited for. */
import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import { show } from './exercise.ts';
import { Finding, onCleanUp } from './running.ts';
import { within } from './within.ts';

export interface Message {
  isBinary: boolean;
  bytes: Buffer;
  /** the bytes as UTF-8 */
  text: string;
}

export class Client {
  readonly socket: WebSocket;
  /** each message since the connection opened */
  readonly received: Message[] = [];
  /** how many pings the server has sent */
  pings = 0;
  /** set once the connection is closed */
  closedWith: { code: number; reason: string } | undefined;
  /** what this client found wrong with the server's bytes */
  trouble: string | undefined;
  #taken = 0;
  #fences = 0;
  #wake: (() => void)[] = [];

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data, isBinary) => {
      this.received.push({ isBinary, bytes: data as Buffer, text: String(data) });
      this.#changed();
    });
    socket.on('ping', () => this.pings++);
    socket.on('close', (code, reason) => {
      this.closedWith = { code, reason: String(reason) };
      this.#changed();
    });
    socket.on('error', (error) => (this.trouble = error.message)); // 'close' follows
  }

  #changed(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  send(data: string | Uint8Array): void {
    this.socket.send(data);
  }

  /** What arrived, in words. */
  story(): string {
    const last = this.received
      .slice(-3)
      .map((message) => (message.isBinary ? `binary, ${show(message.bytes)}` : show(message.text)));
    const came = last.length
      ? `The client last received ${last.join(', then ')}.`
      : 'The client received nothing at all.';
    if (this.trouble)
      return `${came} Then the client gave up, because the server's bytes break the protocol: ${this.trouble}.`;
    return this.closedWith
      ? `${came} The connection is closed, with code ${this.closedWith.code}.`
      : `${came} The connection is open.`;
  }

  /** The next message that nobody has taken yet. @param what it is, in words */
  async next(what: string): Promise<Message> {
    while (this.#taken >= this.received.length) {
      if (this.closedWith) throw new Finding(`The check waited for ${what}, but the connection ended. ${this.story()}`);
      await within(new Promise<void>((wake) => this.#wake.push(wake)), what, () => this.story());
    }
    return this.received[this.#taken++];
  }

  /**
   * Waits until everything that was sent before has been handled: sends a text, and waits for the answer to it.
   *
   * @param send text that the application answers; by default one that an echo answers
   * @param isAnswer recognises the answer; by default it contains the text
   * @returns the messages that came before the answer and that nobody had taken
   */
  async fence(
    send = `fence ${++this.#fences}`,
    isAnswer = (message: Message): boolean => message.text.includes(send),
  ): Promise<Message[]> {
    this.send(send);
    const before: Message[] = [];
    for (;;) {
      const message = await this.next(`an answer to ${show(send)}, the last thing that this check sends`);
      if (isAnswer(message)) return before;
      before.push(message);
    }
  }

  /** Resolves with the close code once the connection is closed. */
  async closed(what = 'the end of the connection'): Promise<{ code: number; reason: string }> {
    while (!this.closedWith) await within(new Promise<void>((wake) => this.#wake.push(wake)), what, () => this.story());
    return this.closedWith;
  }
}

/**
 * Connects, and waits until the connection is open.
 *
 * @param url such as `ws://127.0.0.1:43210`
 * @param options ws's options: `headers`, `origin`; `autoPong: false` makes a peer that never answers a ping
 */
export async function connect(url: string, options: ClientOptions & { protocols?: string[] } = {}): Promise<Client> {
  const socket = new WebSocket(url, options.protocols ?? [], { perMessageDeflate: false, ...options });
  onCleanUp(() => socket.terminate());
  const client = new Client(socket);
  const opened = Promise.race([
    once(socket, 'open'),
    once(socket, 'close').then(() => {
      throw new Finding(`The connection to ${url} was refused, or closed before it opened.`);
    }),
  ]);
  await within(opened, 'the open connection', () => client.story());
  return client;
}
