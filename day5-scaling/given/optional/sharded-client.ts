import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { ErrorReply } from '@redis/client';
import { BusError } from '#day5/given/bus.ts';
import { shardChannelOf } from '#day5/given/for-bonus/slot-names.ts';
import type { RedisClient } from '#day5/given/internals/redis-options.ts';
import {
  answered,
  canariesOf,
  clientsFor,
  end,
  endCluster,
  firstAnswer,
  mapOf,
  newCluster,
  type Cluster,
  type ClusterOptions,
} from '#day5/given/optional/redis-cluster.ts';
import { pause } from '#day5/given/waiting.ts';

type Listener = (text: string) => void;
type Script = { keys: string[]; arguments: string[] };

export interface ShardedClientOptions extends ClusterOptions {
  /** how long Redis may take to answer, in ms */
  timeoutMs: number;
  /** the start of the names of the client's own channels */
  prefix: string;
}

/**
 * A client of a Redis Cluster that publishes on shard channels (SPUBLISH), and subscribes to them (SSUBSCRIBE). It has the methods of an
 * ordinary client that a bus uses. It is ready while all masters are connected.
 *
 * If anything is wrong, it drops all connections, asks for the masters again, and subscribes again to everything. So it handles a
 * cut connection, a failover (a replica has replaced its master) and a slot that has moved to another master in the same way.
 */
export class ShardedClient extends EventEmitter<{ ready: []; error: [unknown] }> {
  isOpen = false;
  isReady = false;
  readonly #options: ShardedClientOptions;
  #cluster: Cluster | undefined;
  /** the clients that ask for the map */
  #asking: RedisClient[] = [];
  #connecting: Promise<void> | undefined;
  /** which master has which slots, when this client subscribed to its channels */
  #map = '';
  /** for each master a channel of this client's own */
  #canaries: string[] = [];
  /** texts that have to come back on these channels */
  readonly #expected = new Map<string, () => void>();
  /** shard channel → its listeners */
  readonly #listeners = new Map<string, Set<Listener>>();
  /** the shard channels that this client is subscribed to */
  readonly #subscribed = new Set<string>();
  /** shard channel → the last change of its subscription, which the next one waits for */
  readonly #changes = new Map<string, Promise<void>>();
  readonly #publishing = new Set<Promise<unknown>>();

  /** A server that has not answered for this long may be dead, so the client looks for another one in its place. */
  readonly #patienceMs: number;

  constructor(options: ShardedClientOptions) {
    super();
    this.#options = options;
    this.#patienceMs = 5 * options.timeoutMs;
  }

  /** Connects. It tries again until that works. @returns when the client is ready, or destroyed */
  connect(): Promise<void> {
    this.isOpen = true;
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  destroy(): void {
    this.isOpen = false;
    this.#drop();
  }

  /**
   * Checks that a text comes back from each master, and that no slot has moved since this client subscribed. Otherwise it connects again.
   * A client can't rely on being told that a slot has moved: the server ends the subscriptions, and the client library may miss it.
   *
   * @throws an error that says what is wrong
   */
  async check(): Promise<void> {
    await this.#use((cluster) => this.#tryAll(cluster));
  }

  publish(channel: string, text: string): Promise<number> {
    const publishing = this.#use((cluster) => cluster.sPublish(shardChannelOf(channel), text)).catch((error: Error) => {
      throw error instanceof ErrorReply ? error : new BusError(error.message);
    });
    const settled = publishing.catch(() => {}).finally(() => this.#publishing.delete(settled));
    this.#publishing.add(settled);
    return publishing;
  }

  /** Resolves when Redis has answered for every text that was published, or hasn't done so in time. */
  async whenPublished(): Promise<void> {
    await answered(this.#options.timeoutMs, Promise.all(this.#publishing)).catch(() => {});
  }

  async subscribe(channel: string, listener: Listener): Promise<void> {
    const name = shardChannelOf(channel);
    this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(listener));
    await this.#change(name);
  }

  async unsubscribe(channel: string, listener: Listener): Promise<void> {
    const name = shardChannelOf(channel);
    this.#listeners.get(name)?.delete(listener);
    if (this.#listeners.get(name)?.size === 0) this.#listeners.delete(name);
    await this.#change(name);
  }

  /** Sends a command that any of the servers can answer; PUBLISH goes to the master of the channel. */
  sendCommand([verb, ...words]: string[]): Promise<unknown> {
    if (verb === 'PUBLISH') return this.publish(words[0], words[1]);
    return this.#use((cluster) => cluster.sendCommand(undefined, true, [verb, ...words]));
  }

  async scriptLoad(script: string): Promise<void> {
    await this.#use((cluster) =>
      Promise.all(cluster.masters.map(async (master) => (await cluster.nodeClient(master)).scriptLoad(script))),
    );
  }

  evalSha(sha: string, parameters: Script): Promise<unknown> {
    return this.#use((cluster) => cluster.evalSha(sha, parameters));
  }

  eval(script: string, parameters: Script): Promise<unknown> {
    return this.#use((cluster) => cluster.eval(script, parameters));
  }

