import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WebSocket } from 'ws';
import type { ServerMessage, User } from '#day3/given/server-messages.ts';
import type { Envelope } from '#day5/given/envelope.ts';
import { answerHealth } from '#day5/given/internals/health.ts';
import type { PresenceElsewhere, SeenNode, Writer } from '#day5/given/internals/node-options.ts';
import { Outage } from '#day5/given/internals/outage.ts';
import { sendOrClose } from '#solutions/day3-chat/bonus/slow-consumer.ts';

/** Everything that a node does besides its messages: /healthz, outages, and the optional parts in its options. */
export class NodeParts {
  readonly presence: PresenceElsewhere | undefined;
  readonly outage: Outage;
  readonly #node: SeenNode;
  readonly #writer: Writer | undefined;

  constructor(node: SeenNode) {
    this.#node = node;
    this.outage = new Outage(node);
    this.#writer = node.options.writer?.(node.app.wss);
    this.presence = node.options.presence?.(node);
  }

  /** Answers an HTTP request: `/healthz`, or else the page. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    if (!answerHealth(this.#node, request, response)) this.#node.options.page(request, response);
  }

  write(socket: WebSocket, text: string): void {
    if (this.#writer) this.#writer.write(socket, text);
    else sendOrClose(socket, text);
  }

  usersElsewhere(room: string): User[] {
    return this.presence?.users(room) ?? [];
  }

  /** Called with each message for a room, before it is sent. @returns true if presence sends it */
  takes(room: string, message: ServerMessage, except?: string): boolean {
    this.outage.noticed(room, message);
    return this.presence?.takes(room, message, except) ?? false;
  }

  /** Publishes an envelope. If that fails, the other nodes are told later that something is missing, unless it was volatile. */
  async publish(channel: string, envelope: Envelope): Promise<void> {
    const { bus, sequences } = this.#node;
    const volatile = sequences.isVolatile(envelope.message);
    if (volatile) sequences.giveBack(envelope.room);
    const publishing = bus.publish(channel, JSON.stringify(envelope), { volatile });
    this.#writer?.putOff(); // people on this node get it after it was sent to Redis
    if (!volatile) this.outage.sends(envelope.room, publishing);
    await publishing;
  }

  /** Call it if something in a room was missed. Messages from before can no longer be replayed. */
  forgetHistory(room: string): void {
    this.#node.options.history?.forget?.(room);
  }
}
