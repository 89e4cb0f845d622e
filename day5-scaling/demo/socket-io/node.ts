import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import { Server, type Socket } from 'socket.io';
import { LIMITS } from '#day3/given/limits.ts';
import { epochIds } from '#day3/given/internals/options.ts';
import type { User } from '#day3/given/server-messages.ts';
import { answerTokens } from '#day3/given/internals/token-route.ts';
import { allowedOrigin } from '#solutions/day3-chat/auth.ts';
import { clientMessage } from '#solutions/day3-chat/protocol.ts';
import { openRedis } from './redis.ts';
import type { Node, NodeSettings } from './side.ts';

/** A node of the chat, on Socket.IO and its Redis adapter. The tokens, the check of Origin and the schemas are the course's. */
export async function createNode({ redisUrl, prefix, tokens }: NodeSettings): Promise<Node> {
  const { publisher, subscriber, close } = await openRedis(redisUrl);
  const server = createServer(
    (request, response) => void (answerTokens(tokens, request, response) || response.writeHead(404).end()),
  );
  const io = new Server(server, {
    adapter: createAdapter(publisher, subscriber, { key: prefix }),
    maxHttpBufferSize: LIMITS.payload,
    serveClient: false,
    // The option `cors` isn't enough: CORS does not apply to WebSocket handshakes.
    allowRequest: ({ headers }, answer) => answer(null, allowedOrigin(headers.origin, headers.host)),
  });
  await subscriber.ping(); // the adapter doesn't wait for its subscriptions, but Redis answers in order

  /** The sockets in a room, on all nodes. If one of the nodes doesn't answer, only those on this node. */
  const everyone = (room: string) =>
    io
      .in(room)
      .fetchSockets()
      .catch(() => io.local.in(room).fetchSockets());

  async function enter(socket: Socket, room: string, entered: () => void): Promise<void> {
    const { user, room: before } = socket.data;
    if (before !== room) void leave(socket);
    socket.data.room = room;
    await socket.join(roomOf(room));
    entered();
    const there = await everyone(roomOf(room));
    if (socket.data.room !== room) return; // has left while the other nodes were asked
    const users = new Map(there.map(({ data }): [string, User] => [data.user.userId, data.user]));
    socket.emit('init', { room, userId: user.userId, onlineUsers: [...users.values()] });
    const isNew =
      before !== room && !there.some(({ id, data }) => id !== socket.id && data.user.userId === user.userId);
    if (isNew) io.to(roomOf(room)).except(tabsOf(user)).emit('joined', socket.data.user);
  }

  async function leave(socket: Socket): Promise<void> {
    const { room, user } = socket.data;
    if (room === undefined) return;
    socket.data.room = undefined;
    await socket.leave(roomOf(room));
    const isStill = (await everyone(roomOf(room))).some(({ data }) => data.user.userId === user.userId);
    if (!isStill) io.to(roomOf(room)).emit('left', user);
  }

  /** Renames in all tabs on this node: `fetchSockets` gives only copies of sockets on other nodes. */
  function rename(user: User): void {
    for (const { data } of io.sockets.sockets.values()) if (data.user.userId === user.userId) data.user = user;
  }

  const newId = epochIds();
  io.on('renamed', rename); // from another node
  io.use((socket, next) => {
    socket.data.user = tokens.verify(String(socket.handshake.auth.token));
    next(socket.data.user ? undefined : new Error('401'));
  });
  io.on('connection', (socket) => {
    void socket.join(tabsOf(socket.data.user));
    const here = () => io.to(roomOf(socket.data.room));
    socket.use((packet, next) => {
      const { data, error } = clientMessage.safeParse({ ...Object(packet[1]), type: packet[0] });
      if (error) return next(new Error(error.issues[0].message));
      if (data.type !== 'join' && socket.data.room === undefined)
        return next(new Error(`Join a room before ${data.type}.`));
      const acknowledge = packet.at(-1);
      packet.splice(1, packet.length, data, typeof acknowledge === 'function' ? acknowledge : () => {});
      next();
    });
    socket.on('error', ({ message }) => void socket.emit('error', { code: 'invalid-message', message }));
    socket.on('join', ({ room }, entered) => enter(socket, room, entered));
    socket.on(
      'chat',
      ({ text }) => void here().emit('chat', { id: newId(), ...socket.data.user, text, timestamp: Date.now() }),
    );
    socket.on('setName', ({ name }) => {
      rename({ ...socket.data.user, name });
      io.serverSideEmit('renamed', socket.data.user);
      here().emit('renamed', socket.data.user);
    });
    socket.on('typing', () => void here().except(tabsOf(socket.data.user)).volatile.emit('typing', socket.data.user));
    socket.on('disconnect', () => leave(socket));
  });

  return {
    server,
    async stop() {
      await Promise.all([...io.sockets.sockets.values()].map((socket) => leave(socket)));
      await io.close();
      await close();
    },
  };
}

// In Socket.IO each socket is also in a room with its own id as the name. Without a prefix anybody could join that room and listen.
const roomOf = (name: string): string => `room:${name}`;
const tabsOf = ({ userId }: User): string => `user:${userId}`;
