import { WebSocket } from 'ws';
import { Tokens } from '#day3/given/tokens.ts';
import { Member } from '#day3/given/rooms.ts';
import type { NodeOptions } from '#day5/given/internals/node-options.ts';
import { optionalParts } from '#day5/given/optional/optional-parts.ts';
import type { createApp } from '#solutions/day3-chat/app.ts';
import { ChatNode } from '#solutions/day5-scaling/chat-node.ts';
import { RedisBus } from '#solutions/day5-scaling/redis-bus.ts';
import { listening } from '#tools/serve/ports.ts';
import { MemoryBus } from '../../day5-scaling/tests/helpers/memory-bus.ts';
import { MESSAGE, ROOM, TIMEOUT_MS, type Running, type Together } from './contenders.ts';

/** The course's chat as a contender. All clients are tabs of one user: otherwise a thousand joins would send a million `joined` messages. */
export async function runningChat({ server, chat }: ReturnType<typeof createApp>, tokens: Tokens): Promise<Running> {
  return {
    port: await listening(server),
    speech: {
      path: '/',
      protocols: ['chat', `token.${tokens.issue(MESSAGE.name).token}`],
      join: JSON.stringify({ type: 'join', room: ROOM }),
      ready: '{"type":"init"',
      delivery: '{"type":"chat"',
      say: JSON.stringify({ type: 'chat', text: MESSAGE.text }),
    },
    broadcast: () => chat.deliver(ROOM, { type: 'chat', ...MESSAGE }),
    openRooms(count) {
      const closed = { readyState: WebSocket.CLOSED } as WebSocket;
      for (let i = 0; i < count; i++) chat.rooms.add(`room ${i}`, new Member(closed, chat.users.hold(userOf(i))));
    },
  };
}

const userOf = (i: number) => ({ userId: `user-${i}`, name: `Person ${i}` });

/** Day 5's node as a contender. Without Redis it is alone, with a bus in memory. */
export async function startNode({ redis, ...options }: Together & Partial<NodeOptions>): Promise<Running> {
  const tokens = new Tokens({ life: 3_600_000 });
  const bus = redis ? new RedisBus({ url: redis, timeoutMs: TIMEOUT_MS }) : new MemoryBus();
  const node = new ChatNode({
    ...optionalParts(),
    name: `bench-${process.pid}`,
    bus,
    tokens,
    page: (_, response) => void response.end(),
    ...options,
  });
  await bus.connect();
  return runningChat(node.app, tokens);
}
