import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Speech } from './contenders.ts';

/** From so many connections on, others come from other addresses of this machine: one address has about 28,000 ports. */
const PER_ADDRESS = 10_000;

/** How many handshakes are under way at once: a listening socket's queue is short. */
const AT_ONCE = 50;

/** How long to wait for the next delivery before the rest counts as lost. */
const PATIENCE_MS = 30_000;

/** Many clients of one server. */
export class Crowd {
  readonly sockets: WebSocket[] = [];
  readonly #connections: Socket[] = [];
  readonly speech: Speech;
  readonly #url: string;
  #heard = 0;
  #wanted = Infinity;
  #done: () => void = () => {};
  #lost: Error | undefined;
  #failed: (error: Error) => void = () => {};
  readonly #patienceMs: number;
  #patience: ReturnType<typeof setTimeout> | undefined;

  constructor(port: number, speech: Speech, patienceMs = PATIENCE_MS) {
    this.speech = speech;
    this.#patienceMs = patienceMs;
    this.#url = `ws://127.0.0.1:${port}${speech.path}`;
  }

  async grow(count: number): Promise<void> {
    const all = this.sockets.length + count;
    while (this.sockets.length < all) {
      const at = this.sockets.length;
      const some = Math.min(AT_ONCE, all - this.sockets.length);
      this.sockets.push(...(await Promise.all(Array.from({ length: some }, (_, i) => this.#connect(at + i)))));
    }
  }

  /**
   * Resolves when this many more deliveries have arrived, counted over all clients.
   *
   * @throws Error if a client loses its connection, or if a delivery is lost: then nothing arrives for a while
   */
  async hear(count: number): Promise<void> {
    if (this.#lost) throw this.#lost;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#wanted = count;
        this.#done = resolve;
        this.#failed = reject;
        this.#patience = setTimeout(() => {
          const heard = `${this.#heard.toLocaleString('en')} of ${count.toLocaleString('en')} deliveries came`;
          reject(new Error(`${heard}, and then none for ${this.#patienceMs / 1000} seconds: the others were lost.`));
        }, this.#patienceMs);
        this.#look();
      });
    } finally {
      clearTimeout(this.#patience);
      this.#patience = undefined;
    }
  }

  /**
   * Ends all connections at once, with a reset. A connection that is closed as usual keeps its port for a minute, and with thousands of
   * them the system has to search long for the next free one.
   */
  leave(): void {
    for (const connection of this.#connections) connection.resetAndDestroy();
  }

  #look(): void {
    if (this.#heard < this.#wanted) return;
    this.#heard -= this.#wanted;
    this.#wanted = Infinity;
    this.#done();
  }

  #connect(index: number): Promise<WebSocket> {
    const { protocols, join, ready, delivery, compressed } = this.speech;
    const socket = new WebSocket(this.#url, protocols, {
      perMessageDeflate: compressed ? { threshold: 0 } : false,
      localAddress: `127.0.0.${1 + Math.floor(index / PER_ADDRESS)}`,
      createConnection: ((options: NetConnectOpts) => {
        const connection = connect({ ...options, path: undefined } as NetConnectOpts);
        this.#connections.push(connection);
        return connection;
      }) as typeof connect,
    });
    return new Promise((resolve, reject) => {
      const patience = setTimeout(() => {
        reject(new Error(`A client of the measurement waited ${this.#patienceMs / 1000} seconds to be let in.`));
        socket.terminate();
      }, this.#patienceMs);
      socket.on('open', () => join && socket.send(join));
      socket.on('message', (data) => {
        const text = String(data);
        if (text.startsWith(delivery)) {
          this.#heard++;
          this.#patience?.refresh();
          return this.#look();
        }
        if (text === '2') return socket.send('3'); // Engine.IO's heartbeat
        if (!text.startsWith(ready)) return;
        clearTimeout(patience);
        resolve(socket);
      });
      socket.on('error', reject);
      socket.on('close', (code) => {
        clearTimeout(patience);
        this.#lost = new Error(`A client of the measurement was closed with ${code}.`);
        reject(this.#lost);
        this.#failed(this.#lost);
      });
    });
  }
}
