/** The finished chat as a process of its own, because it may crash. Its parent asks what it holds. */
import { memoryUsage } from 'node:process';
import type { AddressInfo } from 'node:net';
import { Tokens } from '#day3/given/tokens.ts';
import { createApp } from '#solutions/day3-chat/app.ts';
import { RateLimit } from '#solutions/day3-chat/bonus/rate-limit.ts';

let connections = 0;
let messages = 0; // whole messages that reach the chat
// A rate limit on every third connection only. On all of them, hardly any message would reach the chat.
const rateLimit = () => {
  const limit = connections++ % 3 === 2 ? new RateLimit() : { allow: () => true };
  return {
    allow() {
      if (++messages % 1000 === 0) process.send?.({ messages });
      return limit.allow();
    },
  };
};
const tokens = new Tokens({ secret: 'of the fuzz test', life: 3_600_000 });
const { server, chat, wss } = createApp({ tokens, page: (_, response) => void response.end(), parts: { rateLimit } });

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', () => {
  globalThis.gc?.();
  process.send?.({
    heap: memoryUsage().heapUsed,
    rooms: chat.rooms.size,
    users: chat.users.size,
    clients: wss.clients.size,
    messages,
    connections,
  });
});
process.on('disconnect', () => process.exit());
