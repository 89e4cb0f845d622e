import { connect, createServer, type Server, type Socket } from 'node:net';

/** What the network does now. */
export interface Weather {
  /** new connections are reset at once */
  refuse: boolean;
  /** nothing passes and nobody is told: not even the end of a connection */
  stall: boolean;
  /** ms by which everything is delayed; 0 for none */
  delayMs: number;
  /** bytes per second for each connection and direction; Infinity for no limit */
  bytesPerSecond: number;
}

/** The header of a request that asks for a WebSocket. */
const UPGRADE = /^upgrade:[^\r\n]*\bwebsocket\b/im;

interface Pair {
  near: Socket;
  far: Socket;
  /** its client has asked for a WebSocket: other connections fetch the page or a token */
  isWebSocket: boolean;
  /** it has stalled: from now on everything is thrown away, and neither side learns of the end of the other */
  lost: boolean;
}

/** A network between a port and a server, which you can break. */
export class Chaos {
  readonly weather: Weather = { refuse: false, stall: false, delayMs: 0, bytesPerSecond: Infinity };
  readonly server: Server;
  readonly #pairs = new Set<Pair>();
  /** told when the server behind this network answers, and when it doesn't */
  onServer: (isThere: boolean) => void = () => {};

  /** @param to the server's port on 127.0.0.1 */
  constructor(to: number) {
    this.server = createServer((near) => {
      near.on('error', () => {}); // resets are the purpose of this proxy
      if (this.weather.refuse) return void near.resetAndDestroy();
      const far = connect(to, '127.0.0.1', () => this.onServer(true));
      far.on('error', ({ code }: NodeJS.ErrnoException) => code === 'ECONNREFUSED' && this.onServer(false));
      const pair: Pair = { near, far, isWebSocket: false, lost: this.weather.stall };
      this.#pairs.add(pair);
      this.#join(pair, near, pair.far);
      this.#join(pair, pair.far, near);
    });
  }

  /** the number of WebSockets that pass through */
  get webSockets(): number {
    return [...this.#pairs].filter(({ isWebSocket }) => isWebSocket).length;
  }

  /** On: nothing passes, and nobody is told. Off: new connections work again, and the old ones stay dead. */
  stall(on: boolean): void {
    this.weather.stall = on;
    if (on) for (const pair of this.#pairs) pair.lost = true;
  }

  /** On: every connection is cut, and new ones are refused. Off: new ones are accepted again. */
  outage(on: boolean): void {
    this.weather.refuse = on;
    if (on) this.cut();
  }

  /** Ends every connection with a reset, at once. */
  cut(): void {
    for (const pair of this.#pairs) reset(pair);
    this.#pairs.clear();
  }

  /** The network works again. Stalled connections are reset, so that both ends learn of it now. */
  heal(): void {
    Object.assign(this.weather, { refuse: false, stall: false, delayMs: 0, bytesPerSecond: Infinity });
    for (const pair of this.#pairs) {
      if (!pair.lost) continue;
      reset(pair);
      this.#pairs.delete(pair);
    }
  }

  #join(pair: Pair, from: Socket, into: Socket): void {
    from.on('error', () => {});
    from.on('close', () => {
      if (pair.lost) return; // not even the end of a connection gets through
      into.destroy();
      this.#pairs.delete(pair);
    });
    void this.#carry(pair, from, into);
  }

  /** Carries the bytes over, piece by piece. */
  async #carry(pair: Pair, from: Socket, into: Socket): Promise<void> {
    try {
      for await (const piece of from as AsyncIterable<Buffer>) {
        if (from === pair.near && !pair.isWebSocket) pair.isWebSocket = UPGRADE.test(piece.toString('latin1'));
        const { delayMs, bytesPerSecond } = this.weather;
        const ms = delayMs + (piece.length / bytesPerSecond) * 1000;
        if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
        if (!pair.lost && into.writable) into.write(piece);
      }
    } catch {
      // 'close' follows
    }
  }
}

function reset({ near, far }: Pair): void {
  near.resetAndDestroy();
  far.resetAndDestroy();
}
