import type { ServerMessage } from '#day3/given/server-messages.ts';
import { ChatClient, type ChatClientSettings } from './client.ts';
import { soon, type Stage } from './stage.ts';

/** Somebody in the Socket.IO chat, with the messages that they have heard. */
export class Person {
  readonly name: string;
  readonly client: ChatClient;
  readonly #heard: ServerMessage[] = [];
  #changed: () => void = () => {};

  constructor(name: string, settings: Omit<ChatClientSettings, 'hear'>) {
    this.name = name;
    const hear = (message: ServerMessage): void => {
      this.#heard.push(message);
      this.#changed();
    };
    this.client = new ChatClient({ ...settings, hear });
  }

  say(type: string, body: object = {}): void {
    this.client.socket.emit(type, body);
  }

  /** The next message, which must be of that type. */
  async hear(type: ServerMessage['type']): Promise<ServerMessage> {
    while (this.#heard.length === 0)
      await soon(new Promise<void>((resolve) => (this.#changed = resolve)), `"${type}" to ${this.name}`);
    const message = this.#heard.shift()!;
    if (message.type !== type)
      throw new Error(`${this.name} should have heard "${type}", but heard ${JSON.stringify(message)}.`);
    return message;
  }
}

/** A short conversation across the two nodes. @param tell called with each step, and with what everybody heard */
export async function converse({ ports, tokens }: Stage, tell: (step: string, heard: string) => void): Promise<void> {
  const step = async (what: string, type: ServerMessage['type'], ...who: Person[]): Promise<void> => {
    const heard = await Promise.all(who.map(async (one) => `${one.name} hears ${shown(await one.hear(type))}`));
    tell(what, heard.join(', '));
  };
  const come = (name: string, node: 0 | 1): Person =>
    new Person(name, { port: ports[node], token: tokens.issue(name).token, room: 'lobby' });
  const ann = come('Ann', 0);
  await step('Ann joins, on node 1', 'init', ann);
  const bob = come('Bob', 1);
  const [init, joined] = [bob.hear('init'), ann.hear('joined')];
  tell('Bob joins, on node 2', `Bob hears ${shown(await init)}, Ann hears ${shown(await joined)}`);
  ann.say('chat', { text: 'Is anybody there?' });
  await step('Ann says "Is anybody there?"', 'chat', ann, bob);
  bob.say('typing');
  await step('Bob types', 'typing', ann);
  bob.say('setName', { name: 'Robert' });
  await step('Bob is called Robert now', 'renamed', ann, bob);
  bob.client.socket.disconnect();
  await step('Bob leaves', 'left', ann);
  ann.client.socket.disconnect();
}

function shown(message: ServerMessage): string {
  if (message.type === 'init') return `init (${message.onlineUsers.map(({ name }) => name).join(' and ')})`;
  return 'name' in message ? `${message.type} (${message.name})` : message.type;
}
