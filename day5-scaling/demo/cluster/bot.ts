import { WebSocket } from 'ws';
import { freshToken, type Issued } from '#solutions/day4-reconnect/bonus/fresh-token.ts';
import { Outbox } from '#solutions/day4-reconnect/bonus/outbox.ts';
import { backoffDelay } from '#solutions/day4-reconnect/backoff.ts';
import { ReconnectingClient } from '#solutions/day4-reconnect/reconnecting-client.ts';
import { Tally } from './tally.ts';

const EVERY_MS = 2000;

/** A bot that talks in one room, through the balancer, with day 4's client. It counts what it hears. */
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
      delay: (attempt) => backoffDelay(attempt, { baseMs: 500, capMs: 4000 }), // nobody in class wants to wait for half a minute
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

  /** Resolves when the bot is in its room. */
  join(): Promise<void> {
    this.client.start();
    return new Promise((resolve) => this.client.on('state', () => this.isConnected && resolve()));
  }

  /** Says its next number about every two seconds, until `hush`. */
  talk(): void {
    this.#timer = setTimeout(
      () => {
        if (this.client.send(`#${this.said + 1}`) !== 'dropped') this.said++;
        this.talk();
      },
      EVERY_MS * (0.5 + Math.random()),
    );
  }

  hush(): void {
    clearTimeout(this.#timer);
  }
}

async function issue(url: string, name: string, renewal?: string): Promise<Issued> {
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({ name, renewal }),
    signal: AbortSignal.timeout(4000),
  });
  if (!response.ok) throw new Error(`no token, status ${response.status}`);
  return (await response.json()) as Issued;
}
