import { randomBytes } from 'node:crypto';
import { Tokens } from '#day3/given/tokens.ts';
import { limitWithOutbox } from '#day4/given/limit-with-outbox.ts';
import { Presence } from '#day5/bonus/presence.ts';
import { StreamBus } from '#day5/given/for-bonus/stream-bus.ts';
import { StreamHistory } from '#day5/given/for-bonus/stream-history.ts';
import { lastWords } from '#day5/given/internals/last-words.ts';
import { optionalParts } from '#day5/given/optional/optional-parts.ts';
import { ShardedBus, ShardedStreamBus } from '#day5/given/optional/sharded-bus.ts';
import { ChatNode } from '#day5/chat-node.ts';
import { RedisBus } from '#day5/redis-bus.ts';
import { shutdown } from '#day5/shutdown.ts';
import { masked } from '#tools/brokers/address.ts';
import { ask } from '#tools/brokers/ask.ts';
import { asTyped } from '#tools/serve/flags.ts';
import { fail, listen, pageHandler, readFlags } from '#tools/serve.ts';

const flags = readFlags(['stream']);
const { TOKEN_SECRET } = process.env;
const REDIS_URL = process.env.REDIS_URL || 'redis://127.0.0.1:6379';
const unique = randomBytes(3).toString('hex'); // nodes on several machines may have the same port
const name = flags.port === 0 ? unique : `${flags.port}-${unique}`;
const bus = connection();
const untried = bus.reason;
if (flags.stream) await needStreams();

const node = new ChatNode({
  ...optionalParts(),
  name,
  bus,
  // All nodes sign with the same secret: a token from one is valid on all others.
  tokens: new Tokens({ secret: TOKEN_SECRET ?? 'known to everybody: for the class alone' }),
  page: pageHandler(import.meta.url),
  rateLimit: limitWithOutbox,
  presence: (self) => new Presence(self),
  ...(bus instanceof StreamBus && { history: new StreamHistory(bus) }),
});

let said: 'up' | 'down' | undefined;
const off = bus.onStatus(tell);
const stop = async (): Promise<void> => {
  off();
  const losses = lastWords(node);
  await shutdown(node, { deadlineMs: 3000 });
  if (losses()) console.log(losses());
};
await listen(node.app.server, { name: `Node ${node.name}`, flags, stop });
if (flags.lan && !TOKEN_SECRET)
  console.log(
    'TOKEN_SECRET is not set: anyone who has read this course can sign in as anyone. Enough for the class; else set it, the same for all nodes.',
  );

if (flags.stream) bus.onStatus((status) => status === 'up' && void needStreams()); // it may be another Redis than before
bus.connect().catch((error: Error) => bus.check(error)); // it never connected: the reason is shown with the status
// A Redis that was never there brings no change of status. Say so when the reason is known: with TLS, that takes more than five seconds.
let looks = 0;
const looking = setInterval(() => {
  if (bus.reason === untried && ++looks < 20) return;
  clearInterval(looking);
  tell(bus.status);
}, 500).unref();

function connection(): RedisBus | StreamBus | ShardedBus {
  const options = { url: REDIS_URL, urls: REDIS_URL.split(','), name: `websockets-in-5-days:${name}` };
  const isCluster = options.urls.length > 1;
  try {
    if (isCluster) return flags.stream ? new ShardedStreamBus(options) : new ShardedBus(options);
    return flags.stream ? new StreamBus(options) : new RedisBus(options);
  } catch (error) {
    return fail(`REDIS_URL: ${(error as Error).message}`);
  }
}

async function needStreams(): Promise<void> {
  if (REDIS_URL.includes(',')) return; // several addresses: a cluster, and the stand-in can't be one
  const answer = await ask(REDIS_URL);
  if (answer.there !== 'redis' || answer.kind === 'redis-server') return;
  fail(
    `${asTyped('stream')} needs a real Redis, and what listens at ${masked(REDIS_URL)} is the stand-in. How to install one: npm run doctor`,
  );
}

/** One line for each change. */
function tell(status: 'up' | 'down'): void {
  if (status === said) return;
  said = status;
  const kept = flags.stream ? ', and what is said comes to the others afterwards' : '';
  if (status === 'up')
    console.log(`Redis: up. The nodes hear each other${flags.stream ? ', by way of a Stream' : ''}.`);
  else console.log(`Redis: down. ${bus.reason} This node serves its own people${kept}.`);
}
