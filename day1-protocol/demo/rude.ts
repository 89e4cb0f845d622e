/**
 * A rude client: it sends frames that no WebSocket library would send, and prints how the server reacts.
 *
 *     npx tsx day1-protocol/demo/rude.ts --to 8080
 */
import { colour } from '#tools/serve/colour.ts';
import { port, readDemo } from '#tools/serve/demo.ts';
import { fail } from '#tools/serve.ts';
import { RUDE_FRAMES } from './rude/frames.ts';
import { isAnswering, sendRudely } from './rude/send.ts';

const { to, wait } = readDemo({
  file: 'day1-protocol/demo/rude.ts',
  says: 'Five frames that no WebSocket library would send, and how a server on this machine reacts',
  flags: {
    to: { ...port(8080, 'the port of the server'), least: 1 },
    wait: { says: 'seconds that the server has for its answer to a frame', usual: 2, least: 1, most: 60 },
  },
});

const server = await isAnswering(to);
if (!server.isThere)
  fail(`Nothing listens on port ${to}. Start a server in another terminal: npx tsx day1-protocol/server.ts`);
if (!server.isWebSocket)
  fail(`A program listens on port ${to}, but it doesn't answer the opening handshake of a WebSocket with 101.`);
console.log(colour.bold(`Five frames that no WebSocket library would send, and how the server on port ${to} reacts\n`));

let refused = 0;
for (const { what, bytes } of RUDE_FRAMES) {
  const reaction = await sendRudely(to, Uint8Array.from(bytes), wait);
  const isAlive = (await isAnswering(to)).isWebSocket;
  if (reaction.code) refused++;
  const shown = isAlive
    ? (reaction.code ? colour.green : colour.yellow)(reaction.says)
    : colour.red('the server has ended');
  console.log(`  ${what.padEnd(34)} ${shown}`);
  if (!isAlive)
    fail(
      colour.red(`\nThis frame has ended the server on port ${to}, and with it all its connections. See exercise 1.6.`),
    );
}
console.log(
  refused === RUDE_FRAMES.length
    ? '\nThe server is still there, and it has closed each of the five connections with a code.'
    : '\nThe server is still there. But it has not answered every frame with a close frame.',
);
