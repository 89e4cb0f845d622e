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
import { readWithReference, readWithYours } from './wire/decoder.ts';
import { runDemo } from './wire/demo.ts';
import { readOptions } from './wire/options.ts';
import { createTap } from './wire/tap.ts';

const { to, port, lan, mine, demo } = readOptions(process.argv.slice(2));
const read = mine ? readWithYours(await yours()) : readWithReference;

if (demo) {
  await runDemo(read, console.log);
} else {
  const tap = createTap(to, read, console.log);
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
