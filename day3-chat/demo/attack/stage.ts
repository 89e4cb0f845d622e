import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Chat } from '#day3/chat.ts';
import type { ChatServer, ChatServerOptions } from '#day3/given/internals/chat-server.ts';
import { Tokens } from '#day3/given/tokens.ts';
import { colour } from '#tools/serve/colour.ts';
import { pageHandler } from '#tools/serve.ts';

export interface Options {
  /** messages per second, all bots together */
  rate: number;
  bots: number;
  /** per attack */
  seconds: number;
  /** makes the chat that is attacked */
  createApp: (options: ChatServerOptions) => App;
}

type App = ChatServer & { chat: Chat };

/** The chat, its bots, and the two people whose conversation must not suffer. */
export class Stage {
  readonly options: Options;
  readonly app: App;
  readonly tokens: Tokens;
  readonly said: string[] = [];
  readonly heard: string[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  url = '';
  /** the address of the chat's page */
  page = '';
  /** the server's answers to the hostile client, and how often each came */
  answers = new Map<string, number>();
  #wait: number[] = [];
  #sentAt = new Map<string, number>();

  constructor(options: Options) {
    this.options = options;
    this.tokens = new Tokens();
    this.app = options.createApp({ tokens: this.tokens, page: pageHandler(import.meta.resolve('../../server.ts')) });
  }

  /** A stage on which nobody is yet. */
  static async empty(options: Options): Promise<Stage> {
    const stage = new Stage(options);
    stage.app.server.listen(0, '127.0.0.1');
    await once(stage.app.server, 'listening');
    const { port } = stage.app.server.address() as AddressInfo;
    stage.url = `ws://127.0.0.1:${port}`;
    stage.page = `http://127.0.0.1:${port}`;
    return stage;
  }

  static async open(options: Options): Promise<Stage> {
    const stage = await Stage.empty(options);
    const bots = await Promise.all(Array.from({ length: options.bots }, (_, i) => stage.enter(`Bot ${i + 1}`)));
    const ann = await stage.enter('Ann');
    const bob = await stage.enter('Bob');
    bob.on('message', (data) => stage.#hear(String(data)));
    let turn = 0;
    stage.#every(1000 / options.rate, () =>
      bots[turn++ % bots.length].send(`{"type":"chat","text":"Bot's word ${turn}"}`),
    );
    stage.#every(250, () => stage.#say(ann));
    return stage;
  }

  /** Brings somebody into the lobby. */
  async enter(name: string): Promise<WebSocket> {
    const socket = this.connect(name);
    await once(socket, 'open');
    await this.join(socket, 'lobby');
    return socket;
  }

  /** Brings a connection into a room. The pong comes after the server has read the message, even if it doesn't answer to it. */
  async join(socket: WebSocket, room: string): Promise<void> {
    socket.send(JSON.stringify({ type: 'join', room }));
    socket.ping();
    await once(socket, 'pong');
  }

  /** A connection with a valid token. It isn't open yet. */
  connect(name: string, headers: Record<string, string> = {}): WebSocket {
    const socket = new WebSocket(this.url, ['chat', `token.${this.tokens.issue(name).token}`], {
      headers,
      perMessageDeflate: false,
    });
    socket.on('error', () => {}); // 'close' follows
    return socket;
  }

  /** Records what the server answered to the hostile client. */
  answer(words: string): void {
    this.answers.set(words, (this.answers.get(words) ?? 0) + 1);
  }

  /** One attack, and live below it how the healthy people are doing. @param ready is awaited before it begins */
  async play(
    name: string,
    scene: (seconds: number) => Promise<string | void>,
    ready = async (): Promise<void> => {},
  ): Promise<void> {
    console.log(colour.bold(`▸ ${name}`));
    await ready();
    this.answers = new Map();
    this.#wait = [];
    const [start, from] = [performance.now(), this.heard.length];
    const line = (): string =>
      `  Bob received ${this.heard.length - from} of Ann's messages, on average ${Math.round(this.#mean() * 10) / 10} ms after she sent them. Online: ${this.app.chat.rooms.users('lobby').length}.`;
    const drawing = process.stdout.isTTY
      ? setInterval(() => process.stdout.write(`\r\x1b[K${line()}`), 100)
      : undefined;
    const explanation = await scene(this.options.seconds);
    await pause(Math.max(0, this.options.seconds * 1000 - (performance.now() - start)));
    clearInterval(drawing);
    if (drawing) process.stdout.write('\r\x1b[K');
    for (const [answer, times] of this.answers)
      console.log(shown(`  the server answers ${times > 1 ? `${times} times ` : ''}${answer}`));
    if (explanation) console.log(`  ${explanation}`);
    console.log(`${line()}\n`);
  }

  /** Ends everything. @returns how many of Ann's messages didn't reach Bob once and in order */
  async close(): Promise<{ said: number; missing: number }> {
    for (const timer of this.#timers) clearInterval(timer);
    for (let i = 0; i < 50 && this.heard.length < this.said.length; i++) await pause(20);
    await this.app.stop(500);
    return {
      said: this.said.length,
      missing:
        Math.abs(this.heard.length - this.said.length) + this.said.filter((word, i) => this.heard[i] !== word).length,
    };
  }

  #every(ms: number, job: () => void): void {
    this.#timers.push(setInterval(job, ms));
  }

  #say(ann: WebSocket): void {
    const word = `Ann's word ${this.said.length + 1}`;
    this.said.push(word);
    this.#sentAt.set(word, performance.now());
    ann.send(JSON.stringify({ type: 'chat', text: word }));
  }

  #hear(data: string): void {
    const { type, name, text } = JSON.parse(data);
    if (type !== 'chat' || name !== 'Ann') return;
    this.heard.push(text);
    this.#wait.push(performance.now() - (this.#sentAt.get(text) ?? 0));
  }

  #mean(): number {
    return this.#wait.reduce((sum, ms) => sum + ms, 0) / (this.#wait.length || 1);
  }
}

/** An answer that is not what a chat should do stands out. */
const shown = (answer: string): string => (/broken!|let in!/.test(answer) ? colour.red(answer) : colour.green(answer));
