import { startRedis, type Redis } from '#tools/brokers/redis.ts';

/** The Redis of the demonstration. It can be killed, frozen, thawed, and started again on the same port, empty. */
export class Broker {
  state: 'up' | 'frozen' | 'down' = 'up';
  #redis: Redis;
  readonly #changed: () => void;

  private constructor(redis: Redis, changed: () => void) {
    this.#changed = changed;
    this.#redis = redis;
    this.#watch();
  }

  /** @param changed called when `state` changes */
  static async start(standIn: boolean, changed: () => void): Promise<Broker> {
    return new Broker(await startRedis({ standIn }), changed);
  }

  get url(): string {
    return this.#redis.url;
  }

  /** such as `redis-server 7.0.15`, or `the stand-in` */
  get name(): string {
    return this.isReal ? `redis-server ${this.#redis.version}` : 'the stand-in';
  }

  get isReal(): boolean {
    return this.#redis.kind === 'redis-server';
  }

  /** Only a separate process can be frozen, and Windows has no SIGSTOP. */
  get canFreeze(): boolean {
    return this.#redis.pid !== undefined && process.platform !== 'win32';
  }

  async kill(): Promise<void> {
    await this.#redis.stop();
    this.#enter('down');
  }

  /** Its connections stay open, but it answers nothing. */
  freeze(): void {
    if (this.state !== 'up' || !this.canFreeze) return;
    process.kill(this.#redis.pid!, 'SIGSTOP');
    this.#enter('frozen');
  }

  thaw(): void {
    if (this.state !== 'frozen') return;
    process.kill(this.#redis.pid!, 'SIGCONT');
    this.#enter('up');
  }

  async revive(): Promise<void> {
    if (this.state === 'frozen') return this.thaw();
    if (this.state !== 'down') return;
    this.#redis = await startRedis({ port: Number(new URL(this.#redis.url).port), standIn: !this.isReal });
    this.#watch();
    this.#enter('up');
  }

  #watch(): void {
    const redis = this.#redis;
    redis.process?.once('exit', () => redis === this.#redis && this.#enter('down'));
  }

  #enter(state: typeof this.state): void {
    if (state === this.state) return;
    this.state = state;
    this.#changed();
  }
}
