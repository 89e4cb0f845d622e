import { pageHandler, listen } from '#tools/serve.ts';
import { createApp } from '#solutions/day3-chat/app.ts';
import { BoundedHistory } from '#day4/given/history.ts';
import { limitWithOutbox } from '#day4/given/limit-with-outbox.ts';
import { Tokens } from '#day3/given/tokens.ts';

// Day 3's chat with a history, and with a higher rate limit: a client that sends its whole outbox after an outage is not an attack.
const { server, stop } = createApp({
  tokens: new Tokens(),
  page: pageHandler(import.meta.url),
  chat: { history: new BoundedHistory(200) },
  parts: { rateLimit: limitWithOutbox },
});

await listen(server, { name: 'Chat with a history', stop: () => stop(1000) });
