import { parseArgs } from 'node:util';
import { LIMITS } from '#day3/given/limits.ts';
import { fail } from '#tools/serve.ts';
import { Stage } from './attack/stage.ts';
import { ATTACKS } from './attack/attacks.ts';

// Bots talk in a room, a hostile client attacks, and two healthy people must not miss a message. With --mine it attacks your own files.
const { mine } = readFlags();
const rate = number('rate', 20, 1, 500, 'messages per second, all bots together');
const bots = Math.max(10, Math.ceil((2 * rate) / LIMITS.perSecond)); // each stays well below its own limit
const seconds = number('seconds', 3, 1, 60, 'seconds per attack');
// Only what is attacked is loaded: your own file may have a mistake.
const createApp = mine
  ? (await import('./attack/mine.ts')).createMyApp
  : (await import('#solutions/day3-chat/app.ts')).createApp;
if (mine) process.on('uncaughtException', ended);

const stage = await Stage.open({ rate, bots, seconds, createApp });
console.log(`${mine ? 'Your own chat' : 'The finished chat'} is attacked. To watch it, open ${stage.page} and enter.`);
console.log(`${bots} bots send ${rate} messages per second to the lobby. Ann and Bob talk there, too.\n`);
await stage.play('nobody attacks', async () => `Bob receives Ann's messages, and so does she.`);
for (const { name, attack } of ATTACKS) await stage.play(name, (seconds) => attack(stage, seconds), guess);
const { missing, said } = await stage.close();
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

/** On a terminal, each attack waits for Enter, so that the class can guess first. */
async function guess(): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return;
  process.stdout.write('  What should the server answer? Press Enter to see. ');
  await new Promise((resolve) => process.stdin.resume().once('data', resolve).once('end', resolve));
  process.stdin.pause();
}

function number(name: string, usual: number, least: number, most: number, what: string): number {
  const { values } = parseArgs({ options: { [name]: { type: 'string' } }, strict: false });
  const given = values[name];
  if (given === undefined) return usual;
  const value = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : NaN;
  if (value >= least && value <= most) return value;
  return fail(
    `--${name} takes a whole number from ${least} to ${most}, such as ${usual} (${what}), but got "${given}".`,
  );
}

function readFlags(): { mine: boolean } {
  const options = { rate: { type: 'string' }, seconds: { type: 'string' }, mine: { type: 'boolean' } } as const;
  const { tokens, values } = parseArgs({ options, strict: false, tokens: true });
  const known = 'The flags are --mine, --rate N and --seconds N.';
  for (const token of tokens) {
    if (token.kind === 'positional') fail(`Unexpected word "${token.value}". ${known}`);
    if (token.kind === 'option' && !(token.name in options)) fail(`Unknown flag ${token.rawName}. ${known}`);
  }
  return { mine: values.mine === true };
}
