import { Tokens } from '#day3/given/tokens.ts';
import { MemoryBus } from '../../../day5-scaling/tests/helpers/memory-bus.ts';
import { optionalParts } from '#day5/given/optional/optional-parts.ts';
import { ChatNode } from '#solutions/day5-scaling/chat-node.ts';
import { RedisBus } from '#solutions/day5-scaling/redis-bus.ts';
import type { Running } from '../contenders.ts';
import { runningChat } from '../running-chat.ts';

/** Day 5's reference solution: on Redis, or alone with a bus in memory. */
export async function start(redis?: string): Promise<Running> {
  const tokens = new Tokens({ life: 3_600_000 });
  const bus = redis ? new RedisBus({ url: redis }) : new MemoryBus();
  const node = new ChatNode({
    ...optionalParts(),
    name: `bench-${process.pid}`,
    bus,
    tokens,
    page: (_, response) => void response.end(),
  });
  await bus.connect();
  return runningChat(node.app, tokens);
}
