/**
 * Compares four message formats: how many bytes a message takes on a real WebSocket, and how long it takes to encode and decode.
 *
 *     npx tsx day2-client/demo/formats.ts
 */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { colour } from '#tools/serve/colour.ts';
import { readDemo } from '#tools/serve/demo.ts';
import { bar, loadFormats, type Format } from './formats/formats.ts';
import { messages } from './formats/messages.ts';

const SAYS = 'The same messages in four formats: the bytes of one, and the time to encode and decode it';
readDemo({ file: 'day2-client/demo/formats.ts', says: SAYS, flags: {} });

const formats = await loadFormats();
const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' });
await once(wss, 'listening');
const client = new WebSocket(`ws://127.0.0.1:${(wss.address() as AddressInfo).port}`, { perMessageDeflate: false });
const [socket, request] = (await once(wss, 'connection')) as [WebSocket, { socket: Socket }];
if (client.readyState !== WebSocket.OPEN) await once(client, 'open');

const rows: { name: string; bytes: number; micros: number }[] = [];
for (const format of formats) rows.push({ name: format.name, bytes: await onTheWire(format), micros: 0 });
for (const [i, micros] of times(formats).entries()) rows[i].micros = micros;
client.terminate();
wss.close();

const most = { bytes: Math.max(...rows.map((row) => row.bytes)), micros: Math.max(...rows.map((row) => row.micros)) };
console.log(colour.bold(SAYS));
console.log(`${messages.length} messages of a drawing game, sent over a real WebSocket.\n`);
console.log(
  colour.dim('                     bytes per message                  microseconds to encode and decode one'),
);
for (const { name, bytes, micros } of rows) {
  console.log(
    `${name.padEnd(18)} ${bytes.toFixed(1).padStart(6)}  ${colour.cyan(bar(bytes / most.bytes))}  ${micros.toFixed(2).padStart(6)}  ${colour.cyan(bar(micros / most.micros))}`,
  );
}
console.log("\nBytes: whole frames from the client, with header and mask, counted at the server's TCP socket.");
console.log('Time: the median of 15 rounds, in which the formats take turns.');
console.log('JSON is built into the JavaScript engine. The other three are written in JavaScript.');

/** Sends every message. @returns bytes per message, as the server's TCP socket counts them */
async function onTheWire({ encode, decode }: Format): Promise<number> {
  const before = request.socket.bytesRead;
  let left = messages.length;
  const all = new Promise<void>((resolve, reject) => {
    socket.removeAllListeners('message');
    socket.on('message', (data, isBinary) => {
      const sent = messages[messages.length - left];
      const came = decode(isBinary ? new Uint8Array(data as Buffer) : String(data));
      if (JSON.stringify(came) !== JSON.stringify(sent))
        reject(new Error(`decoded ${JSON.stringify(came)}, sent ${JSON.stringify(sent)}`));
      if (--left === 0) resolve();
    });
  });
  for (const message of messages) client.send(encode(message));
  await all;
  return (request.socket.bytesRead - before) / messages.length;
}

/** @returns microseconds per message for each format: the median of interleaved rounds */
function times(all: Format[]): number[] {
  const rounds = all.map(() => [] as number[]);
  for (let round = 0; round < 15; round++) {
    for (const [i, { encode, decode }] of all.entries()) {
      const start = performance.now();
      for (let n = 0; n < 20; n++) for (const message of messages) decode(encode(message));
      rounds[i].push(((performance.now() - start) * 1000) / (20 * messages.length));
    }
  }
  return rounds.map((round) => round.sort((a, b) => a - b)[Math.floor(round.length / 2)]);
}
