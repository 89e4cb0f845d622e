/**
 * A tap between a client and a WebSocket server. It prints the handshake and each frame, byte by byte.
 *
 *     npx tsx day1-protocol/server.ts
 *     npx tsx day1-protocol/demo/wire.ts --to 8080 --port 8081     then open http://localhost:8081
 *     npx tsx day1-protocol/demo/wire.ts --demo                    a server, a client and the tap, all in one
 *
 * `--mine` decodes with your own day1-protocol/frames.ts.
 */
import { fail, listen } from '#tools/serve.ts';
import { colour } from '#tools/serve/colour.ts';
import { canAsk, pressEnter, stopReading } from '#tools/serve/enter.ts';
import { readWithReference, readWithYours } from './wire/decoder.ts';
import { runDemo } from './wire/demo.ts';
import { readOptions } from './wire/options.ts';
import { rawRows } from './wire/style.ts';
import { createTap } from './wire/tap.ts';

const { to, port, lan, mine, demo } = readOptions();
const read = mine ? readWithYours(await yours()) : readWithReference;

if (demo) {
  console.log(colour.bold('What travels between a client and an echo server, byte by byte\n'));
  await runDemo(read, (text, bytes) => show(text, bytes));
  stopReading();
} else {
  console.log(colour.bold(`What travels between your clients and ${to.host}:${to.port}, byte by byte`));
  const tap = createTap(to, read, (text) => console.log(text));
  const listening = await listen(tap, { name: `Tap in front of ${to.host}:${to.port}`, flags: { port, lan } });
  console.log(
    `Use port ${listening.port} instead of ${to.port}, in a browser or in any other client. Everything that passes is shown here.`,
  );
}

/** Loaded only if it is asked for: an error in that file must not break the tap. */
async function yours() {
  try {
    return await import('#day1/frames.ts');
  } catch (error) {
    return fail(`day1-protocol/frames.ts can't be loaded: ${String(error).split('\n')[0]}`);
  }
}

/** Prints an event. In a terminal, the class first sees the bytes alone, and can read them before it presses Enter. */
async function show(text: string, bytes?: Uint8Array): Promise<void> {
  if (bytes && canAsk()) {
    console.log(rawRows(bytes));
    await pressEnter('What is this? Press Enter to see. ');
  }
  console.log(text);
}
