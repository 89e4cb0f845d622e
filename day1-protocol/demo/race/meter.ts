import type { Socket } from 'node:net';

/** What one transport has taken so far, all its clients together. */
export interface Count {
  requests: number;
  /** events sent, counted once per client */
  events: number;
  /** payload and headers, both directions, as the server's TCP sockets count them; without `opening` */
  bytes: number;
  /** the bytes that opened a lasting connection, before its first event: they are needed once, however long it lives */
  opening: number;
}

interface Tracked {
  /** the count of the request that the socket is busy with */
  count: Count;
  /** the bytes that this request has taken until now */
  own: number;
  /** the socket's bytesRead and bytesWritten as far as they have been counted */
  read: number;
  written: number;
}

/**
 * Counts bytes by request. A browser sends requests of every kind over the same kept-alive sockets, so each request gets
 * what its socket carried until the next one began. That is exact for requests that have no body and are not pipelined.
 */
export class Meter {
  readonly #sockets = new Map<Socket, Tracked>();

  /** A request has just been read from this socket: from its first byte on, what the socket carries goes to `count`. */
  begin(socket: Socket, count: Count): void {
    const tracked = this.#track(socket, count);
    // All that was written until now still belongs to the request before; what was read since then is this request.
    add(tracked, 0, socket.bytesWritten - tracked.written);
    tracked.count = count;
    tracked.own = 0;
    settle(socket, tracked);
    count.requests++;
  }

  /** The request has become a connection that stays open: what it has taken until now was the opening. */
  opened(socket: Socket): void {
    const tracked = this.#sockets.get(socket);
    if (!tracked) return;
    settle(socket, tracked);
    tracked.count.bytes -= tracked.own;
    tracked.count.opening += tracked.own;
  }

  /** Brings every count up to date. */
  settle(): void {
    for (const [socket, tracked] of this.#sockets) settle(socket, tracked);
  }

  #track(socket: Socket, count: Count): Tracked {
    const known = this.#sockets.get(socket);
    if (known) return known;
    const tracked = { count, own: 0, read: 0, written: 0 };
    this.#sockets.set(socket, tracked);
    socket.once('close', () => {
      settle(socket, tracked);
      this.#sockets.delete(socket);
    });
    return tracked;
  }
}

function settle(socket: Socket, tracked: Tracked): void {
  add(tracked, socket.bytesRead - tracked.read, socket.bytesWritten - tracked.written);
}

function add(tracked: Tracked, read: number, written: number): void {
  tracked.read += read;
  tracked.written += written;
  tracked.own += read + written;
  tracked.count.bytes += read + written;
}
