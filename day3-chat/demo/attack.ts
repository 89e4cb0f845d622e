import { LIMITS } from '#day3/given/limits.ts';
import { colour } from '#tools/serve/colour.ts';
import { readDemo } from '#tools/serve/demo.ts';
import { pressEnter, startReading, stopReading } from '#tools/serve/enter.ts';
import { Stage } from './attack/stage.ts';
import { ATTACKS } from './attack/attacks.ts';

// Bots talk in a room, a hostile client attacks, and two healthy people must not miss a message. With --mine it attacks your own files.
const { mine, rate, seconds } = readDemo({
  file: 'day3-chat/demo/attack.ts',
  says: 'A chat is attacked while Ann and Bob talk in it. Before each attack, guess what happens',
  flags: {
    mine: { says: 'attacks the chat on your own files' },
    rate: { says: 'messages per second, all bots together', usual: 20, least: 1, most: 500 },
    seconds: { says: 'how long each attack lasts', usual: 3, least: 1, most: 60 },
  },
});
const bots = Math.max(10, Math.ceil((2 * rate) / LIMITS.perSecond)); // each stays well below its own limit
// Only what is attacked is loaded: your own file may have a mistake.
const createApp = mine
  ? (await import('./attack/mine.ts')).createMyApp
  : (await import('#solutions/day3-chat/app.ts')).createApp;
if (mine) process.on('uncaughtException', ended);

startReading();
const stage = await Stage.open({ rate, bots, seconds, createApp });
console.log(
  colour.bold(
    `${mine ? 'Your own chat' : 'The finished chat'} is attacked. To watch it, open ${stage.page} and enter.`,
  ),
);
console.log(`${bots} bots send ${rate} messages per second to the lobby. Ann and Bob talk there, too.\n`);
await stage.play('nobody attacks', async () => `Bob receives Ann's messages, and so does she.`);
for (const { name, attack } of ATTACKS) await stage.play(name, (seconds) => attack(stage, seconds), guess);
const { missing, said } = await stage.close();
stopReading();
console.log(
  missing === 0
    ? `\nDuring all this, Ann sent ${said} messages. Bob received each of them once and in order.`
    : `\nAnn sent ${said} messages. ${missing} of them did not reach Bob once and in order.`,
);
process.exitCode = missing === 0 ? 0 : 1;

/** An error that nobody catches ends a server, and this one too. */
function ended(error: unknown): void {
  console.log(`\n  Your server has ended, and everybody is disconnected. Nobody caught this error: ${error}`);
  process.exit(1);
}

/** In a terminal, each attack waits for Enter, so that the class can guess first. */
async function guess(): Promise<void> {
  await pressEnter('  What should the server answer? Press Enter to see. ');
}
