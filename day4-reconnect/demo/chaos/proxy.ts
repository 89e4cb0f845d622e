import { connect, createServer, type Server, type Socket } from 'node:net';

/** What the network does at the moment. */
export interface Weather {
  /** new connections are reset at once */
  refuse: boolean;
  /** nothing passes, and nobody is told: a blackhole, without a FIN */
  stall: boolean;
  /** ms by which each piece comes later; 0: none */
  delayMs: number;
  /** bytes a second for each connection and direction; Infinity: no limit */
  bytesPerSecond: number;
}

/** A network that one can break, between a port and a server. */
export class Chaos {
  readonly weather: Weather = { refuse: false, stall: false, delayMs: 0, bytesPerSecond: Infinity };
  readonly server: Server;
  readonly #pairs = new Set<[Socket, Socket]>();

  /** @param to the server's port on 127.0.0.1 */
  constructor(to: number) {
    this.server = createServer((near) => {
      near.on('error', () => {}); // a reset is what this is about
      if (this.weather.refuse) return void near.resetAndDestroy();
      const far = connect(to, '127.0.0.1');
      const pair: [Socket, Socket] = [near, far];
      this.#pairs.add(pair);
      const end = (): void => {
        // While it stalls not even the end gets through.
        if (this.weather.stall) return;
        near.destroy();
        far.destroy();
        this.#pairs.delete(pair);
      };
      for (const [from, into] of [[near, far], [far, near]]) {
        from.on('error', () => {});
        from.on('close', end);
        void this.#carry(from, into);
      }
    });
  }

  /** how many connections there are */
  get size(): number {
    return this.#pairs.size;
  }

  /** Ends every connection with a reset, at once. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
    this.#pairs.clear();
  }

  /** Fair weather; what was cut off in the stall is told so now. */
  heal(): void {
    Object.assign(this.weather, { refuse: false, stall: false, delayMs: 0, bytesPerSecond: Infinity });
    for (const pair of this.#pairs) if (pair.some((socket) => socket.destroyed)) for (const socket of pair) socket.resetAndDestroy();
  }

  /** Brings the bytes over, piece by piece. What comes in a stall is lost, so a stalled connection stays dead for good. */
  async #carry(from: Socket, into: Socket): Promise<void> {
    let lost = false;
    try {
      for await (const piece of from as AsyncIterable<Buffer>) {
        const { delayMs, bytesPerSecond } = this.weather;
        const ms = delayMs + (piece.length / bytesPerSecond) * 1000;
        if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
        lost ||= this.weather.stall;
        if (!lost && into.writable) into.write(piece);
      }
    } catch {
      // 'close' follows
    }
  }
}
