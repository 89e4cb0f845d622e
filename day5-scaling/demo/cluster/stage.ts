import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '#tools/serve.ts';
import { Balancer } from './balancer.ts';
import { Bots } from './bots.ts';
import { Broker } from './broker.ts';
import { NodeProcess, wordsOf } from './nodes.ts';
import type { Options } from './options.ts';
import type { Action } from './script.ts';
import type { State } from './state.ts';

const NOT_WRITTEN = /^(?:Bonus e|E)xercise 5\.\w, .* is not written yet/;

/** Redis, three nodes, the balancer and the bots. */
export class Stage {
  readonly balancer: Balancer;
  readonly #broker: Broker;
  readonly #nodes: NodeProcess[];
  readonly #tell: (line: string) => void;
  readonly #stream: boolean;
  readonly #said = new Set<string>();
  bots: Bots | undefined;
  port = 0;
  /** where other machines find the chat */
  address: string | undefined;
  note = 'Starting.';

  private constructor(broker: Broker, { stream, mine }: Options, tell: (line: string) => void) {
    [this.#broker, this.#stream, this.#tell] = [broker, stream, tell];
    const options = {
      args: [broker.url, ...(stream ? ['stream'] : [])],
      secret: randomBytes(32).toString('hex'),
      mine,
      changed: (node: NodeProcess) => this.say(`${node.name} ${this.bots ? wordsOf(node) : `is ${node.state}`}.`),
      print: (node: NodeProcess, line: string) => this.#print(node, line),
    };
    this.#nodes = [1, 2, 3].map((number) => new NodeProcess(`node ${number}`, options));
    const backends = this.#nodes.map((node) => ({
      get port() {
        return node.report?.port;
      },
    }));
    this.balancer = new Balancer(backends);
  }

  /** Starts Redis and the nodes. @param tell called with a line about everything that happens */
  static async start(options: Options, tell: (line: string) => void): Promise<Stage> {
    const { stream, standIn } = options;
    let stage: Stage | undefined;
    const broker = await Broker.start(standIn, () => stage?.say(`Redis is ${stage.#broker.state}.`));
    if (stream && !broker.isReal)
      fail('--stream needs a real Redis, and no redis-server is installed. How to install one: npm run doctor');
    stage = new Stage(broker, options, tell);
    await Promise.all(stage.#nodes.map((node) => node.start()));
    for (let tries = 0; tries < 100 && stage.#nodes.some(({ state }) => state !== 'ready'); tries++) await sleep(50);
    await stage.balancer.look();
    return stage;
  }

  get redis(): string {
    return this.#broker.name;
  }

  isAlive = (target: Action['target']): boolean =>
    target === 'redis' ? this.#broker.state !== 'down' : this.#nodes[target - 1].state !== 'gone';
  isFrozen = (): boolean => this.#broker.state === 'frozen';

  /** Resolves when it is done. If it can't be done, that is said in a line. */
  async act({ name, target }: Action): Promise<void> {
    if (target !== 'redis') {
      const node = this.#nodes[target - 1];
      if (name === 'revive') return node.start();
      return name === 'kill' ? node.kill() : node.stop();
    }
    if (name === 'kill') return this.#broker.kill();
    if (name === 'revive') return this.#broker.revive();
    if (name === 'thaw') return this.#broker.thaw();
    if (!this.#broker.canFreeze)
      return this.say(
        "This Redis can't be frozen. That needs a real redis-server, on Linux or macOS. Kill it instead.",
      );
    this.#broker.freeze();
  }

  /** All three nodes say that an exercise isn't written: once is enough. */
  #print({ name }: NodeProcess, line: string): void {
    const isKnown = this.#said.has(line);
    if (NOT_WRITTEN.test(line)) this.#said.add(line);
    if (!isKnown) this.#tell(NOT_WRITTEN.test(line) ? line : `${name} printed: ${line}`);
  }

  say(line: string): void {
    this.note = line;
    this.#tell(line);
  }

  state(): State {
    const { state, name, canFreeze } = this.#broker;
    return {
      nodes: this.#nodes.map(({ name, state, report, perSecond }) => {
        const { port, sockets = 0, subscriptions = 0, people = [], dropped = 0, sent = 0, heard = 0 } = report ?? {};
        return { name, state, port, sockets, subscriptions, people, dropped, perSecond, sent, heard };
      }),
      redis: { state, name, canFreeze },
      stream: this.#stream,
      balancer: { port: this.port, connections: this.balancer.size, address: this.address },
      bots: this.bots?.views() ?? [],
      note: this.note,
    };
  }

  /** Ends all processes. */
  async end(): Promise<void> {
    this.bots?.end();
    this.balancer.close();
    await Promise.all([...this.#nodes.map((node) => node.kill()), this.#broker.kill()]);
  }
}
