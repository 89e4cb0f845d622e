/** What the suites of day 3 share: people with real connections, in a chat that has one method of the learner's under test. */
import type { WebSocket } from 'ws';
import { connect, expect, fail, load, serve, show, type Client, type Message } from '#kit';
import type { Chat } from '#day3/chat.ts';
import type { ChatOptions } from '#day3/given/internals/options.ts';
import { Member } from '#day3/given/rooms.ts';
import { serverMessage, type ServerMessage } from '#day3/given/server-messages.ts';

type ChatClass = new (options?: ChatOptions) => Chat;

/** Somebody who is connected: both ends of the connection. */
export interface Person {
  client: Client;
  member: Member;
  /** the texts that went through `member.send`, and so through the function that the server was given for writing */
  written: string[];
  /** All messages that came since the last call. An echo that must come after them proves that there are no more. */
  heard(): Promise<ServerMessage[]>;
}

/** Something that is sent right after something else, and must not arrive before it. */
export const next = { type: 'typing', userId: 'id of next', name: 'next' } as const;

/** Opens the learner's Chat in one of the ways below, and makes sure that it has the method that the exercise is about. */
export async function openFor<Opened extends { chat: Chat }>(
  method: keyof Chat & string,
  way: (Class: ChatClass) => Promise<Opened>,
): Promise<Opened> {
  const { Chat } = await load(() => import('#day3/chat.ts'), 'Chat');
  const opened = await way(Chat);
  needs(opened.chat, method);
  return opened;
}

/**
 * A chat on a real server, and a way to bring people to it. The server only echoes what clients send: the suite calls the method under
 * test itself, so an exercise never depends on another one.
 */
export async function openChat(Class: ChatClass, options: ChatOptions = {}) {
  const chat = new Class(options);
  const sockets: WebSocket[] = [];
  const served = await serve((wss) => {
    wss.on('connection', (socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.on('message', (data) => socket.send(String(data)));
    });
  });
  /**
   * @param room that the person is in from the start; nobody is told about it
   * @param userId give a different one to a second person with the same name
   */
  const come = async (name: string, room?: string, userId = `id of ${name}`): Promise<Person> => {
    const client = await connect(served.url);
    const socket = sockets[sockets.length - 1];
    const written: string[] = [];
    const member = new Member(socket, chat.users.hold({ userId, name }), (to, text) => {
      written.push(text);
      to.send(text);
    });
    if (room !== undefined) chat.rooms.add(room, member);
    const heard = async () => (await client.fence()).map((message) => read(message, name));
    return { client, member, written, heard };
  };
  return { chat, come, ...served };
}

/** A chat with a broadcast of the suite's own. The exercises about the other methods use it. */
export async function openChatThatSpeaks(Class: ChatClass, options: ChatOptions = {}) {
  const opened = await openChat(Class, options);
  opened.chat.broadcast = (room, message, except) => {
    for (const member of [...opened.chat.rooms.members(room)]) if (member.user.userId !== except) member.send(message);
  };
  return opened;
}

/**
 * A chat with a `deliver` of its own, as on day 5: it writes down what goes to a room, and sends nothing.
 *
 * @returns `toRooms`, which fails if a message didn't go that way. `who` is somebody in the room: they get the message only if it was
 *   sent without `deliver`.
 */
export async function openChatThatRecords(Class: ChatClass) {
  const delivered: { room: string; message: ServerMessage }[] = [];
  const opened = await openChatThatSpeaks(Class, {
    deliver: (room, message) => void delivered.push({ room, message: { ...message } }),
  });
  const toRooms = async (
    what: string,
    expected: { room: string; message: ServerMessage }[],
    who: Person,
  ): Promise<void> => {
    const wentPast = (await who.heard()).length > 0;
    if (wentPast && delivered.length === 0)
      fail(
        `${what}, and the message only went to the connections of this process. Use this.deliver: day 5 replaces it with one that also reaches the other servers.`,
      );
    expect(delivered, `${what}, and this.deliver was not called as expected.`).toEqual(expected);
  };
  return { ...opened, delivered, toRooms };
}

/** Fails if the chat doesn't have a method. Perhaps it was renamed. */
function needs(chat: Chat, method: keyof Chat & string): void {
  if (typeof chat[method] === 'function') return;
  const there = Object.getOwnPropertyNames(Object.getPrototypeOf(chat)).filter((name) => name !== 'constructor');
  const like = there.find((name) => name.toLowerCase() === method.toLowerCase());
  fail(`Chat has no method called ${method}. It has ${like ?? (there.join(', ') || 'no methods')}. Was it renamed?`);
}

function read({ isBinary, text }: Message, name: string): ServerMessage {
  if (isBinary)
    fail(
      `${name} got a binary message, which arrives in a page as a Blob: send a string, not a Buffer. Its text is ${show(text)}.`,
    );
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    fail(`${name} got a text that is not JSON: ${show(text)}.`);
  }
  if ((json as { type?: unknown } | null)?.type === 'Buffer')
    fail(
      `${name} got {"type":"Buffer","data":[…]}: member.send was called with a Buffer, and made JSON of it. Pass the string.`,
    );
  if (typeof json === 'string') fail(`${name} got JSON inside JSON, ${show(text)}: JSON.stringify was called twice.`);
  const parsed = serverMessage.safeParse(json);
  if (!parsed.success) fail(`${name} got ${show(json)}. ${whatIsWrong(json, parsed.error.issues[0])}`);
  return parsed.data;
}

/** What is wrong with a message of the server, in one or two sentences. */
function whatIsWrong(json: unknown, { path, message }: { path: PropertyKey[]; message: string }): string {
  const { type } = Object(json) as { type?: unknown };
  if (typeof type !== 'string')
    return 'A message is an object with a `type`. All of them are in given/server-messages.ts.';
  if (path.join() === 'type') return 'No message has this type. All types are in given/server-messages.ts.';
  const field = path.join('.');
  const value = path.reduce<unknown>((of, key) => (Object(of) as Record<PropertyKey, unknown>)[key], json);
  const wrong =
    value === undefined ? `The field \`${field}\` is missing.` : `The field \`${field}\` is wrong (${message}).`;
  return `${wrong} See \`${type}\` in given/server-messages.ts.`;
}
