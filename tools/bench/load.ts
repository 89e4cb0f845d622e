/** A process that holds clients. */
import { WebSocket } from 'ws';
import { answer } from './answers.ts';
import type { Speech } from './contenders.ts';

/** How many handshakes are under way at once: a listening socket's queue is short. */
const AT_ONCE = 50;

class Crowd {
  readonly sockets: WebSocket[] = [];
  readonly #speech: Speech;
  readonly #url: string;
  #heard = 0;
  #wanted = Infinity;
  #done: () => void = () => {};
  #lost: Error | undefined;
  #failed: (error: Error) => void = () => {};

  constructor(port: number, speech: Speech) {
    this.#speech = speech;
    this.#url = `ws://127.0.0.1:${port}${speech.path}`;
  }

  async grow(count: number): Promise<void> {
    const all = this.sockets.length + count;
    while (this.sockets.length < all) {
      const some = Math.min(AT_ONCE, all - this.sockets.length);
      this.sockets.push(...(await Promise.all(Array.from({ length: some }, () => this.#connect()))));
    }
  }

  /** Resolves when so many more deliveries have come, to all clients together. */
  hear(count: number): Promise<void> {
    if (this.#lost) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => {
      this.#wanted = count;
      this.#done = resolve;
      this.#failed = reject;
      this.#look();
    });
  }

  #look(): void {
    if (this.#heard < this.#wanted) return;
    this.#heard -= this.#wanted;
    this.#wanted = Infinity;
    this.#done();
  }

  #connect(): Promise<WebSocket> {
    const { protocols, join, ready, delivery } = this.#speech;
    const socket = new WebSocket(this.#url, protocols, { perMessageDeflate: false });
    return new Promise((resolve, reject) => {
      socket.on('open', () => join && socket.send(join));
      socket.on('message', (data) => {
        const text = String(data);
        if (text.startsWith(delivery)) {
          this.#heard++;
          return this.#look();
        }
        if (text === '2') return socket.send('3'); // Engine.IO's heartbeat
        if (text.startsWith(ready)) resolve(socket);
      });
      socket.on('error', reject);
      socket.on('close', (code) => {
        this.#lost = new Error(`A client of the measurement was closed with ${code}.`);
        reject(this.#lost);
        this.#failed(this.#lost);
      });
    });
  }
}

const crowds = new Map<number, Crowd>();

answer({
  /** So many more clients. */
  async connect({ port, speech, count }: { port: number; speech: Speech; count: number }) {
    const crowd = crowds.get(port) ?? new Crowd(port, speech);
    crowds.set(port, crowd);
    await crowd.grow(count);
  },
  hear: ({ port, count }: { port: number; count: number }) => crowds.get(port)!.hear(count),
  /** From one client's `send` to the delivery at another's, on another node: so many times, one after the other, in ms. */
  async latencies({ from, to, say, count }: { from: number; to: number; say: string; count: number }) {
    const [speaker, listener] = [crowds.get(from)!, crowds.get(to)!];
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const own = speaker.hear(1);
      const heard = listener.hear(1);
      const start = performance.now();
      speaker.sockets[0].send(say);
      await heard;
      times.push(performance.now() - start);
      await own;
    }
    return times;
  },
});
