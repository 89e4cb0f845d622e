import { createServer } from 'node:http';
import { createClient } from '@redis/client';
import { Server } from 'socket.io';
import { listening } from '#tools/serve/ports.ts';
import { MESSAGE, ROOM, type Running, type Together } from '../contenders.ts';

/** Socket.IO on its WebSocket transport, everybody in one room. */
export async function start({ redis }: Together): Promise<Running> {
  const server = createServer();
  const io = new Server(server, { transports: ['websocket'], serveClient: false });
  if (redis) {
    const { createAdapter } = await import('@socket.io/redis-adapter');
    const publisher = createClient({ url: redis });
    const subscriber = publisher.duplicate();
    for (const client of [publisher, subscriber])
      client.on('error', (error) => console.error(`Redis: ${error.message}`));
    await Promise.all([publisher.connect(), subscriber.connect()]);
    io.adapter(createAdapter(publisher, subscriber));
  }
  io.on('connection', (socket) => {
    socket.on('chat', (text: string) => io.to(ROOM).emit('chat', { ...MESSAGE, text }));
    void socket.join(ROOM);
  });
  return {
    port: await listening(server),
    // ws sends what Socket.IO's client would send: so the clients cost the same for each contender. https://socket.io/docs/v4/socket-io-protocol/
    speech: {
      path: '/socket.io/?EIO=4&transport=websocket',
      protocols: [],
      join: '40',
      ready: '40{',
      delivery: '42["chat"',
      say: `42${JSON.stringify(['chat', MESSAGE.text])}`,
    },
    broadcast: () => void io.to(ROOM).emit('chat', MESSAGE),
  };
}
