import type { Sender } from '#day1/given/rfc6455.ts';
import { linesOf, readHead, type Head } from './head.ts';

/** What `Opening` reports. */
export interface Listener {
  /** the client's request for the upgrade, or the server's answer to it */
  handshake(who: Sender, head: Head): void;
  /** a request that doesn't ask for an upgrade: a page, a script */
  plain(requestLine: string): void;
  refused(): void;
  /** 101. From now on there are frames; their first bytes may have arrived together with the heads. */
  opened(compression: boolean, client: Buffer, server: Buffer): void;
  /** the rest of the connection cannot be read */
  unreadable(why: string): void;
}

/** Reads the HTTP with which a connection begins, up to the 101. After that, it must not be given more. */
export class Opening {
  readonly #tell: Listener;
  /** bytes that aren't a whole head yet */
  readonly #waiting: Record<Sender, Buffer> = { client: Buffer.alloc(0), server: Buffer.alloc(0) };
  /** true between the client's request for the upgrade and the answer */
  #asked = false;
  /** what is left of a request's body, in bytes */
  #skip = 0;
  #done = false;

  constructor(tell: Listener) {
    this.#tell = tell;
  }

  take(who: Sender, chunk: Buffer): void {
    if (who === 'server' && !this.#asked) return; // the answer to a plain request
    this.#waiting[who] = Buffer.concat([this.#waiting[who], chunk]);
    while (!this.#done && this.#next());
  }

  /** Reads the next head: the client's, or the server's once the client has asked for the upgrade. Returns whether there was one. */
  #next(): boolean {
    const who = this.#asked ? 'server' : 'client';
    const skipped = who === 'client' ? Math.min(this.#skip, this.#waiting.client.length) : 0;
    this.#skip -= skipped;
    const head = readHead(this.#waiting[who].subarray(skipped));
    if (typeof head === 'string') return this.#end(() => this.#tell.unreadable(head));
    this.#waiting[who] = head?.rest ?? this.#waiting[who].subarray(skipped);
    if (!head) return false;
    if (who === 'client') this.#request(head);
    else this.#answer(head);
    return true;
  }

  #request(head: Head): void {
    this.#asked = head.field('upgrade')?.toLowerCase() === 'websocket';
    if (this.#asked) return this.#tell.handshake('client', head);
    this.#tell.plain(linesOf(head.text)[0]);
    this.#skip = Number(head.field('content-length') ?? 0);
    if (head.field('transfer-encoding')) this.#end(() => this.#tell.unreadable('A request in chunks.'));
  }

  #answer(head: Head): void {
    this.#tell.handshake('server', head);
    const { client, server } = this.#waiting;
    if (/^HTTP\/\d\.\d 101 /.test(head.text)) {
      const compression = /permessage-deflate/i.test(head.field('sec-websocket-extensions') ?? '');
      this.#end(() => this.#tell.opened(compression, client, server));
      return;
    }
    this.#asked = false;
    this.#waiting.server = Buffer.alloc(0);
    this.#tell.refused();
  }

  #end(tell: () => void): false {
    this.#done = true;
    tell();
    return false;
  }
}
