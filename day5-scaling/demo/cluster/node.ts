/** One node in its own process: `node.ts NAME REDIS_URL [stream]`, started by nodes.ts, on the solution or on the learner's files. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Tokens } from '#day3/given/tokens.ts';
import { limitWithOutbox } from '#day4/given/limit-with-outbox.ts';
import { StreamBus } from '#day5/given/for-bonus/stream-bus.ts';
import { StreamHistory } from '#day5/given/for-bonus/stream-history.ts';
import type { Envelope } from '#day5/given/envelope.ts';
import { optionalParts } from '#day5/given/optional/optional-parts.ts';
import { healthOf, type Health } from '#day5/given/internals/health.ts';
import { lastWords } from '#day5/given/internals/last-words.ts';
import { Presence } from '#day5/bonus/presence.ts';
import { ChatNode } from '#day5/chat-node.ts';
import { RedisBus } from '#day5/redis-bus.ts';
import { shutdown } from '#day5/shutdown.ts';
import { pageHandler } from '#tools/serve.ts';

/** What a node reports to the demonstration four times per second. */
export interface Report extends Health {
  port: number;
  /** the names of the people who are connected to it */
  people: string[];
  /** how many rooms it is subscribed to */
  subscriptions: number;
  /** chat messages since the start: published on the bus, and received from other nodes */
  sent: number;
  heard: number;
}

class Watched extends ChatNode {
  sent = 0;
  heard = 0;

  override async send(envelope: Envelope): Promise<void> {
    await super.send(envelope);
    if (envelope.message.type === 'chat') this.sent++;
  }

  override hear(envelope: Envelope): void {
    if (envelope.message.type === 'chat') this.heard++;
    super.hear(envelope);
  }
}

const [name, url, stream] = process.argv.slice(2);
process.on('disconnect', () => process.exit()); // the demonstration has ended
process.on('SIGINT', () => {}); // Ctrl+C reaches every process of the terminal; the demonstration decides what to do

const options = { url, name: `websockets-in-5-days:${name}` }; // as CLIENT LIST of Redis shows it
const bus = stream ? new StreamBus(options) : new RedisBus(options);
const node = new Watched({
  ...optionalParts(),
  name,
  bus,
  tokens: new Tokens({ secret: process.env.TOKEN_SECRET }),
  page: pageHandler(import.meta.url, '../../page'),
  rateLimit: limitWithOutbox,
  presence: (self) => new Presence(self, { everyMs: 1000, ttlMs: 3000 }),
  ...(bus instanceof StreamBus && { history: new StreamHistory(bus) }),
});
node.app.server.listen(0, '127.0.0.1');
await once(node.app.server, 'listening');
const { port } = node.app.server.address() as AddressInfo;

process.on('message', async (word) => {
  if (word !== 'stop') return;
  lastWords(node);
  await shutdown(node, { batch: 1, pauseMs: 800, deadlineMs: 3000 }); // slow enough to be watched
  process.exit();
});

function report(): void {
  const people = [...new Set([...node.rooms].flatMap((room) => node.chat.rooms.local(room)).map(({ name }) => name))];
  const { sent, heard } = node;
  const all: Report = { ...healthOf(node), port, people, subscriptions: node.held.size, sent, heard };
  process.send?.(all);
}
// The first report says whether it is ready. Without Redis it isn't, and keeps trying.
const isUp = new Promise<void>((resolve) => bus.onStatus((status) => status === 'up' && resolve()));
bus.connect().catch((error: unknown) => bus.check(error));
await Promise.race([isUp, sleep(2000)]);
bus.onStatus(report);
setInterval(report, 250);
report();
