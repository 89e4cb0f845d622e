import type { History } from '#day3/options.ts';
import type { ChatMessage } from '#day3/server-messages.ts';
import { BoundedHistory } from '#day4/history.ts';
import { chatOf } from '#day5/bonus/chat-of.ts';
import { missed } from '#day5/bonus/missed.ts';
import type { StreamBus } from '#day5/bonus/stream-bus.ts';

/** The history of all nodes together: the streams in Redis. A client that has lost its node goes on at any other. */
export class StreamHistory implements History {
  readonly #bus: StreamBus;
  readonly #channelOf: (room: string) => string;
  readonly #heard = new BoundedHistory(200);

  /** @param prefix the same as the node's */
  constructor(bus: StreamBus, prefix = 'chat') {
    this.#bus = bus;
    this.#channelOf = (room) => `${prefix}:room:${room}`;
  }

  /** Into this node's own memory: the bus has put it into the stream, or will when the outage is over. */
  add(room: string, message: ChatMessage): void {
    this.#heard.add(room, message);
  }

  /** Undefined (a gap) also where Redis does not answer. */
  async after(room: string, id: string): Promise<ChatMessage[] | undefined> {
    return this.#bus.read(this.#channelOf(room)).then((entries) => missed(entries, id), () => undefined);
  }

  async find(room: string, userId: string, key: string): Promise<ChatMessage | undefined> {
    const heard = this.#heard.find(room, userId, key);
    if (heard) return heard;
    const entries = await this.#bus.read(this.#channelOf(room)).catch(() => []);
    const candidates = entries.filter(({ text }) => text.includes(JSON.stringify(key)));
    return candidates.map(chatOf).findLast((message) => message?.userId === userId && message.key === key);
  }
}
