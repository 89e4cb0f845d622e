import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { serverMessage, type ServerMessage } from '#day3/given/server-messages.ts';
import * as field from '#day3/given/fields.ts';

/** One node sends this to the others: a message for a room, and where it comes from. */
const envelope = z.object({
  v: z.literal(1), // the version of this format: during an update old and new nodes share one channel
  node: z.string().min(1).max(100), // the name of the node that sent it
  epoch: z.string().max(100), // a random text that changes whenever `seq` starts again at 1
  seq: z.number().int().positive(), // 1, 2, 3 …: counts this node's messages for this room
  room: field.room,
  message: serverMessage,
  except: z.string().optional(), // the userId of somebody who must not get it
});

export type Envelope = z.infer<typeof envelope>;

/** @param text a text from the bus. @throws SyntaxError if it is not JSON; ZodError if it is not an envelope of this version */
export const readEnvelope = (text: string): Envelope => envelope.parse(JSON.parse(text));

/** Numbers the messages that this node sends. From the numbers of the messages that arrive, it finds out whether one is missing. */
export class Sequences {
  readonly isVolatile: (message: ServerMessage) => boolean;
  readonly #missed: (room: string) => void;
  readonly #start = randomBytes(6).toString('base64url');
  #epochs = 0;
  readonly #out = new Map<string, { epoch: string; seq: number }>();
  readonly #in = new Map<string, Map<string, { epoch: string; seq: number }>>();

  /** @param isVolatile true for messages that may get lost, such as `typing`: they get no number. @param missed called at each gap */
  constructor(
    isVolatile: (message: ServerMessage) => boolean = () => false,
    missed: (room: string) => void = () => {},
  ) {
    this.isVolatile = isVolatile;
    this.#missed = missed;
  }

  /** @returns the numbers for this node's next message to a room */
  next(room: string): { epoch: string; seq: number } {
    const { epoch, seq } = this.#out.get(room) ?? { epoch: `${this.#start}.${++this.#epochs}`, seq: 0 };
    this.#out.set(room, { epoch, seq: seq + 1 });
    return { epoch, seq: seq + 1 };
  }

  /** Takes back the last number that `next` returned. A volatile message doesn't use it. */
  giveBack(room: string): void {
    const last = this.#out.get(room);
    if (last) this.#out.set(room, { ...last, seq: last.seq - 1 });
  }

  /** @returns `old` for a message that came before, `gap` if messages before it are missing, else `next`. A node's first is `next`. */
  place({ room, node, epoch, seq, message }: Envelope): 'next' | 'gap' | 'old' {
    if (this.isVolatile(message)) return 'next';
    const nodes = this.#in.get(room) ?? new Map();
    const last = nodes.get(node);
    const isKnown = last?.epoch === epoch;
    if (isKnown && seq <= last.seq) return 'old';
    this.#in.set(room, nodes.set(node, { epoch, seq }));
    if (!isKnown || seq === last.seq + 1) return 'next';
    this.#missed(room);
    return 'gap';
  }

  /** Starts the numbers again at 1, in one room or in all. After an outage it is all: everyone is told that something is missing. */
  forget(room?: string): void {
    for (const numbers of [this.#out, this.#in])
      if (room === undefined) numbers.clear();
      else numbers.delete(room);
  }
}
