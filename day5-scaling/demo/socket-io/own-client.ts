import { WebSocket } from 'ws';
import { ReconnectingClient } from '#solutions/day4-reconnect/reconnecting-client.ts';
import type { ClientSettings } from './side.ts';

/** Somebody in a room of the course's own chat, with day 4's client. */
export function createOwnClient({ port, token, room, hear }: ClientSettings): ReconnectingClient {
  const client = new ReconnectingClient({
    url: () => ({ url: `ws://127.0.0.1:${port}`, protocols: ['chat', `token.${token}`] }),
    room,
    WebSocket,
  });
  client.on('message', hear);
  client.start();
  return client;
}