  xRange(...words: Parameters<Cluster['xRange']>): ReturnType<Cluster['xRange']> {
    return this.#use((cluster) => cluster.xRange(...words)) as ReturnType<Cluster['xRange']>;
  }

  xRevRange(...words: Parameters<Cluster['xRevRange']>): ReturnType<Cluster['xRevRange']> {
    return this.#use((cluster) => cluster.xRevRange(...words)) as ReturnType<Cluster['xRevRange']>;
  }

  /** Sends commands. If no answer comes, or anything else is wrong than what a server refuses, the client connects again. */
  async #use<T>(work: (cluster: Cluster) => Promise<T>): Promise<T> {
    const cluster = this.#cluster;
    if (!cluster || !this.isReady) throw new Error('The servers of the cluster are not connected.');
    return answered(this.#patienceMs, work(cluster)).catch((error: unknown) => {
      if (!(error instanceof ErrorReply) && this.#cluster === cluster) this.#restart(error);
      throw error;
    });
  }

  async #connect(): Promise<void> {
    for (let retries = 0; this.isOpen && !this.isReady; retries++) {
      if (retries > 0) await pause(Math.random() * Math.min(2000, 50 * 2 ** retries));
      if (!this.isOpen) return;
      try {
        await this.#attempt();
      } catch (error) {
        this.#drop();
        if (this.isOpen) this.emit('error', error);
      }
    }
  }

  async #attempt(): Promise<void> {
    this.#asking = clientsFor(this.#options);
    const [first, map] = await answered(this.#patienceMs, firstAnswer(this.#asking));
    this.#endAsking();
    this.#map = map; // from before the subscriptions: if a slot moves in between, the next check notices
    if (!this.isOpen) return;

    const cluster = newCluster(this.#options.urls[first], this.#options);
    this.#cluster = cluster;
    let failure: { error: unknown } | undefined;
    cluster.on('error', (error) => (failure ??= { error }));
    cluster.on('node-error', (error) => {
      failure ??= { error };
      if (this.#cluster === cluster && this.isReady) this.#restart(error);
    });
    const opening = cluster.connect().then(() => this.#subscribeAll(cluster));
    await answered(this.#patienceMs, opening).catch((error: unknown) => {
      throw error instanceof ErrorReply ? error : (failure?.error ?? error);
    });
    if (this.#cluster !== cluster) return;
    if (failure) throw failure.error;
    this.isReady = true;
    this.emit('ready');
  }

  async #subscribeAll(cluster: Cluster): Promise<void> {
    this.#canaries = await canariesOf(cluster, `${this.#options.prefix}:canary:${randomUUID()}`);
    const names = [...this.#listeners.keys()];
    await Promise.all([
      ...this.#canaries.map((name) => cluster.sSubscribe(name, (text) => this.#expected.get(text)?.())),
      ...names.map((name) => cluster.sSubscribe(name, this.#hear)),
    ]);
    for (const name of names) this.#subscribed.add(name);
    for (const { pubSub } of cluster.masters)
      pubSub?.client.on('sharded-channel-moved', () => this.#cluster === cluster && this.#restart(moved()));
  }

  async #tryAll(cluster: Cluster): Promise<void> {
    const nodes = await cluster.sendCommand(undefined, true, ['CLUSTER', 'NODES']);
    if (mapOf(nodes) !== this.#map) throw moved();
    await Promise.all(
      this.#canaries.map(async (name) => {
        const text = randomUUID();
        const isBack = new Promise<void>((resolve) => this.#expected.set(text, resolve));
        await cluster.sPublish(name, text);
        await isBack;
        this.#expected.delete(text);
      }),
    );
  }

  readonly #hear = (text: string, name: string): void => {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(text);
  };

  /** Subscribes or unsubscribes, after the last change of the same channel. @throws if that doesn't work; the caller tries again */
  async #change(name: string): Promise<void> {
    const before = this.#changes.get(name) ?? Promise.resolve();
    const change = before.catch(() => {}).then(() => answered(this.#patienceMs, this.#adjust(name)));
    this.#changes.set(name, change);
    await change.finally(() => this.#changes.get(name) === change && this.#changes.delete(name));
  }

  async #adjust(name: string): Promise<void> {
    const isWanted = this.#listeners.has(name);
    if (isWanted === this.#subscribed.has(name)) return;
    await this.#use(async (cluster) => {
      if (isWanted) {
        await cluster.sSubscribe(name, this.#hear);
        if (this.#cluster === cluster) this.#subscribed.add(name);
      } else {
        this.#subscribed.delete(name);
        await cluster.sUnsubscribe(name, this.#hear);
      }
    });
  }

  #restart(reason: unknown): void {
    this.#drop();
    this.emit('error', reason);
    void this.connect();
  }

  #drop(): void {
    const cluster = this.#cluster;
    this.#cluster = undefined;
    this.isReady = false;
    this.#subscribed.clear();
    this.#expected.clear();
    if (cluster) endCluster(cluster);
    this.#endAsking();
  }

  #endAsking(): void {
    for (const client of this.#asking.splice(0)) end(client);
  }
}

const moved = (): Error => new Error('Rooms have moved to another server of the cluster.');
