import type { ServerMessage } from '#day3/given/server-messages.ts';
import type { Bus } from '#day5/given/bus.ts';
import type { Envelope } from '#day5/given/envelope.ts';
import { answerHealth } from '#day5/given/health.ts';
import { NodeHistory } from '#day5/given/node-history.ts';
import type { Held, NodeOptions, PresenceElsewhere } from '#day5/given/node-options.ts';
import { isVolatile, Sequences } from '#day5/given/sequences.ts';
import { Resync } from '#day5/given/resync.ts';
import { atMost } from '#day5/given/waiting.ts';
import { writeOnceATurn } from '#day5/given/write-once-a-turn.ts';
import { createApp } from '#solutions/day3-chat/app.ts';
import { sendOrClose } from '#solutions/day3-chat/bonus/slow-consumer.ts';

const ALONE: ServerMessage = {
  type: 'error',
  code: 'alone',
  message: 'The other servers cannot be reached. You hear only those on this one.',
};

/** Day 3's chat, with a bus to the other nodes. The exercises are what goes out to the bus, and what comes in. */
export abstract class BaseNode {
  readonly name: string;
  readonly bus: Bus;
  readonly options: NodeOptions;
  readonly app: ReturnType<typeof createApp>;
  /** what this node has heard, where nobody else remembers it */
  readonly #memory = new NodeHistory();
  readonly #writes: ReturnType<typeof writeOnceATurn>;
  readonly sequences = new Sequences((room) => this.#memory.forget(room));
  /** the rooms with somebody in them, here */
  readonly rooms = new Set<string>();
  readonly held = new Map<string, Held>();
  /** texts on the bus that were no envelopes of ours */
  dropped = 0;
  /** messages that the other nodes did not get */
  unpublished = 0;
  isStopping = false;
  /** the rooms of which a message did not reach the other nodes */
  readonly #untold = new Set<string>();
  readonly #resync = new Resync((room) => this.chat.rooms.users(room));
  readonly presence: PresenceElsewhere | undefined;

  constructor(options: NodeOptions) {
    this.options = options;
    this.name = options.name;
    this.bus = options.bus;
    this.app = createApp({
      tokens: options.tokens,
      page: (request, response) => void (answerHealth(this, request, response) || options.page(request, response)),
      heartbeatMs: options.heartbeatMs,
      open: () => !this.isStopping,
      chat: {
        history: options.history ?? this.#memory,
        deliver: (room, message, except) => {
          this.#resync.noticed(room, message);
          if (!this.presence?.takes(room, message, except)) this.deliver(room, message, except);
        },
        onRoom: (room, state) => this.#roomChanged(room, state),
        joining: (room, join) => this.#joining(room, join),
        elsewhere: (room) => this.presence?.users(room) ?? [],
      },
      parts: {
        rateLimit: undefined,
        write: (socket, text) => this.#writes.write(socket, () => sendOrClose(socket, text)),
      },
    });
    this.#writes = writeOnceATurn(this.app.wss);
    this.presence = options.presence?.(this);
    this.bus.onStatus((status) => (status === 'up' ? this.#isBack() : this.#isAlone()));
  }

  get chat() {
    return this.app.chat;
  }

  /** Whether a balancer should send new clients here: those who come all the same are served, among themselves. */
  get isReady(): boolean {
    return !this.isStopping && this.bus.status === 'up';
  }

  abstract deliver(room: string, message: ServerMessage, except?: string): void;
  abstract receive(text: string): void;
  abstract retainRoom(room: string): Promise<void>;
  abstract releaseRoom(room: string): Promise<void>;

  /** The channel on which all nodes with somebody in the room hear of it. */
  channelOf(room: string): string {
    return `${this.options.prefix ?? 'chat'}:room:${room}`;
  }

  /** Sends an envelope to the other nodes, and to this one. @throws what `Bus.publish` does */
  async send(envelope: Envelope): Promise<void> {
    const { room, message } = envelope;
    const volatile = isVolatile(message);
    if (volatile) this.sequences.giveBack(room);
    const publishing = this.bus.publish(this.channelOf(room), JSON.stringify(envelope), { volatile });
    this.#writes.putOff(); // nobody here hears it before it is on its way: whatever happens to this node then, the others have it
    await publishing.catch((error: unknown) => {
      if (!volatile) this.#untold.add(room);
      throw error;
    });
  }

  /** Brings a message from another node to everyone here, and into the history. */
  hear({ room, message, except }: Envelope): void {
    if (message.type === 'chat') this.chat.history.add(room, message);
    if (message.type === 'gap' || !this.rooms.has(room)) this.#memory.forget(room);
    if (!this.rooms.has(room)) return this.sequences.forget(room); // it came before the end of the subscription: of the next nothing is heard
    this.tell(room, message, except);
  }

  /** Sends a message to everyone in a room on this node. */
  tell(room: string, message: ServerMessage, except?: string): void {
    this.#resync.noticed(room, message);
    this.chat.broadcast(room, message, except);
  }

  /** The bus is back. Everyone is told `gap` before any new message, unless the bus brings what was missed; then a fresh `init`. */
  #isBack(): void {
    if (!this.bus.catchesUp) {
      void this.#restart();
      for (const room of this.rooms) this.chat.broadcast(room, { type: 'gap' });
    }
    for (const room of this.rooms) this.#resync.add(this.chat.rooms.members(room));
  }

  /** The bus is gone. Members who still wait for an `init` get it when the bus is back. */
  #isAlone(): void {
    this.#resync.clear();
    for (const room of this.rooms) this.chat.broadcast(room, ALONE);
  }

  /** Says goodbye to the other nodes, and lets go of the bus and the port. The last step of `shutdown`. */
  async end(): Promise<void> {
    await this.presence?.goodbye();
    await this.bus.close();
    await this.app.stop(0);
  }

  /** What the others have missed of us they may not know: only this node's line to the bus may have been cut. */
  async #restart(): Promise<void> {
    this.sequences.restart();
    this.#memory.forget();
    for (const room of [...this.#untold]) {
      if (!this.#untold.delete(room)) continue;
      // One after the other: thousands at once could be what Redis cannot bear.
      const message = { type: 'gap' } as const;
      const isSent = await this.send({ v: 1, node: this.name, ...this.sequences.next(room), room, message }).then(
        () => true,
        () => false,
      );
      if (!isSent) return; // when the bus is back again, the rest
    }
  }

  #roomChanged(room: string, state: 'opened' | 'emptied'): void {
    if (state === 'opened') {
      this.rooms.add(room);
      return this.#quietly(this.retainRoom(room));
    }
    this.rooms.delete(room);
    this.#memory.forget(room); // from now on nothing is heard of it
    this.#quietly(this.releaseRoom(room));
    // The last `left` is still to go out.
    queueMicrotask(() => this.rooms.has(room) || this.sequences.forget(room));
  }

  /** A join holds the subscription too, and waits for it: what others say after `init` is then heard. Where there is no bus it does not wait. */
  async #joining(room: string, join: () => void): Promise<void> {
    const ready = this.retainRoom(room);
    this.#quietly(ready);
    try {
      if (this.bus.status === 'up') await atMost(this.options.joinMs ?? 1000, ready);
      const before = new Set(this.chat.rooms.members(room));
      join();
      if (this.bus.status === 'down')
        for (const member of this.chat.rooms.members(room)) if (!before.has(member)) member.send(ALONE);
    } finally {
      this.#quietly(this.releaseRoom(room));
    }
  }

  #quietly(work: Promise<void>): void {
    Promise.resolve(work).catch((error: unknown) => console.error(`${this.name}: ${error}`));
  }
}
