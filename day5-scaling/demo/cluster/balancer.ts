import { get } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A node, as a balancer knows it. */
export interface Backend {
  /** undefined while the node doesn't listen */
  port: number | undefined;
}

/**
 * A balancer in a hundred lines. Each TCP connection goes to the ready node that has the fewest connections, and stays there. `/healthz`
 * says which nodes are ready. If none is, a node that answers at all is better than nothing.
 *
 * nginx does more (given/proxy/nginx.conf). It reads HTTP, so each *request* on a connection may go to another node, and the node learns
 * the client's address (X-Forwarded-For). It handles TLS. It limits time and size, so that slow clients don't occupy a node. And it
 * loads a new configuration without dropping a connection.
 */
export class Balancer {
  readonly server: Server;
  readonly #backends: readonly Backend[];
  readonly #ready = new Map<Backend, 'ready' | 'answers'>();
  readonly #connections = new Map<Backend, number>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(backends: readonly Backend[], everyMs = 250) {
    this.#backends = backends;
    this.server = createServer({ pauseOnConnect: true, noDelay: true }, (near) => {
      near.on('error', () => {}); // 'close' follows
      void this.#bring(near);
    });
    this.#timer = setInterval(() => void this.look(), everyMs);
  }

  /** how many connections there are, of all kinds */
  get size(): number {
    return [...this.#connections.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Asks each node whether it is ready. */
  async look(): Promise<void> {
    await Promise.all(
      this.#backends.map(async (backend) => {
        const status = backend.port === undefined ? undefined : await statusOf(backend.port);
        if (status === undefined) this.#ready.delete(backend);
        else this.#ready.set(backend, status === 200 ? 'ready' : 'answers');
      }),
    );
  }

  close(): void {
    clearInterval(this.#timer);
    this.server.close();
  }

  /** The nodes to try, the best one first. */
  #candidates(): Backend[] {
    const there = (how: 'ready' | 'answers') => this.#backends.filter((backend) => this.#ready.get(backend) === how);
    const best = there('ready').length > 0 ? there('ready') : there('answers');
    return best.sort((one, other) => this.#of(one) - this.#of(other));
  }

  #of(backend: Backend): number {
    return this.#connections.get(backend) ?? 0;
  }

  async #bring(near: Socket): Promise<void> {
    for (const backend of this.#candidates()) {
      this.#count(backend, 1); // before the await: several connections may come at once
      const far = await reach(backend.port);
      if (far && !near.destroyed) return this.#join(near, far, backend);
      far?.destroy();
      this.#count(backend, -1);
      if (near.destroyed) return;
      this.#ready.delete(backend); // until the next look
    }
    near.destroy();
  }

  #join(near: Socket, far: Socket, backend: Backend): void {
    far.on('error', () => {});
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroySoon()); // what is on its way still arrives
    far.on('close', () => {
      near.destroySoon();
      this.#count(backend, -1);
    });
  }

  #count(backend: Backend, by: number): void {
    this.#connections.set(backend, this.#of(backend) + by);
  }
}

/** @returns undefined if nobody accepts the connection */
function reach(port: number | undefined): Promise<Socket | undefined> {
  if (port === undefined) return Promise.resolve(undefined);
  const far = connect({ port, host: '127.0.0.1', noDelay: true });
  return new Promise((resolve) => far.once('connect', () => resolve(far)).once('error', () => resolve(undefined)));
}

/** @returns undefined if no answer comes within a second */
function statusOf(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get({ port, host: '127.0.0.1', path: '/healthz', agent: false, timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('timeout', () => request.destroy()).on('error', () => resolve(undefined));
  });
}
