import { WebSocket } from 'ws';
import { freshToken, type Issued } from '#solutions/day4-reconnect/bonus/fresh-token.ts';
import { Outbox } from '#solutions/day4-reconnect/bonus/outbox.ts';
import { backoffDelay } from '#solutions/day4-reconnect/backoff.ts';
import { ReconnectingClient } from '#solutions/day4-reconnect/reconnecting-client.ts';
import { Tally } from './tally.ts';

const NAMES = ['Ann', 'Bob', 'Cleo', 'Dan', 'Eve', 'Finn', 'Gus', 'Hana', 'Ida'];
const ROOMS = ['lobby', 'tea', 'music'];
const EVERY_MS = 2000;

/** Somebody who talks in one room through the balancer, with day 4's client, and counts what comes. */
export class Bot {
  readonly name: string;
  readonly room: string;
  readonly tally = new Tally();
  readonly outbox = new Outbox();
  readonly client: ReconnectingClient;
  userId = '';
  said = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(name: string, room: string, port: number, hear: (bot: Bot, userId: string, number: number) => void) {
    [this.name, this.room] = [name, room];
    this.client = new ReconnectingClient({
      url: freshToken(`ws://127.0.0.1:${port}`, (renewal) => issue(`http://127.0.0.1:${port}/token`, name, renewal)),
      room,
      WebSocket,
      outbox: this.outbox,
      delay: (attempt) => backoffDelay(attempt, { baseMs: 500, capMs: 4000 }), // nobody in the room wants to wait half a minute
    });
    this.client.on('message', (message) => {
      if (message.type === 'init') this.userId = message.userId;
      if (message.type === 'gap') this.tally.gap();
      const [, number] = /^#(\d+)$/.exec(message.type === 'chat' ? message.text : '') ?? [];
      if (message.type === 'chat' && number) hear(this, message.userId, Number(number));
    });
  }

  get isConnected(): boolean {
    return this.client.state.name === 'open' && this.client.state.joined;
  }

  /** Resolves when it is in its room. */
  join(): Promise<void> {
    this.client.start();
    return new Promise((resolve) => this.client.on('state', () => this.isConnected && resolve()));
  }

  /** Says its next number every two seconds, more or less, until `hush`. */
  talk(): void {
    this.#timer = setTimeout(() => {
      if (this.client.send(`#${this.said + 1}`) !== 'dropped') this.said++;
      this.talk();
    }, EVERY_MS * (0.5 + Math.random()));
  }

  hush(): void {
    clearTimeout(this.#timer);
  }
}

/** Three bots in each of three rooms. */
export class Bots {
  readonly all: Bot[];

  /** @param port the balancer's */
  constructor(port: number) {
    const hear = (bot: Bot, userId: string, number: number): void => {
      if (this.all.some((other) => other.userId === userId)) bot.tally.hear(userId, number); // anybody can say "#7"
    };
    this.all = NAMES.map((name, i) => new Bot(name, ROOMS[Math.floor(i / 3)], port, hear));
  }

  /** One after the other, so that the balancer spreads each room over the nodes; then all begin to talk. */
  async start(): Promise<void> {
    for (const bot of this.all) await bot.join();
    for (const bot of this.all) bot.talk();
  }

  /** Nobody talks any more; resolves when all has been heard, or after `ms` without anything new. Then the tallies are closed. */
  async settle(ms = 4000): Promise<void> {
    for (const bot of this.all) bot.hush();
    const heard = (): number => this.all.reduce((sum, { tally }) => sum + tally.heard, 0);
    const isOver = (): boolean => this.all.every((bot) => bot.isConnected && bot.outbox.waiting.length === 0 && bot.tally.heard === this.#expected(bot));
    for (let [last, since] = [heard(), performance.now()]; !isOver() && performance.now() - since < ms; ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (heard() !== last) [last, since] = [heard(), performance.now()];
    }
    for (const bot of this.all) for (const { userId, said, outbox } of this.#with(bot)) bot.tally.close(userId, said - outbox.waiting.length);
  }

  end(): void {
    for (const bot of this.all) {
      bot.hush();
      bot.client.close();
    }
  }

  #with({ room }: Bot): Bot[] {
    return this.all.filter((other) => other.room === room);
  }

  #expected(bot: Bot): number {
    return this.#with(bot).reduce((sum, { said }) => sum + said, 0);
  }
}

async function issue(url: string, name: string, renewal?: string): Promise<Issued> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ name, renewal }), signal: AbortSignal.timeout(4000) });
  if (!response.ok) throw new Error(`no token, status ${response.status}`);
  return (await response.json()) as Issued;
}
