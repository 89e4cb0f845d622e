import type { ServerMessage } from '#day3/given/server-messages.ts';
import type { Bus } from '#day5/given/bus.ts';
import { Sequences, type Envelope } from '#day5/given/envelope.ts';
import type { Held, NodeOptions } from '#day5/given/internals/node-options.ts';
import { NodeParts } from '#day5/given/internals/node-parts.ts';
import { createApp, type Chat } from '#solutions/day3-chat/app.ts';

/** Day 3's chat, connected to the other nodes by a bus. You write how messages go out to the bus, and how they come in. */
export abstract class BaseNode {
  readonly name: string;
  readonly bus: Bus;
  readonly options: NodeOptions;
  /** day 3's chat server */
  readonly app: ReturnType<typeof createApp>;
  /** day 3's rooms, and `broadcast` to the people on this node */
  readonly chat: Chat;
  readonly sequences: Sequences;
  /** the rooms that somebody on this node is in */
  readonly rooms = new Set<string>();
  /** the rooms that this node is subscribed to, or is about to be */
  readonly held = new Map<string, Held>();
  /** how many texts on the bus were not envelopes */
  dropped = 0;
  /** how many messages this node failed to publish */
  unpublished = 0;
  /** true from the start of `shutdown`: no new client is let in */
  isStopping = false;
  readonly parts: NodeParts;

  constructor(options: NodeOptions) {
    this.options = options;
    this.name = options.name;
    this.bus = options.bus;
    this.sequences = new Sequences(options.isVolatile, (room) => this.parts.forgetHistory(room));
    this.app = createApp({
      tokens: options.tokens,
      heartbeatMs: options.heartbeatMs,
      open: () => !this.isStopping,
      page: (request, response) => this.parts.answer(request, response),
      chat: {
        history: options.history,
        deliver: (...delivery) => void (this.parts.takes(...delivery) || this.deliver(...delivery)),
        onRoom: (room, state) => (state === 'opened' ? this.#opened(room) : this.#emptied(room)),
        joining: (room, join) => this.#joining(room, join),
        elsewhere: (room) => this.parts.usersElsewhere(room),
      },
      parts: { rateLimit: options.rateLimit, write: (socket, text) => this.parts.write(socket, text) },
    });
    this.chat = this.app.chat;
    this.parts = new NodeParts(this);
  }

  abstract deliver(room: string, message: ServerMessage, except?: string): void;
  abstract receive(text: string): void;
  abstract retainRoom(room: string): Promise<void>;
  abstract releaseRoom(room: string): Promise<void>;

  /** The name of a room's channel. Every node that has somebody in the room subscribes to it. */
  channelOf(room: string): string {
    return `${this.options.prefix ?? 'chat'}:room:${room}`;
  }

  /** Publishes an envelope on the channel of its room. @throws what `Bus.publish` throws */
  send(envelope: Envelope): Promise<void> {
    return this.parts.publish(this.channelOf(envelope.room), envelope);
  }

  /** Sends a message from another node to everyone in its room on this node, and adds it to the history. */
  hear({ room, message, except }: Envelope): void {
    if (message.type === 'chat') this.chat.history.add(room, message);
    if (message.type === 'gap' || !this.rooms.has(room)) this.parts.forgetHistory(room);
    if (this.rooms.has(room)) this.tell(room, message, except);
    else this.sequences.forget(room); // the last member has left, and the subscription is about to end
  }

  /** Sends a message to everyone in a room on this node. */
  tell(room: string, message: ServerMessage, except?: string): void {
    this.parts.outage.noticed(room, message);
    this.chat.broadcast(room, message, except);
  }

  /** Says goodbye to the other nodes, closes the bus and frees the port. The last step of `shutdown`. */
  async end(): Promise<void> {
    await this.parts.presence?.goodbye();
    await this.bus.close();
    await this.app.stop(0);
  }

  #opened(room: string): void {
    this.rooms.add(room);
    this.#report(this.retainRoom(room));
  }

  #emptied(room: string): void {
    this.rooms.delete(room);
    this.parts.forgetHistory(room);
    this.#report(this.releaseRoom(room));
    // In a microtask (when the current code is done), because the last `left` is still sent with the old numbers.
    queueMicrotask(() => this.rooms.has(room) || this.sequences.forget(room));
  }

  /** A join waits until this node is subscribed to the room, so that no message after `init` is missed. If the bus is down, it doesn't wait. */
  async #joining(room: string, join: () => void): Promise<void> {
    const ready = this.retainRoom(room);
    this.#report(ready);
    await this.parts.outage.unlessDown(ready);
    try {
      this.parts.outage.joins(room, join);
    } finally {
      this.#report(this.releaseRoom(room));
    }
  }

  #report(work: Promise<void>): void {
    Promise.resolve(work).catch((error: unknown) => console.error(`${this.name}: ${error}`));
  }
}
