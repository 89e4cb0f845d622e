import { once } from 'node:events';
import type { WebSocket } from 'ws';
import { connect, fail, load, onCleanUp, show, within, type Client } from '#kit';
import type { ChatServerOptions } from '#day3/given/internals/chat-server.ts';
import { serverMessage, type ServerMessage } from '#day3/given/server-messages.ts';
import { Chat as ReferenceChat, createApp } from '#solutions/day3-chat/app.ts';
import { RateLimit } from '#solutions/day3-chat/bonus/rate-limit.ts';
import { Typing } from '#solutions/day3-chat/bonus/typing.ts';
import { Stage } from '../attack/stage.ts';

/** Somebody in your chat, with one connection. */
export class Person {
  readonly client: Client;
  readonly name: string;
  /** the server's end of the connection */
  readonly #socket: WebSocket;

  constructor(client: Client, name: string, socket: WebSocket) {
    this.client = client;
    this.name = name;
    this.#socket = socket;
  }

  /** Closes the connection, and resolves when the server knows of it, too. */
  async hangUp(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    this.client.socket.close();
    await within(gone, `the end of ${this.name}'s connection at the server`, () => this.client.story());
  }

  say(message: object): void {
    this.client.send(JSON.stringify(message));
  }

  /** What came since the last time. Something that the given server refuses is sent behind it: the answer proves that there is no more. */
  async heard(): Promise<ServerMessage[]> {
    const all: ServerMessage[] = [];
    this.client.send(Uint8Array.of(0));
    for (;;) {
      const message = this.#read((await this.client.next(`the answer to the last thing that ${this.name} sent`)).text);
      if (message.type === 'error' && message.code === 'binary') return all;
      all.push(message);
    }
  }

  /** The same in words, such as `joined Eve`; for a chat message its text. */
  async briefly(): Promise<string[]> {
    return (await this.heard()).map((message) => {
      if (message.type === 'chat') return message.text;
      return 'name' in message ? `${message.type} ${message.name}` : message.type;
    });
  }

  /** Waits for one text of the chat. */
  async until(text: string): Promise<void> {
    for (;;) {
      const message = this.#read((await this.client.next(`"${text}", for ${this.name}`)).text);
      if (message.type === 'chat' && message.text === text) return;
    }
  }

  #read(text: string): ServerMessage {
    const parsed = serverMessage.safeParse(JSON.parse(text));
    return parsed.success
      ? parsed.data
      : fail(`${this.name} received ${show(text)}, which is not a message of the chat.`);
  }
}

const METHODS = ['join', 'broadcast', 'setName', 'leave'] as const;
const PARTS = ['parseMessage', 'allowedOrigin', 'authenticate'] as const;
export type Own = (typeof METHODS)[number] | (typeof PARTS)[number];

/**
 * Your chat on a free port. The parts that belong to the bonus come from the reference solution.
 *
 * @param own the parts that are yours, by default all; the others come from the reference solution
 */
export async function openChat(own: readonly Own[] = [...METHODS, ...PARTS], options: Partial<ChatServerOptions> = {}) {
  const { Chat } = await load(() => import('#day3/chat.ts'), 'Chat');
  const { parseMessage } = await load(() => import('#day3/protocol.ts'), 'parseMessage');
  const { allowedOrigin, authenticate } = await load(() => import('#day3/auth.ts'), 'allowedOrigin', 'authenticate');
  const chat = new Chat();
  for (const method of METHODS)
    if (!own.includes(method)) Object.assign(chat, { [method]: ReferenceChat.prototype[method] });
  const yours = Object.fromEntries(
    Object.entries({ parseMessage, allowedOrigin, authenticate }).filter(([name]) => own.includes(name as Own)),
  );
  let isUnderAttack = false;
  const rateLimit = () => (isUnderAttack ? new RateLimit() : { allow: () => true });
  const makeApp = (given: ChatServerOptions) => ({
    ...createApp({ ...given, ...options, parts: { chat, ...yours, rateLimit, typing: new Typing(chat) } }),
    chat,
  });
  const stage = await Stage.empty({ rate: 0, bots: 0, seconds: 0.3, createApp: makeApp });
  const { wss, server } = stage.app;
  onCleanUp(async () => {
    const closed = once(wss, 'close');
    for (const socket of wss.clients) socket.terminate();
    wss.close();
    await closed;
    server.close();
    server.closeAllConnections();
  });
  const sockets: WebSocket[] = [];
  wss.on('connection', (socket) => sockets.push(socket));
  const issued = new Map<string, string>();
  /** Brings a person into the room, in another tab if they are there already. */
  const come = async (name: string, room?: string): Promise<Person> => {
    const { token, renewal } = stage.tokens.issue(name, issued.get(name));
    issued.set(name, renewal);
    const client = await connect(stage.url, { protocols: ['chat', `token.${token}`] });
    const person = new Person(client, name, sockets[sockets.length - 1]);
    if (room !== undefined) person.say({ type: 'join', room });
    return person;
  };
  /** Ann and Bob, in the lobby. */
  const coupleInLobby = async (): Promise<[Person, Person]> => {
    const [ann, bob] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    for (const person of [bob, ann]) await person.heard();
    return [ann, bob];
  };
  /** From now on, new connections have a rate limit. */
  const limit = () => void (isUnderAttack = true);
  return { stage, chat, come, coupleInLobby, limit };
}

/** Fails unless somebody heard just this. */
export function expectHeard(got: string[], expected: string[], what: string, blames?: string): void {
  if (show(got) !== show(expected)) fail(`${what} heard ${show(got)}. Expected ${show(expected)}.`, { blames });
}
