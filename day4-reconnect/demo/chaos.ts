/** A TCP proxy that breaks the line, by key press or by a script. `npx tsx day4-reconnect/demo/chaos.ts --to 8080 --port 8081` */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { listen } from '#tools/serve.ts';
import { fail } from '#tools/serve/flags.ts';
import { Chaos } from './chaos/proxy.ts';
import { ACTIONS, readScript, type Step } from './chaos/script.ts';

const flags = read();
const chaos = new Chaos(flags.to);
let isThere: boolean | undefined;
chaos.onServer = (now) => {
  if (now === isThere) return;
  // Before the first connection, only bad news is news.
  if (!now)
    console.log(`Nothing listens on port ${flags.to}. Start the server that this network leads to: npm start day4`);
  else if (isThere === false) console.log(`Port ${flags.to} answers now.`);
  isThere = now;
};
await listen(chaos.server, { name: `Chaos before port ${flags.to}`, flags: { port: flags.port, lan: flags.lan } });
probe();
if (flags.steps) await run(flags.steps);
else keys();

function read() {
  try {
    const { values } = parseArgs({
      options: {
        to: { type: 'string' },
        port: { type: 'string' },
        script: { type: 'string' },
        lan: { type: 'boolean' },
      },
    });
    const port = (text: string): number =>
      /^\d{1,5}$/.test(text) && Number(text) <= 65_535
        ? Number(text)
        : fail(`A port is a number from 0 to 65535, such as 8081, but got "${text}".`);
    return {
      to: port(values.to ?? '8080'),
      port: port(values.port ?? '8081'),
      lan: values.lan ?? false,
      steps: values.script === undefined ? undefined : readScript(values.script),
    };
  } catch (error) {
    return fail(
      `${(error as Error).message.replace(/\. To specify.*/s, '').replace(/[^.]$/, '$&.')} The flags are: --to N, --port N, --script "wait 3, cut, …", --lan.`,
    );
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
  const count = before === after ? `${after}` : `${before} → ${after}`;
  console.log(`${name.padEnd(7)} WebSockets: ${count}; the network: ${weather}`);
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
  for (const { key, says } of ACTIONS) console.log(`  ${key}  ${says}`);
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
