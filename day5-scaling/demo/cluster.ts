/** Three nodes, a balancer, Redis and nine bots, to watch and to kill: `npx tsx day5-scaling/demo/cluster.ts` */
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { colour } from '#tools/serve/colour.ts';
import { fail, listen } from '#tools/serve.ts';
import { Bots } from './cluster/bots.ts';
import { dashboard } from './cluster/dashboard.ts';
import { readOptions, SAYS } from './cluster/options.ts';
import { refusal } from './cluster/ports.ts';
import { figures, report } from './cluster/report.ts';
import { actionOf, KEYS, type Action, type Step } from './cluster/script.ts';
import { Stage } from './cluster/stage.ts';
import { Terminal } from './cluster/terminal.ts';

const options = readOptions();
const refused = await refusal(options);
if (refused) fail(refused);
const terminal = new Terminal();
const startedAt = performance.now();
let isOver = false;
let isReady = false; // what is pressed before that is thrown away

console.log(colour.bold(SAYS));
if (!options.steps && process.stdin.isTTY) process.stdin.setRawMode(true).setEncoding('utf8').on('data', press);
console.log(`Starting Redis, a balancer, and three nodes on ${options.mine ? 'your files' : 'the solution'} …`);
const stage = await Stage.start(options, tell).catch((error: Error) => fail(error.message));
let ending: Promise<void> | undefined;
const stop = (): Promise<void> => (ending ??= end());
const balancer = await listen(stage.balancer.server, {
  name: 'Balancer',
  flags: { port: options.port, lan: options.lan },
  stop,
});
stage.port = balancer.port;
if (options.lan) stage.address = addressFor(balancer.port);
const board = dashboard(() => stage.state(), act);
await listen(board, { name: 'Dashboard', flags: { port: options.dashboard, lan: false }, stop });
const whose = options.mine ? 'Three of your nodes' : 'Three nodes';
console.log(
  `${whose} over ${stage.redis}${options.stream ? ', with a Stream' : ''}. Open the dashboard, and the chat on the balancer.`,
);
if (!options.steps) sayKeys();
isReady = true;

stage.bots = new Bots(balancer.port);
await stage.bots.start();
stage.say('Nine bots talk in three rooms, through the balancer.');
setInterval(() => isOver || terminal.show(figures(stage.state().bots)), 250).unref();
if (options.steps) await run(options.steps);

function tell(line: string): void {
  if (!isOver) terminal.say(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);
}

function act(action: Action): void {
  stage.act(action).catch((error: Error) => stage.say(`${action.name} ${action.target}: ${error.message}`));
}

async function run(steps: Step[]): Promise<void> {
  for (const step of steps) {
    if (isOver) return;
    if ('wait' in step) await sleep(step.wait * 1000);
    else await stage.act(step);
  }
  stage.say('The script is over. The bots stop talking, and wait for what is still on its way.');
  await stage.bots?.settle();
  process.emit('SIGINT');
}

function sayKeys(): void {
  if (!process.stdin.isTTY)
    return void console.log(
      'This is not a terminal, so keys do nothing here. Use the dashboard, or --script "wait 5, kill 1, wait 5, revive 1".',
    );
  for (const { keys, says } of KEYS) console.log(`  ${colour.bold(keys.padEnd(6))} ${says}`);
}

function press(text: string | Buffer): void {
  for (const key of String(text)) {
    // In raw mode Ctrl+C is a key like any other. While the cluster starts, nobody listens for the signal yet.
    if ((key === '\u0003' || key === 'q') && !process.emit('SIGINT')) process.exit(130);
    const action = isReady ? actionOf(key, stage.isAlive, stage.isFrozen) : undefined;
    if (action) act(action);
  }
}

/** The first address at which other machines may reach this one. */
function addressFor(port: number): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  const first = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  return first && `http://${first.address}:${port}`;
}

async function end(): Promise<void> {
  isOver = true;
  terminal.show('');
  console.log(report(stage.state().bots));
  await stage.end();
}
