import { OPCODES, type Sender } from '#day1/given/rfc6455.ts';
import type { Peer, Report } from '#day1/given/inspector/reports.ts';
import { Cutter, type Piece } from './cutter.ts';
import { make } from './dom.ts';
import { hexLine, viewFrame } from './show-frame.ts';
import { acceptIn, compareAccept, titleOf, viewHead } from './show-handshake.ts';
import type { WireList } from './wire-list.ts';

export const PEERS: Record<Peer, string> = {
  page: 'this page',
  built: 'frames that you built',
  silent: 'a peer that never answers',
};

/** One connection that the page watches, and what is shown of it. */
export class Connection {
  readonly peer: Peer;
  /** `performance.now()` when it was opened, and when it was closed */
  readonly opened = performance.now();
  closed: number | undefined;
  readonly #number: number;
  readonly #list: WireList;
  readonly #cutters: Record<Sender, Cutter> = { client: new Cutter(), server: new Cutter() };
  readonly #comparison = make('div', 'comparison');
  #accept: string | undefined;
  #yours: Extract<Report, { type: 'acceptKey' }> | undefined;
  #saidGoodbye = false;

  constructor(number: number, peer: Peer, list: WireList) {
    this.#number = number;
    this.peer = peer;
    this.#list = list;
  }

  bytes(from: Sender, bytes: Uint8Array): void {
    for (const piece of this.#cutters[from].push(bytes)) this.#show(from, piece);
  }

  acceptKey(report: Extract<Report, { type: 'acceptKey' }>): void {
    this.#yours = report;
    this.#compare();
  }

  close(cut: boolean): void {
    for (const from of ['client', 'server'] as const)
      for (const piece of this.#cutters[from].end()) this.#show(from, piece);
    this.closed = performance.now();
    const how = this.#saidGoodbye
      ? 'is closed.'
      : cut
        ? 'is gone: the server cut it off, without a close frame.'
        : 'is gone, without a close frame.';
    this.#list.note(this.#number, `This connection (${PEERS[this.peer]}) ${how}`, this.#saidGoodbye ? '' : 'danger');
  }

  #show(from: Sender, { kind, bytes }: Piece): void {
    if (kind === 'head') return this.#showHead(from, bytes);
    if (kind === 'rest')
      return this.#list.add(this.#number, from, 'the beginning of a frame, and nothing more', [hexLine(bytes)]);
    if ((bytes[0] & 15) === OPCODES.close) this.#saidGoodbye = true;
    const { title, body, verdict, unwritten } = viewFrame(bytes, from);
    if (unwritten) this.#list.pile(this.#number, from, bytes);
    else this.#list.add(this.#number, from, title, body, verdict);
  }

  #showHead(from: Sender, bytes: Uint8Array): void {
    const body = viewHead(bytes);
    if (from === 'server') {
      this.#accept = acceptIn(bytes);
      body.push(this.#comparison);
    }
    this.#list.add(this.#number, from, titleOf(from), body);
    this.#compare();
  }

  #compare(): void {
    if (this.#accept === undefined || !this.#yours) return;
    this.#comparison.replaceChildren(compareAccept(this.#accept, this.#yours));
    this.#list.follow();
  }
}
