/** What the suites of day 5 share: nodes on a pretended bus, and people who connect to them. */
import { connect, fail, load, show, type Client } from '#kit';
import { serverMessage, type ChatMessage, type ServerMessage } from '#day3/given/server-messages.ts';
import { Tokens } from '#day3/given/tokens.ts';
import type { BaseNode } from '#day5/given/base-node.ts';
import type { NodeOptions } from '#day5/given/internals/node-options.ts';
import { optionalParts } from '#day5/given/optional/optional-parts.ts';
import { BusError, type Bus, type Handler } from '#day5/given/bus.ts';
import { ChatNode as Reference } from '#solutions/day5-scaling/chat-node.ts';
import { listen } from './listen.ts';

const METHODS = ['receive', 'deliver', 'retainRoom', 'releaseRoom'] as const;
const tokens = new Tokens();

/** A bus that does what a check tells it. Buses with the same hub hear each other. */
export class ScriptedBus implements Bus {
  status: 'up' | 'down' = 'up';
  reason: string | undefined;
  /** how each publish ends */
  answer: 'sent' | 'refused' | 'nothing' = 'sent';
  readonly published: { channel: string; text: string }[] = [];
  /** the commands that Redis would have seen */
  readonly commands: string[] = [];
  closed = 0;
  /** if set, acknowledgements wait here until `acknowledge` */
  held: (() => void)[] | undefined;
  readonly #handlers = new Map<string, Set<Handler>>();
  readonly #hub: Set<ScriptedBus>;

  constructor(hub = new Set<ScriptedBus>()) {
    this.#hub = hub.add(this);
  }

  /** how many handlers a channel has */
  listeners(channel: string): number {
    return this.#handlers.get(channel)?.size ?? 0;
  }

  /** A text arrives on a channel. */
  feed(channel: string, text: string): void {
    for (const handler of [...(this.#handlers.get(channel) ?? [])]) handler(text);
  }

  /** Sends the acknowledgements that wait, and stops holding them back. */
  acknowledge(): void {
    const acknowledgements = this.held ?? [];
    this.held = undefined;
    for (const one of acknowledgements) one();
  }

  async connect(): Promise<void> {}

  publish(channel: string, text: string): Promise<void> {
    if (this.closed > 0) return Promise.reject(new BusError('The bus is closed.'));
    this.published.push({ channel, text });
    if (this.answer === 'refused') return Promise.reject(new BusError('Redis is down.'));
    if (this.answer === 'nothing') return new Promise(() => {});
    for (const bus of this.#hub) bus.feed(channel, text);
    return Promise.resolve();
  }

  async subscribe(channel: string, handler: Handler): Promise<() => Promise<void>> {
    this.commands.push(`SUBSCRIBE ${channel}`);
    const handlers = this.#handlers.get(channel) ?? new Set();
    const entry: Handler = (text) => handler(text);
    if (this.held) await new Promise<void>((resolve) => this.held!.push(resolve));
    this.#handlers.set(channel, handlers.add(entry));
    return async () => {
      this.commands.push(`UNSUBSCRIBE ${channel}`);
      handlers.delete(entry);
      if (this.held) await new Promise<void>((resolve) => this.held!.push(resolve));
    };
  }

  onStatus(): () => void {
    return () => {};
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

/** Somebody who is connected to a node. */
export interface Person {
  client: Client;
  say(message: object): void;
  /** Everything that came since the last call. It ends with the answer to a request of its own, so nothing is still on its way. */
  heard(): Promise<ServerMessage[]>;
}

/** @param mine the learner's own methods. The others are the solution's, so that no exercise waits for another one */
export async function openNode(
  mine: readonly (typeof METHODS)[number][],
  name = 'node-1',
  bus = new ScriptedBus(),
  options: Partial<NodeOptions> = {},
) {
  const { ChatNode } = await load(() => import('#day5/chat-node.ts'), 'ChatNode');
  class Subject extends ChatNode {}
  for (const method of METHODS) {
    if (!mine.includes(method))
      Object.defineProperty(Subject.prototype, method, { value: Reference.prototype[method], writable: true });
  }
  const node = new Subject({
    ...optionalParts(),
    name,
    bus,
    tokens,
    page: (_, response) => void response.end(),
    ...options,
  });
  return { node, bus, ...(await reachable(node)) };
}

/** Lets a node listen until the end of the check. */
async function reachable(node: BaseNode) {
  const port = await listen(node);
  let fences = 0;
  /** @param room the room to join; none by default */
  const come = async (who: string, room?: string, options: { autoPong?: boolean } = {}): Promise<Person> => {
    const { token } = tokens.issue(who);
    const client = await connect(`ws://127.0.0.1:${port}`, { protocols: ['chat', `token.${token}`], ...options });
    const person: Person = {
      client,
      say: (message) => client.send(JSON.stringify(message)),
      async heard() {
        const mark = `fence ${++fences}`;
        const messages = await client.fence(JSON.stringify({ type: mark }), ({ text }) => text.includes(mark));
        return messages.map(({ text }) => {
          const json: unknown = JSON.parse(text);
          const { data } = serverMessage.safeParse(json);
          return data ?? fail(`${who} got ${show(json)}. This is not a message of the chat.`);
        });
      },
    };
    if (room === undefined) return person;
    person.say({ type: 'join', room });
    await person.heard();
    return person;
  };
  return { port, come };
}

/** A chat message from somebody on another node. */
export const said = (text: string, id = `id of ${text}`): ChatMessage => ({
  type: 'chat',
  id,
  userId: 'u9',
  name: 'Zoe',
  text,
  timestamp: 1,
});

/** The texts of chat messages, and the types of all others. */
export const brief = (messages: ServerMessage[]): string[] =>
  messages.map((message) => (message.type === 'chat' ? message.text : message.type));

/** An envelope from another node, as text. */
export const fromOther = (fields: object): string =>
  JSON.stringify({ v: 1, node: 'node-2', epoch: 'e', seq: 1, room: 'lobby', message: said('Hi'), ...fields });

export { show };
