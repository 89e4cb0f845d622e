import { createClient } from '@redis/client';
import { load, note, onCleanUp, within } from '#kit';
import { Tokens, type Issued } from '#day3/given/tokens.ts';
import { ChatNode as ReferenceNode } from '#solutions/day5-scaling/chat-node.ts';
import { RedisBus as ReferenceBus } from '#solutions/day5-scaling/redis-bus.ts';
import { limit } from '#tools/kit/within.ts';
import { redisForTests } from '#tools/brokers/redis.ts';
import { brief, person, until } from '#tools/tests/helpers/day5/nodes.ts';
import { lineTo } from '../../tests/helpers/line-to.ts';
import { listen } from '../../tests/helpers/listen.ts';

export { brief, until };

const METHODS = ['deliver', 'receive', 'retainRoom', 'releaseRoom'] as const;
export type Method = (typeof METHODS)[number];

/** A Redis of its own for each trial: the real one if it is installed, else the stand-in. */
export async function openRedis() {
  const redis = await redisForTests(note);
  onCleanUp(() => redis.stop());
  return redis;
}

/** A line to Redis that can be cut, and one of your buses at its end. Its times are long: a slow machine is not an outage. */
export async function openBus(url: string, { timeoutMs = 30_000, own = true } = {}) {
  const { RedisBus } = await load(() => import('#day5/redis-bus.ts'), 'RedisBus');
  const line = await lineTo(url);
  const bus = new ReferenceBus({ url: line.url, timeoutMs, pingMs: 100 });
  if (own) bus.connect = RedisBus.prototype.connect as typeof bus.connect;
  if (own) bus.publish = RedisBus.prototype.publish as typeof bus.publish;
  onCleanUp(() => bus.close());
  return { bus, line };
}

/** Connects a bus, and waits until it is up. */
export async function up(bus: ReferenceBus, what: string): Promise<void> {
  const connecting = bus.connect();
  Promise.resolve(connecting).catch((error: unknown) => bus.check(error));
  await back(bus, what);
}

/** Waits until a bus is up. After an outage its clients may wait two seconds before they try again. */
export async function back(bus: ReferenceBus, what: string): Promise<void> {
  if (bus.status === 'up') return;
  let off = (): void => {};
  const isUp = new Promise<void>((resolve) => (off = bus.onStatus((status) => status === 'up' && resolve())));
  await limit(isUp, 8000, () => `The bus should be up, ${what}, but it is down: ${bus.reason}`).finally(off);
}

/**
 * A node that listens.
 *
 * @param own the methods of `ChatNode` that are yours; the reference's take the place of the others
 */
export async function openNode(name: string, url: string, own: readonly Method[] = METHODS, ownBus = false) {
  const { ChatNode } = await load(() => import('#day5/chat-node.ts'), 'ChatNode');
  const { bus, line } = await openBus(url, { own: ownBus });
  const node = new ChatNode({ name, bus, tokens, page: (_, response) => void response.end() });
  for (const method of METHODS)
    if (!own.includes(method)) Object.assign(node, { [method]: ReferenceNode.prototype[method] });
  await up(bus, `of ${name}`);
  const port = await listen(node);
  /** Brings somebody into a room. @param as who they are already; by default somebody new */
  const come = async (who: string, room: string, as?: Issued) => {
    const one = await person(`ws://127.0.0.1:${port}`, tokens.issue(who, as?.renewal));
    one.say({ type: 'join', room });
    const [init] = await one.upTo(({ type }) => type === 'init', `init, for ${who} on ${name}`);
    return Object.assign(one, { name: who, init });
  };
  const token = () => tokens.issue('Somebody').token;
  return { name, node, bus, line, port, come, token };
}

/** The exam's own connection to Redis: it publishes, and counts who is subscribed. */
export async function openClient(url: string) {
  const client = createClient({ url });
  client.on('error', () => {}); // the trial ends, and Redis with it
  onCleanUp(() => void (client.isOpen && client.destroy()));
  await within(client.connect(), "the exam's own connection to Redis", () => '');
  return client;
}

const tokens = new Tokens({ life: 3_600_000 });
