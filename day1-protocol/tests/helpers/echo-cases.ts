/** What every echo server of day 1 must do, whether ws reads its frames (the core) or your own code does (bonus 1.d). */
import { connect, fail, frame, rawConnect, show, type Client, type Message } from '#kit';

export type Check = (name: string, body: () => Promise<void>, options?: { hint?: number }) => void;
type Start = () => Promise<{ url: string; port: number }>;

export const GREETING = 'Welcome! Connection established.';
const PREFIX = 'Server received: ';

/** `1 byte (2a)` */
const inBytes = (bytes: Uint8Array): string => {
  const hex = [...bytes.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `${bytes.length} byte${bytes.length === 1 ? '' : 's'}${hex && ` (${hex}${bytes.length > 16 ? ' …' : ''})`}`;
};

/** A text in quotes, with characters that nobody can see written as `\u{feff}`. */
const quoted = (text: string): string =>
  show(text).replace(/[\p{Cf}\p{M}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

/** A message in words: `the text "Hi" (opcode 1)`. */
export const told = ({ isBinary, bytes, text }: Message): string =>
  isBinary ? `binary (opcode 2) of ${inBytes(bytes)}` : `the text ${quoted(text)} (opcode 1)`;

/** Fails unless the message is this text. @param sent the sentence that goes on with what arrived */
export function expectText(message: Message, text: string, sent = 'There arrived'): void {
  if (message.isBinary)
    fail(
      `${sent} ${told(message)}. Expected the text ${quoted(text)}. A Buffer is sent as a binary frame, and a browser would hand over a Blob: send a string.`,
      { hint: 1 },
    );
  if (message.text === text) return;
  fail(`${sent} ${told(message)}. Expected the text ${quoted(text)}.${textCause(message.text, text)}`, { hint: 2 });
}

/** Why a text may differ from the one that was expected. */
function textCause(got: string, expected: string): string {
  if (got === expected.replace(PREFIX, '')) return ` "${PREFIX}" is missing in front of it.`;
  if (got === expected.replaceAll('\ufeff', ''))
    return ' The U+FEFF at its beginning is gone: a TextDecoder removes it unless ignoreBOM is true.';
  if (Buffer.from(got, 'latin1').toString() === expected) return ' The bytes of a text are UTF-8, not latin1.';
  if (got === expected.normalize('NFC') || got === expected.normalize('NFD')) return ' It was normalized.';
  if (expected.startsWith(got)) return ` Its last ${expected.length - got.length} characters are missing.`;
  if (got.replace(PREFIX, '').trim() === expected.replace(PREFIX, '').trim())
    return ' Spaces or line breaks at its ends were removed.';
  return '';
}

/** Connects, and takes the greeting. */
export async function connectAndGreet(url: string) {
  const client = await connect(url);
  expectText(await client.next('the greeting'), GREETING);
  return client;
}

/** Exercise 1.5's checks. @param start starts the server and gives its URL */
export function binaryCases(check: Check, start: Start): void {
  check('sends binary back as binary, byte for byte', async () => {
    const client = await connectAndGreet((await start()).url);
    const bytes = Uint8Array.of(0, 1, 127, 128, 254, 255); // not valid UTF-8
    client.send(bytes);
    expectBinary(await replyTo(client, `Binary of ${inBytes(bytes)}`), bytes);
  });
  check('still answers text with text, after binary too', async () => {
    const client = await connectAndGreet((await start()).url);
    client.send(Uint8Array.of(42));
    expectBinary(await replyTo(client, 'Binary of 1 byte (2a)'), Uint8Array.of(42));
    for (const text of ['Hi', '', 'καλημέρα 👋', ' <b>1 & 2</b>\n']) {
      client.send(text);
      expectText(
        await replyTo(client, `The text ${quoted(text)}`),
        `${PREFIX}${text}`,
        `The text ${quoted(text)} was answered with`,
      );
    }
  });
  check('answers each message once', async () => {
    const client = await connectAndGreet((await start()).url);
    client.send(Uint8Array.of(1));
    client.send(Uint8Array.of(2));
    const replies = await client.fence();
    if (replies.length !== 2)
      fail(
        `Two binary messages were sent, and ${replies.length} answers came back: ${replies.map(told).join(', then ') || 'none'}. Expected one answer for each.`,
      );
  });
  check('answers an empty binary message, and a large one', async () => {
    const client = await connectAndGreet((await start()).url);
    const large = new Uint8Array(70_000).map((_, i) => (i * 7) % 256);
    for (const bytes of [new Uint8Array(0), large]) {
      client.send(bytes);
      expectBinary(await replyTo(client, `Binary of ${inBytes(bytes)}`), bytes);
    }
  });
  check('answers only the client that asked', async () => {
    const { url } = await start();
    const [first, second] = [await connectAndGreet(url), await connectAndGreet(url)];
    second.send(Uint8Array.of(2));
    expectBinary(await replyTo(second, 'Binary of 1 byte (02) from the second of two clients'), Uint8Array.of(2));
    const others = await first.fence();
    if (others.length > 0)
      fail(
        `The second of two clients sent a message, and the first got ${told(others[0])}. Expected an answer to the second alone.`,
      );
  });
  check('leaves a text unchanged, character for character', async () => {
    const client = await connectAndGreet((await start()).url);
    // A byte order mark in front; an é that is an e and an accent; no visible character; more than 64 KiB, in two-byte characters.
    const texts = ['\ufeffHi', 'e\u0301 and \u00e9', '\t\0\u200b', `${'λ'.repeat(40_000)}end`];
    for (const text of texts) {
      client.send(text);
      const what = text.length > 100 ? 'A text of 80003 bytes' : `The text ${quoted(text)}`;
      const message = await replyTo(client, what);
      const cut = message.isBinary ? '' : textCause(message.text, `${PREFIX}${text}`);
      if (text.length > 100 && message.text !== `${PREFIX}${text}`)
        fail(`${what} came back as ${message.bytes.length} bytes. Expected ${80_003 + PREFIX.length}.${cut}`, {
          hint: 2,
        });
      expectText(message, `${PREFIX}${text}`, `${what} was answered with`);
    }
  });
}

/** The answer to what was just sent. A fence follows it, so that an answer that never comes is noticed at once. */
async function replyTo(client: Client, what: string): Promise<Message> {
  // A server that answers twice answers the fences twice, too: those answers don't belong to this message.
  const replies = (await client.fence()).filter(({ text }) => !text.includes('fence '));
  if (replies.length > 1)
    fail(`${what} got ${replies.length} answers: ${replies.map(told).join(', then ')}. Expected one.`);
  return (
    replies[0] ??
    fail(
      `${what} got no answer, while the text that was sent after it did. An answer that is sent after an await or in a callback is overtaken by later messages: send it at once.`,
    )
  );
}

function expectBinary(message: Message, bytes: Uint8Array): void {
  const sent = `Binary of ${inBytes(bytes)} was answered with`;
  if (!message.isBinary)
    fail(`${sent} ${told(message)}. Expected binary (opcode 2). A string is sent as a text frame: send a Buffer.`, {
      hint: 1,
    });
  if (Buffer.compare(message.bytes, bytes) === 0) return;
  const damaged = message.bytes.includes(Buffer.from('\ufffd'));
  const cause = message.bytes.includes(PREFIX)
    ? ` "${PREFIX}" belongs in front of text only.`
    : message.bytes.length > bytes.length && bytes.length > 0 && message.bytes.includes(Buffer.from(bytes))
      ? ' They are in there, with others around them: data.buffer is the whole memory that this Buffer is only a part of.'
      : damaged
        ? ' ef bf bd is �: the bytes were turned into text on the way, and those that are not UTF-8 are lost.'
        : '';
  fail(`${sent} ${told(message)}. Expected the same bytes.${cause}`, { hint: 2 });
}

/** Exercise 1.6's checks. @param start starts the server and gives its URL */
export function malformedCases(check: Check, start: Start): void {
  const bad: [string, Buffer][] = [
    ['a frame without a mask', frame(1, 'Hi', { masked: false })],
    ['a frame with a reserved bit', frame(1, 'Hi', { rsv: 4 })],
    ['a reserved opcode', frame(3, 'Hi')],
    ['a ping of 126 bytes', frame(9, new Uint8Array(126))],
    ['text that is not UTF-8', frame(1, Uint8Array.of(0xc3, 0x28))],
  ];
  for (const [what, bytes] of bad) {
    check(`closes the connection that sent ${what}, and keeps the others`, async () => {
      const { url, port } = await start();
      const healthy = await connectAndGreet(url);
      const peer = await rawConnect(port);
      await peer.takeFrame('the greeting');
      peer.write(bytes);
      await peer.endOrBytes('the close frame, or the end of the connection');
      healthy.send('still there?');
      expectText(
        await healthy.next('the echo to a healthy client, after another one broke the protocol'),
        `${PREFIX}still there?`,
        'The text "still there?" of a healthy client, sent after another one broke the protocol, was answered with',
      );
      await connectAndGreet(url);
    });
  }
}
