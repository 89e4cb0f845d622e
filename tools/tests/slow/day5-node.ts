/** A finished node of day 5 with its bonus, in its own process, so that it can be killed. */
import type { AddressInfo } from 'node:net';
import { Tokens } from '#day3/given/tokens.ts';
import { StreamBus } from '#day5/given/for-bonus/stream-bus.ts';
import { StreamHistory } from '#day5/given/for-bonus/stream-history.ts';
import { optionalParts } from '#day5/given/optional/optional-parts.ts';
import { Presence } from '#solutions/day5-scaling/bonus/presence.ts';
import { ChatNode } from '#solutions/day5-scaling/chat-node.ts';
import { RedisBus } from '#solutions/day5-scaling/redis-bus.ts';
import { shutdown } from '#solutions/day5-scaling/shutdown.ts';

const { NODE_NAME = 'node', REDIS_URL = '', STREAM, SECRET } = process.env;
// A busy machine may take a second for an answer. That isn't the fault which is tested.
const options = { url: REDIS_URL, pingMs: 200, timeoutMs: 3000 };
const bus = STREAM ? new StreamBus({ ...options, backlog: 100_000, keep: 100_000 }) : new RedisBus(options);
bus.settings.name = NODE_NAME; // as Redis lists its connections
const node = new ChatNode({
  ...optionalParts(),
  name: NODE_NAME,
  bus,
  tokens: new Tokens({ secret: SECRET }),
  page: (_, response) => void response.end(),
  presence: (one) => new Presence(one, { everyMs: 200, ttlMs: 2000 }),
  ...(bus instanceof StreamBus && { history: new StreamHistory(bus) }),
});

bus.onStatus((status) => process.send?.({ status }));
await bus.connect();
node.app.server.listen(0, '127.0.0.1', () => process.send?.({ port: (node.app.server.address() as AddressInfo).port }));
process.on('SIGTERM', async () => {
  await shutdown(node, { batch: 1, pauseMs: 100, deadlineMs: 5000 });
  process.exit();
});
process.on('disconnect', () => process.exit());
