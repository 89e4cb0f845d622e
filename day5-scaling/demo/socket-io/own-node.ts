import { randomUUID } from 'node:crypto';
import { optionalParts } from '#day5/given/optional/optional-parts.ts';
import { ChatNode } from '#solutions/day5-scaling/chat-node.ts';
import { Presence } from '#solutions/day5-scaling/bonus/presence.ts';
import { RedisBus } from '#solutions/day5-scaling/redis-bus.ts';
import { shutdown } from '#solutions/day5-scaling/shutdown.ts';
import type { Node, NodeSettings } from './side.ts';

/** A node of the course's own chat, on the reference solution with its bonus. */
export async function createOwnNode({ redisUrl, prefix, tokens }: NodeSettings): Promise<Node> {
  const bus = new RedisBus({ url: redisUrl });
  const page = (_: unknown, response: { writeHead(status: number): { end(): void } }) =>
    void response.writeHead(404).end();
  const node = new ChatNode({
    ...optionalParts(),
    name: randomUUID(),
    bus,
    tokens,
    prefix,
    page,
    presence: (self) => new Presence(self),
  });
  await bus.connect();
  return { server: node.app.server, stop: () => shutdown(node, { pauseMs: 0 }) };
}
