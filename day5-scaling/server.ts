import { randomBytes } from 'node:crypto';
import { Tokens } from '#day3/tokens.ts';
import { ChatNode } from '#day5/chat-node.ts';
import { RedisBus } from '#day5/redis-bus.ts';
import { shutdown } from '#day5/shutdown.ts';
import { fail, listen, pageHandler, readFlags } from '#tools/serve.ts';

const flags = readFlags();
const { REDIS_URL = 'redis://127.0.0.1:6379', TOKEN_SECRET = 'known to everybody: for the class alone' } = process.env;

let bus: RedisBus;
try {
  bus = new RedisBus({ url: REDIS_URL });
} catch (error) {
  fail(`REDIS_URL: ${(error as Error).message}`);
}
const node = new ChatNode({
  name: `${flags.port}-${randomBytes(3).toString('hex')}`,
  bus,
  // All nodes sign with the same secret: a token from one opens the door of another.
  tokens: new Tokens({ secret: TOKEN_SECRET }),
  page: pageHandler(import.meta.url),
});

await listen(node.app.server, { name: `Node ${node.name}`, flags, stop: () => shutdown(node, { deadlineMs: 3000 }) });
const say = () => console.log(bus.status === 'up' ? 'Redis: up. The nodes hear each other.' : `Redis: down. ${bus.reason} This node serves its own people.`);
bus.onStatus(say);
setTimeout(() => bus.status === 'down' && say(), 1000).unref(); // it never was up
bus.connect().catch((error: Error) => console.log(`Redis: ${error.message}`));
