import { Bot } from './bot.ts';
import type { BotView } from './state.ts';

const NAMES = ['Ann', 'Bob', 'Cleo', 'Dan', 'Eve', 'Finn', 'Gus', 'Hana', 'Ida'];
const ROOMS = ['lobby', 'tea', 'music'];

/** Three bots in each of three rooms. */
export class Bots {
  readonly all: Bot[];

  /** @param port the port of the balancer */
  constructor(port: number) {
    const hear = (bot: Bot, userId: string, number: number): void => {
      const speaker = this.all.find((other) => other.userId === userId); // people in the chat can type "#7", too
      if (speaker) bot.tally.hear(speaker.name, number);
    };
    this.all = NAMES.map((name, i) => new Bot(name, ROOMS[Math.floor(i / 3)], port, hear));
  }

  /** They join one after the other, so that the balancer spreads each room over the nodes. Then all of them begin to talk. */
  async start(): Promise<void> {
    for (const bot of this.all) await bot.join();
    for (const bot of this.all) bot.talk();
  }

  /** The figures of each bot at this moment. */
  views(): BotView[] {
    return this.all.map((bot) => {
      const { name, room, isConnected, said, tally } = bot;
      const { heard, lost, told, twice } = tally;
      const toHear = this.#toHear(bot);
      return { name, room, isConnected, said, toHear, heard, unheard: toHear - heard - lost, lost, told, twice };
    });
  }

  /** The bots stop talking. Resolves when everything was heard, or after `ms` without anything new. Then the tallies are closed. */
  async settle(ms = 4000): Promise<void> {
    for (const bot of this.all) bot.hush();
    const heard = (): number => this.all.reduce((sum, { tally }) => sum + tally.heard, 0);
    const isOver = (): boolean =>
      this.all.every(
        (bot) => bot.isConnected && bot.outbox.waiting.length === 0 && bot.tally.heard === this.#toHear(bot),
      );
    for (let [last, since] = [heard(), performance.now()]; !isOver() && performance.now() - since < ms;) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (heard() !== last) [last, since] = [heard(), performance.now()];
    }
    for (const bot of this.all)
      for (const { name, said, outbox } of this.#with(bot)) bot.tally.close(name, said - outbox.waiting.length);
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

  /** How much was said in its room, also by itself. */
  #toHear(bot: Bot): number {
    return this.#with(bot).reduce((sum, { said }) => sum + said, 0);
  }
}
