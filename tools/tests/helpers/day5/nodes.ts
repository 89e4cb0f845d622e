/** Reference nodes with their bonus, on any bus, and people who connect to them. */
import { connect, within, type Client } from '#kit';
import { serverMessage, type ServerMessage } from '#day3/given/server-messages.ts';
import { Tokens, type Issued } from '#day3/given/tokens.ts';
import type { NodeOptions } from '#day5/given/internals/node-options.ts';
import { optionalParts } from '#day5/given/optional/optional-parts.ts';
import type { PresenceOptions } from '#day5/given/for-bonus/cluster.ts';
import type { Bus } from '#day5/given/bus.ts';
import { Presence } from '#solutions/day5-scaling/bonus/presence.ts';
import { ChatNode } from '#solutions/day5-scaling/chat-node.ts';
import { listen } from '../../../../day5-scaling/tests/helpers/listen.ts';

export const tokens = new Tokens({ life: 3_600_000 });

/** Somebody who is connected to a node. */
export interface Person {
  client: Client;
  issued: Issued;
  say(message: object): void;
  /** Says a text, and waits for it to come back: here and wherever it is waited for, nothing from before is on its way any more. */
  heard(): Promise<ServerMessage[]>;
  /** What comes until one message fits, that one too. @param what it is, in words */
  upTo(fits: (message: ServerMessage) => boolean, what: string): Promise<ServerMessage[]>;
  /** The same, until somebody says that text. */
  upToText(text: string): Promise<ServerMessage[]>;
}

/** A node that listens until the end of the check. @param presence false: it knows its own people only */
export async function openNode(
  name: string,
  bus: Bus,
  {
    presence = false,
    ...options
  }: Partial<Omit<NodeOptions, 'presence'>> & { presence?: PresenceOptions | boolean } = {},
) {
  const kept: Presence[] = [];
  const node = new ChatNode({
    ...optionalParts(),
    name,
    bus,
    tokens,
    page: (_, response) => void response.end(),
    presence:
      presence === false
        ? undefined
        : (one) => (kept.push(new Presence(one, presence === true ? {} : presence)), kept[0]),
    ...options,
  });
  const port = await listen(node, async () => {
    await kept[0]?.goodbye().catch(() => {});
    await bus.close();
  });
  /** @param as who they are already; by default somebody new */
  const come = async (who: string, room?: string, as?: Issued): Promise<Person> => {
    const one = await person(`ws://127.0.0.1:${port}`, tokens.issue(who, as?.renewal));
    if (room === undefined) return one;
    one.say({ type: 'join', room });
    await one.heard();
    return one;
  };
  return { node, bus, port, come, presence: kept[0] };
}

let fences = 0;
const read = ({ text }: { text: string }): ServerMessage => serverMessage.parse(JSON.parse(text));

export async function person(url: string, issued: Issued): Promise<Person> {
  const client = await connect(url, { protocols: ['chat', `token.${issued.token}`] });
  const upTo = async (fits: (message: ServerMessage) => boolean, what: string): Promise<ServerMessage[]> => {
    const all: ServerMessage[] = [];
    for (;;) {
      all.push(read(await client.next(what)));
      if (fits(all[all.length - 1])) return all;
    }
  };
  return {
    client,
    issued,
    say: (message) => client.send(JSON.stringify(message)),
    async heard() {
      const mark = `fence ${++fences}`;
      return (await client.fence(JSON.stringify({ type: mark }), ({ text }) => text.includes(mark))).map(read);
    },
    upTo,
    upToText: (text) => upTo((message) => message.type === 'chat' && message.text === text, `"${text}"`),
  };
}

/** In one line each: the texts of chat messages, of others the type, with who it is about. */
export const brief = (messages: ServerMessage[]): string[] =>
  messages.map((message) =>
    message.type === 'chat'
      ? message.text
      : message.type === 'joined' || message.type === 'left'
        ? `${message.type} ${message.name}`
        : message.type === 'error'
          ? message.code
          : message.type,
  );

/** Until a bus says so. */
export function until(bus: Bus, status: 'up' | 'down', what: string): Promise<void> {
  if (bus.status === status) return Promise.resolve();
  const came = new Promise<void>((resolve) => {
    const off = bus.onStatus((now) => {
      if (now !== status) return;
      off();
      resolve();
    });
  });
  return within(came, `the bus being ${status}, ${what}`, () => `It is ${bus.status}: ${bus.reason}`);
}
