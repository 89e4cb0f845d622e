import { allowedOrigin, authenticate } from '#day3/auth.ts';
import { closeWith } from '#day3/bonus/close.ts';
import { RateLimit } from '#day3/bonus/rate-limit.ts';
import { sendOrClose } from '#day3/bonus/slow-consumer.ts';
import { Typing } from '#day3/bonus/typing.ts';
import { Chat } from '#day3/chat.ts';
import { createChatServer, type ChatServer, type ChatServerOptions } from '#day3/given/internals/chat-server.ts';
import { parseMessage } from '#day3/protocol.ts';

/** The chat on your own files, with the same parts as in server.ts. It isn't listening yet. */
export function createMyApp(options: ChatServerOptions): ChatServer & { chat: Chat } {
  const chat = new Chat();
  const rateLimit = (): RateLimit => new RateLimit();
  const write: typeof sendOrClose = (socket, text) => sendOrClose(socket, text);
  const typing = new Typing(chat);
  const parts = { chat, parseMessage, allowedOrigin, authenticate, closeWith, rateLimit, write, typing };
  return { chat, ...createChatServer(parts, options) };
}
