import type { Sender } from '#day1/given/rfc6455.ts';

/** The other end of a connection: the page itself, or a connection that the server opened to itself. */
export type Peer = 'page' | 'built' | 'silent';

/** What the server tells its page about the page's own connections. Each one has a number: 1, 2, 3, … */
export type Report =
  /** the first report; `heartbeat` is in seconds, and missing on a server without one */
  | { type: 'hello'; heartbeat?: number }
  | { type: 'opened'; connection: number; peer: Peer }
  /** the next bytes that `from` has sent: the HTTP of the handshake, and then frames */
  | { type: 'bytes'; connection: number; from: Sender; base64: string }
  /** what the learner's `acceptKey` makes of the key of this connection, or why it makes nothing */
  | { type: 'acceptKey'; connection: number; answer?: string; problem?: string }
  /** `cut`: the server ended the connection without waiting for the other side */
  | { type: 'closed'; connection: number; cut: boolean }
  /** too many pages watch; this one no longer does */
  | { type: 'elsewhere' };
