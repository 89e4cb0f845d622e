import { allowedOrigin, authenticate } from '#day3/auth.ts';
import { closeWith } from '#day3/bonus/close.ts';
import { RateLimit } from '#day3/bonus/rate-limit.ts';
import { sendOrClose } from '#day3/bonus/slow-consumer.ts';
import { Typing } from '#day3/bonus/typing.ts';
import { Chat } from '#day3/chat.ts';
import { createChatServer } from '#day3/given/internals/chat-server.ts';
import { parseMessage } from '#day3/protocol.ts';
import { Tokens } from '#day3/given/tokens.ts';
import { listen, pageHandler } from '#tools/serve.ts';

const chat = new Chat();
const { server, stop } = createChatServer(
  {
    chat,
    parseMessage,
    allowedOrigin,
    authenticate,
    closeWith,
    rateLimit: () => new RateLimit(),
    write: (socket, text) => sendOrClose(socket, text),
    typing: new Typing(chat),
  },
  { tokens: new Tokens(), page: pageHandler(import.meta.url) },
);

await listen(server, { name: 'Chat', stop: () => stop(1000) });
