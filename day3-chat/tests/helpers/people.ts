/** What the suites of day 3 share: real connections to a chat whose one method is under test. */
import type { WebSocket } from 'ws';
import { connect, expect, fail, serve, show, type Client, type Message } from '#kit';
import type { Chat } from '#day3/chat.ts';
import type { ChatOptions } from '#day3/given/options.ts';
import { Member } from '#day3/given/rooms.ts';
import { serverMessage, type ServerMessage } from '#day3/given/server-messages.ts';

/** Somebody who is connected: both ends of the line. */
export interface Person {
  client: Client;
  member: Member;
  /** What came since the last time, all of it: an echo behind it says that there is no more. */
  heard(): Promise<ServerMessage[]>;
}

/**
 * A chat on a real server, to which people can be brought. Messages from clients only come back to them: the suite calls the
 * method under test itself, so that no other exercise is needed.
 */
export async function openChat(Class: new (options?: ChatOptions) => Chat, options: ChatOptions = {}) {
  const chat = new Class(options);
  const sockets: WebSocket[] = [];
  const served = await serve((wss) => {
    wss.on('connection', (socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.on('message', (data) => socket.send(String(data)));
    });
  });
  /** @param room to be in already, without a word to anyone; @param userId another one, for a second person of the same name */
  const come = async (name: string, room?: string, userId = `id of ${name}`): Promise<Person> => {
    const client = await connect(served.url);
    const socket = sockets[sockets.length - 1];
    const member = new Member(socket, chat.users.hold({ userId, name }));
    if (room !== undefined) chat.rooms.add(room, member);
    return { client, member, heard: async () => (await client.fence()).map((message) => read(message, name)) };
  };
  return { chat, come, ...served };
}

/** A chat whose broadcast is the suite's own, for the exercises that are not about it. */
export async function openChatThatSpeaks(Class: new (options?: ChatOptions) => Chat, options: ChatOptions = {}) {
  const opened = await openChat(Class, options);
  opened.chat.broadcast = (room, message, except) => {
    for (const member of [...opened.chat.rooms.members(room)]) if (member.user.userId !== except) member.send(message);
  };
  return opened;
}

/**
 * A chat that was given a `deliver`, as day 5's is: what goes to a room is written down, and reaches nobody.
 *
 * @returns `toRooms` fails where a message has not come that way; `who` would have heard it, had it gone to the connections
 */
export async function openChatThatRecords(Class: new (options?: ChatOptions) => Chat) {
  const delivered: { room: string; message: ServerMessage }[] = [];
  const opened = await openChatThatSpeaks(Class, {
    deliver: (room, message) => void delivered.push({ room, message: { ...message } }),
  });
  const toRooms = async (
    what: string,
    expected: { room: string; message: ServerMessage }[],
    who: Person,
  ): Promise<void> => {
    const past = (await who.heard()).length > 0;
    if (past && delivered.length === 0)
      fail(
        `${what}, and the message went to this process's connections only. Use this.deliver: day 5 puts one in its place that reaches other servers as well.`,
      );
    expect(delivered, `${what}: something else went to this.deliver than was expected.`).toEqual(expected);
  };
  return { ...opened, delivered, toRooms };
}

/** Fails where a method is not there; it may have been renamed. */
export function needs(chat: Chat, method: keyof Chat & string): void {
  if (typeof chat[method] === 'function') return;
  const there = Object.getOwnPropertyNames(Object.getPrototypeOf(chat)).filter((name) => name !== 'constructor');
  const like = there.find((name) => name.toLowerCase() === method.toLowerCase());
  fail(`Chat has no method ${method}: it has ${like ?? (there.join(', ') || 'none at all')}.`);
}

function read({ isBinary, text }: Message, name: string): ServerMessage {
  if (isBinary)
    fail(
      `Wrong kind of frame: ${name} got a binary message, which a page has as a Blob: send a string, not a Buffer. It says ${show(text)}.`,
    );
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    fail(`${name} got something that is not JSON: ${show(text)}.`);
  }
  if ((json as { type?: unknown } | null)?.type === 'Buffer')
    fail(
      `${name} got {"type":"Buffer","data":[…]}: member.send got a Buffer, and made JSON of it. Give it the string.`,
    );
  if (typeof json === 'string')
    fail(`${name} got JSON inside of JSON, ${show(text)}: JSON.stringify was called twice.`);
  const parsed = serverMessage.safeParse(json);
  if (!parsed.success)
    fail(
      `${name} got a message that is none of the chat's: ${show(text)}. ${parsed.error.issues[0].path.join('.')}: ${parsed.error.issues[0].message}`,
    );
  return parsed.data;
}
