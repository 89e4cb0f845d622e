import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { askAcceptKey } from './ask-accept-key.ts';
import type { Peer, Report } from './reports.ts';
import { SelfConnection } from './self-connection.ts';
import { tap } from './tap.ts';

// Limits, so that nobody can fill the server's memory.
const MAX_WAITING = 2 * 1024 * 1024; // bytes of reports that the page hasn't read yet
const MAX_CONNECTIONS = 20; // of one page, at the same time
const MAX_SILENT = 5;
const PATIENCE_MS = 1000; // for a page that doesn't read its last report

/** One page that watches its own connections. The reports go to it as Server-Sent Events, over plain HTTP. */
export class Watcher {
  readonly id: string;
  readonly #response: ServerResponse;
  readonly #port: number;
  #opened = 0;
  #open = 0;
  #built: SelfConnection | undefined;
  readonly #silent = new Set<SelfConnection>();

  constructor(id: string, response: ServerResponse, port: number) {
    this.id = id;
    this.#response = response;
    this.#port = port;
    response.on('close', () => {
      for (const one of [this.#built, ...this.#silent]) one?.end();
    });
  }

  report(report: Report): void {
    if (this.#response.destroyed || this.#response.writableEnded) return;
    // A page that doesn't read its reports gets no more: they would wait in this process.
    if (this.#response.writableLength > MAX_WAITING) this.#response.destroy();
    else this.#response.write(`data: ${JSON.stringify(report)}\n\n`);
  }

  /** Ends the stream, and with it the connections that the server opened for this page. */
  end(): void {
    this.#response.end();
    setTimeout(() => this.#response.destroy(), PATIENCE_MS).unref();
  }

  /** Listens in on one of the page's connections, from its upgrade request on. */
  watch(request: IncomingMessage, socket: Socket, peer: Peer): void {
    if (this.#open >= MAX_CONNECTIONS) return;
    this.#open++;
    const connection = ++this.#opened;
    this.report({ type: 'opened', connection, peer });
    tap(request, socket, {
      bytes: (from, bytes) =>
        this.report({ type: 'bytes', connection, from, base64: Buffer.from(bytes).toString('base64') }),
      closed: (cut) => {
        this.#open--;
        this.report({ type: 'closed', connection, cut });
      },
    });
    void askAcceptKey(request.headers['sec-websocket-key'] ?? '').then((result) =>
      this.report({ type: 'acceptKey', connection, ...result }),
    );
  }

  /** Sends bytes over a connection of the server to itself. The next ones go over the same, unless it is closed. */
  send(bytes: Uint8Array): void {
    if (!this.#built?.isOpen) this.#built = this.#connect('built');
    this.#built.send(bytes);
  }

  /** Opens a connection that never says anything. @returns false if there are too many */
  openSilent(): boolean {
    if (this.#silent.size >= MAX_SILENT) return false;
    const silent = this.#connect('silent');
    this.#silent.add(silent);
    silent.onClose(() => this.#silent.delete(silent));
    return true;
  }

  #connect(peer: Peer): SelfConnection {
    return new SelfConnection(this.#port, `/?watch=${this.id}&peer=${peer}`);
  }
}
