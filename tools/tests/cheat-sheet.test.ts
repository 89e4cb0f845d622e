/** What docs/cheat-sheet.md says agrees with the code, and docs/cheat-sheet.pdf with docs/cheat-sheet.md. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { OPCODES } from '#day1/given/rfc6455.ts';
import { CLOSED, CLOSING, CONNECTING, OPEN } from '#day2/given/base-client.ts';
import { serverMessage } from '#day3/given/server-messages.ts';
import { shouldRetry } from '#day4/given/close-codes.ts';
import { decodeFrame, readLength } from '#solutions/day1-protocol/frames.ts';
import { RealtimeClient } from '#solutions/day2-client/client.ts';
import { clientMessage } from '#solutions/day3-chat/protocol.ts';
import { root } from '#tools/run/catalogue.js';
import { pagesOf, readSheet, titleOf, toHtml } from '#tools/serve/cheat-sheet.ts';
import { listening } from '#tools/serve/ports.ts';

const sheet = readSheet();

/** The rows of the table in a section, without its head. */
function rowsOf(heading: string): string[][] {
  const section = sheet.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

const bytesIn = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/\b[0-9a-f]{2}\b/g) ?? [], (hex) => parseInt(hex, 16));

test('the bytes of the two whole frames are what the sheet says', () => {
  const [hi, hello] = rowsOf('A frame');

  const texts = [decodeFrame(bytesIn(hi[0]), 'server'), decodeFrame(bytesIn(hello[0]), 'client')].map((frame) =>
    new TextDecoder().decode(frame?.payload),
  );

  expect(texts).toEqual(['Hi', 'Hello']);
});

test('the two longer lengths are what the sheet says', () => {
  const [, , medium, long] = rowsOf('A frame');

  const lengths = [medium, long].map(([bytes]) => readLength(bytesIn(bytes))?.length);

  expect(lengths).toEqual([medium, long].map(([, , meaning]) => Number(/here (\d+) bytes/.exec(meaning)?.[1])));
});

test('the sheet has every opcode', () => {
  const opcodes = rowsOf('Opcodes').map(([opcode, name]) => [name, Number(opcode)]);

  expect(Object.fromEntries(opcodes)).toEqual(OPCODES);
});

test('the sheet has every readyState', () => {
  const states = rowsOf('readyState').map(([value, name]) => [name, Number(value)]);

  expect(Object.fromEntries(states)).toEqual({ CONNECTING, OPEN, CLOSING, CLOSED });
});

const codes = rowsOf('Close codes').flatMap(([code, , senders, retry]) =>
  code.split(' to ').map((one) => ({ code: Number(one), senders: senders.split(', '), retry })),
);

test('the sheet has every close code that a retry depends on', () => {
  const all = Array.from({ length: 5000 }, (_, code) => code);

  const missing = all.filter((code) => shouldRetry(code) && !codes.some((one) => one.code === code));

  expect(missing).toEqual([]);
});

/** Closes the server's side of a new connection. @returns the code that the client gets, or `refused` if ws throws */
async function closeWith(code: number): Promise<number | 'refused'> {
  const http = createServer();
  const server = new WebSocketServer({ server: http });
  const client = new WebSocket(`ws://127.0.0.1:${await listening(http)}`);
  try {
    const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'open')])) as [
      [WebSocket],
      unknown,
    ];
    const closed = once(client, 'close');
    socket.close(code);
    return (await closed)[0];
  } catch (error) {
    if (error instanceof TypeError) return 'refused';
    throw error;
  } finally {
    for (const one of [client, ...server.clients]) one.terminate();
    server.close();
    http.close();
  }
}

test.for(codes)('close code $code: who may send it, and whether to retry', async ({ code, senders, retry }) => {
  const client = new RealtimeClient('ws://127.0.0.1');

  const fromPage = expect(() => client.close(code));
  const fromServer = await closeWith(code);

  if (senders.includes('page')) fromPage.not.toThrow();
  else fromPage.toThrow(RangeError);
  expect(fromServer).toBe(senders.includes('ws') ? code : 'refused');
  expect(retry).toBe(shouldRetry(code) ? 'yes' : 'no');
});

/** A schema, written as the sheet writes a message. */
function written({ shape }: { shape: Record<string, z.ZodType> }): string {
  const fields = Object.entries(shape).map(([name, schema]) => {
    if (schema instanceof z.ZodLiteral) return `${name}: "${schema.value}"`;
    return schema.safeParse(undefined).success ? `${name}?` : name;
  });
  return `\`{ ${fields.join(', ')} }\``;
}

test.for([
  ['client', clientMessage],
  ['server', serverMessage],
] as const)('the sheet has every message of the %s, with its fields', ([from, schema]) => {
  const messages = rowsOf("The chat's messages")
    .filter(([sender]) => sender === from)
    .map(([, message]) => message);

  expect(messages.sort()).toEqual(schema.options.map(written).sort());
});

test('the page to print has every section and every row', () => {
  const html = toHtml(sheet);

  expect(html.match(/<h2>/g)).toHaveLength(sheet.match(/^## /gm)?.length ?? 0);
  expect(html.match(/<tr><td>/g)).toHaveLength(
    (sheet.match(/^\|/gm)?.length ?? 0) - 2 * (html.match(/<table>/g)?.length ?? 0),
  );
});

test('the PDF is one page, made from the sheet as it is now', () => {
  const pdf = readFileSync(join(root, 'docs/cheat-sheet.pdf'));

  expect(pagesOf(pdf)).toBe(1);
  expect(pdf.includes(titleOf(sheet)), 'run: npx tsx tools/serve/cheat-sheet.ts').toBe(true);
});
