/** The finished chat in one piece. Later days, the demonstrations and the tests use it. */
import {
  createChatServer,
  type ChatServer,
  type ChatServerOptions,
  type Parts,
} from '#day3/given/internals/chat-server.ts';
import type { ChatOptions } from '#day3/given/internals/options.ts';
import { allowedOrigin, authenticate } from './auth.ts';
import { closeWith } from './bonus/close.ts';
import { RateLimit } from './bonus/rate-limit.ts';
import { sendOrClose } from './bonus/slow-consumer.ts';
import { Typing } from './bonus/typing.ts';
import { Chat } from './chat.ts';
import { parseMessage } from './protocol.ts';

export { Chat };

/** All parts of a chat, from the reference solution. The bonus is included. */
export function partsFor(chat: Chat): Parts {
  return {
    chat,
    parseMessage,
    allowedOrigin,
    authenticate,
    closeWith,
    rateLimit: () => new RateLimit(),
    write: (socket, text) => sendOrClose(socket, text),
    typing: new Typing(chat),
  };
}

/**
 * A whole chat server, not yet listening.
 *
 * @param options.chat the options of the `Chat`: history, delivery, clock, ids
 * @param options.parts replace parts of the solution
 */
export function createApp({
  chat: chatOptions,
  parts,
  ...options
}: ChatServerOptions & { chat?: ChatOptions; parts?: Partial<Parts> }): ChatServer & { chat: Chat } {
  const chat = new Chat(chatOptions);
  return { chat, ...createChatServer({ ...partsFor(chat), ...parts }, options) };
}
