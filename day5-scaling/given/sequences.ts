import { randomBytes } from 'node:crypto';
import type { ServerMessage } from '#day3/given/server-messages.ts';
import type { Envelope } from '#day5/given/envelope.ts';

/** Whether a message is worth nothing later. */
export const isVolatile = ({ type }: ServerMessage): boolean => type === 'typing';

/** Numbers what goes out, and finds out from the numbers of what comes in whether anything is missing. */
export class Sequences {
  readonly #missed: (room: string) => void;
  readonly #start = randomBytes(6).toString('base64url');
  #rooms = 0;
  readonly #out = new Map<string, { epoch: string; seq: number }>();
  readonly #in = new Map<string, Map<string, { epoch: string; seq: number }>>();

  /** @param missed called when messages for a room are found to be missing */
  constructor(missed: (room: string) => void = () => {}) {
    this.#missed = missed;
  }

  /** The place of the next message of this node for a room. */
  next(room: string): { epoch: string; seq: number } {
    const last = this.#out.get(room) ?? { epoch: `${this.#start}.${++this.#rooms}`, seq: 0 };
    this.#out.set(room, { ...last, seq: last.seq + 1 });
    return { ...this.#out.get(room)! };
  }

  /** The number that `next` gave last is not used: what it was for may be lost without harm. */
  giveBack(room: string): void {
    const last = this.#out.get(room);
    if (last) this.#out.set(room, { ...last, seq: last.seq - 1 });
  }

  /**
   * Takes notice of a message from another node.
   *
   * @returns `old`: it was here already; `gap`: some before it never came; else `next`. The first that is heard of a node is `next`.
   */
  place({ room, node, epoch, seq, message }: Envelope): 'next' | 'gap' | 'old' {
    if (isVolatile(message)) return 'next'; // it has no number of its own
    const nodes = this.#in.get(room) ?? new Map();
    const last = nodes.get(node);
    const isKnown = last?.epoch === epoch;
    if (isKnown && seq <= last.seq) return 'old';
    this.#in.set(room, nodes.set(node, { epoch, seq }));
    if (!isKnown || seq === last.seq + 1) return 'next';
    this.#missed(room);
    return 'gap';
  }

  /** After an outage: what was missed is known to be missed, on both sides, and reported in another way. */
  restart(): void {
    this.#out.clear();
    this.#in.clear();
  }

  /** Nobody here is in that room any more: what comes later is compared with nothing. */
  forget(room: string): void {
    this.#out.delete(room);
    this.#in.delete(room);
  }
}
