import { total, type BotView } from './state.ts';

/** All bots in one line. `to be heard` is the sum of `heard`, `not heard yet` and `lost`. */
export function figures(bots: BotView[]): string {
  const { said, toHear, heard, unheard, twice, ...rest } = total(bots);
  return `${said} said, ${toHear} to be heard: ${heard} heard, ${unheard} not heard yet, ${lostOf(rest)}; ${twice} twice`;
}

/** One line per bot, and a last line for all of them together. */
export function report(bots: BotView[]): string {
  const lines = bots.map((bot) => {
    const { name, room, said, toHear, heard, unheard, twice } = bot;
    return `  ${name.padEnd(5)} in ${room.padEnd(6)} said ${said}; ${toHear} to hear: ${heard} heard, ${unheard} not yet, ${lostOf(bot)}; ${twice} twice`;
  });
  return [...lines, `${figures(bots)}.`].join('\n');
}

function lostOf({ lost, told }: { lost: number; told: number }): string {
  return lost === 0 ? '0 lost' : `${lost} lost (${told === lost ? 'all' : told} announced)`;
}
