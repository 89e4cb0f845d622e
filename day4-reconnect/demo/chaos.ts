/** A TCP proxy that breaks the line, by key press or by a script. `npx tsx day4-reconnect/demo/chaos.ts --to 8080 --port 8081` */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen } from '#tools/serve.ts';
import { colour } from '#tools/serve/colour.ts';
import { FlagError, lan, port, readDemo } from '#tools/serve/demo.ts';
import { Chaos } from './chaos/proxy.ts';
import { ACTIONS, readScript, STEPS, type Step } from './chaos/script.ts';

const flags = read();
const chaos = new Chaos(flags.to);
let isThere: boolean | undefined;
chaos.onServer = (now) => {
  if (now === isThere) return;
  // Before the first connection, only bad news is news.
  if (!now)
    console.log(
      colour.red(`Nothing listens on port ${flags.to}. Start the server that this network leads to: npm start day4`),
    );
  else if (isThere === false) console.log(colour.green(`Port ${flags.to} answers now.`));
  isThere = now;
};
console.log(
  colour.bold(`A network that you can break: what a page sends on its way to port ${flags.to} passes through here`),
);
await listen(chaos.server, { name: `Chaos before port ${flags.to}`, flags: { port: flags.port, lan: flags.lan } });
probe();
if (flags.steps) await run(flags.steps);
else keys();

function read() {
  const demo = {
    file: 'day4-reconnect/demo/chaos.ts',
    says: 'A network that you can break, by key or by a script, between a page and its server',
    flags: {
      to: port(8080, 'the port of the server'),
      port: port(8081, 'the port that the page uses instead'),
      lan,
      script: { says: `steps: ${STEPS.join(', ')}`, text: '"wait 3, cut, …"' },
    },
  };
  return readDemo(demo, ({ script, ...given }) => ({
    ...given,
    steps: script === undefined ? undefined : stepsOf(script),
  }));
}

function stepsOf(script: string): Step[] {
  try {
    return readScript(script);
  } catch (error) {
    throw new FlagError((error as Error).message);
  }
}

/** Looks whether anything listens behind this network, before the first client comes. */
function probe(): void {
  const socket = connect(flags.to, '127.0.0.1', () => {
    chaos.onServer(true);
    socket.destroy();
  }).on('error', () => chaos.onServer(false));
}

function act(name: string, amount?: number): void {
  const before = chaos.webSockets;
  ACTIONS.find((action) => action.name === name)?.act(chaos, amount);
  const { refuse, stall, delayMs, bytesPerSecond } = chaos.weather;
  const weather =
    [
      refuse && 'refusing',
      stall && 'stalling',
      delayMs > 0 && `${delayMs} ms slower`,
      bytesPerSecond < Infinity && `${bytesPerSecond} bytes/s`,
    ]
      .filter(Boolean)
      .join(', ') || 'fine';
  const after = chaos.webSockets;
  const count = before === after ? `${after}` : colour.yellow(`${before} → ${after}`);
  console.log(
    `${colour.bold(name.padEnd(7))} WebSockets: ${count}; the network: ${(weather === 'fine' ? colour.green : colour.red)(weather)}`,
  );
}

async function run(steps: Step[]): Promise<void> {
  for (const step of steps) {
    if ('wait' in step) await sleep(step.wait * 1000);
    else act(step.name, step.amount);
  }
  console.log('The script has ended. The network stays as it is now.');
}

function keys(): void {
  if (!process.stdin.isTTY)
    return void console.log(
      'This is not a terminal, so keys do nothing: everything passes until Ctrl+C. Or use --script "wait 3, cut, wait 5, stall".',
    );
  for (const { key, says } of ACTIONS) console.log(`  ${colour.bold(key)}  ${says}`);
  console.log(`  ${colour.bold('q')}  end, like Ctrl+C`);
  process.stdin
    .setRawMode(true)
    .setEncoding('utf8')
    .on('data', (text) => {
      for (const key of String(text)) {
        if (key === '\u0003' || key === 'q') process.emit('SIGINT'); // in raw mode Ctrl+C is a key like any other
        const action = ACTIONS.find((one) => one.key === key);
        if (action) act(action.name);
      }
    });
}
