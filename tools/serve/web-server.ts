import { createServer, IncomingMessage, type RequestListener, type Server } from 'node:http';

/**
 * A request whose `upgrade` is true only if the client asked for a WebSocket.
 *
 * An http server with an `upgrade` listener hands it every request that has the header `Upgrade`. `curl --http2` and Java's
 * HttpClient send `Upgrade: h2c` with ordinary requests: "HTTP/2, if you like". A server may ignore that offer and
 * answer as usual (RFC 9110 §7.8). This class makes Node do that: Node looks at `upgrade` once it has read the headers.
 */
class Request extends IncomingMessage {
  declare private found: boolean | null;

  get upgrade(): boolean {
    if (!this.found) return false;
    return this.method === 'CONNECT' || /\bwebsocket\b/i.test(this.headers.upgrade ?? '');
  }

  /** Node's parser sets this if there is such a header, or if the method is CONNECT. */
  set upgrade(found: boolean | null) {
    this.found = found;
  }
}

/** Node's `createServer`, but its `upgrade` listeners get only requests for a WebSocket. All others are a `request`. */
export function createWebServer(listener: RequestListener): Server {
  return createServer({ IncomingMessage: Request }, listener);
}
