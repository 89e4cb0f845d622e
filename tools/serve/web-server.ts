import { createServer, IncomingMessage, type RequestListener, type Server } from 'node:http';

/**
 * A request whose `upgrade` is true only if the client asked for a WebSocket.
 *
 * An http server with an `upgrade` listener hands it every request that has the header `Upgrade`. `curl --http2` and Java's
 * HttpClient send `Upgrade: h2c` with ordinary requests: "HTTP/2, if you like". A server may ignore that offer and
 * answer as usual (RFC 9110 §7.8), and this is how Node is made to do so: it looks at `upgrade` once the headers are read.
 */
class Request extends IncomingMessage {
  declare private found: boolean | null;

  get upgrade(): boolean {
    if (!this.found) return false;
    return this.method === 'CONNECT' || /\bwebsocket\b/i.test(this.headers.upgrade ?? '');
  }

  /** Node's parser says here whether there is such a header, or a CONNECT. */
  set upgrade(found: boolean | null) {
    this.found = found;
  }
}

/** Node's `createServer`, but its `upgrade` listeners get only what asks for a WebSocket. Everything else is a `request`. */
export function createWebServer(listener: RequestListener): Server {
  return createServer({ IncomingMessage: Request }, listener);
}
