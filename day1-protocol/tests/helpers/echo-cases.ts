/** What every echo server of day 1 must do, whoever reads its frames: ws in the core, your own code in bonus 1.d. */
import { connect, expect, fail, frame, rawConnect, show, type Client, type Message } from '#kit';

type Check = (name: string, body: () => Promise<void>) => void;

export const GREETING = 'Welcome! Connection established.';

/** Text that has come in a given shape, or a failure that says what came. */
export function expectText(message: Message, text: string): void {
  if (message.isBinary)
    fail(
      `Wrong kind of frame: waited for the text ${show(text)}, and binary came (opcode 2): ${show(message.bytes)}. A browser would hand it over as a Blob.`,
    );
  expect(message.text, 'Wrong reply.').toBe(text);
}

/** Connects, and takes the greeting. */
export async function connectAndGreet(url: string) {
  const client = await connect(url);
  expectText(await client.next('the greeting'), GREETING);
  return client;
}

/** Exercise 1.5's checks. @param start starts the server and gives its URL */
export function binaryCases(check: Check, start: () => Promise<{ url: string; port: number }>): void {
  check('binary comes back as binary, byte for byte', async () => {
    const client = await connectAndGreet((await start()).url);
    const bytes = Uint8Array.of(0, 1, 127, 128, 254, 255); // no valid UTF-8
    client.send(bytes);
    expectBinary(await replyTo(client, 'The six bytes that were sent'), bytes);
  });
  check('an empty binary message, and a large one', async () => {
    const client = await connectAndGreet((await start()).url);
    const large = new Uint8Array(70_000).map((_, i) => (i * 7) % 256);
    for (const bytes of [new Uint8Array(0), large]) {
      client.send(bytes);
      expectBinary(await replyTo(client, `The ${bytes.length} bytes of binary that were sent`), bytes);
    }
  });
  check('text stays text, behind its prefix', async () => {
    const client = await connectAndGreet((await start()).url);
    client.send(Uint8Array.of(42));
    expectBinary(await replyTo(client, 'The byte that was sent'), Uint8Array.of(42));
    for (const text of ['Hi', '', 'καλημέρα 👋', ' <b>1 & 2</b>\n']) {
      client.send(text);
      expectText(await replyTo(client, `The text ${show(text)}`), `Server received: ${text}`);
    }
  });
  check('who asks gets the answer, and nobody else', async () => {
    const { url } = await start();
    const [first, second] = [await connectAndGreet(url), await connectAndGreet(url)];
    second.send(Uint8Array.of(2));
    expectBinary(await replyTo(second, 'The byte that the second of two clients sent'), Uint8Array.of(2));
    const others = await first.fence();
    if (others.length > 0)
      fail(`A client that had sent nothing got ${others.length} replies to what another one sent.`);
  });
  check('one reply a message', async () => {
    const client = await connectAndGreet((await start()).url);
    client.send(Uint8Array.of(1));
    client.send(Uint8Array.of(2));
    const replies = await client.fence();
    if (replies.length !== 2) fail(`Two messages were sent, and ${replies.length} replies came back.`);
  });
}

/** The first answer to what was just sent: asked for by a fence, so that no answer is noticed at once. */
async function replyTo(client: Client, what: string): Promise<Message> {
  // A server that answers twice answers the fences twice, too: those are not what came for this one.
  const replies = (await client.fence()).filter(({ text }) => !text.includes('fence '));
  if (replies.length > 1)
    fail(
      `${what} got ${replies.length} answers: ${replies.map((one) => (one.isBinary ? `binary, ${show(one.bytes)}` : `the text ${show(one.text)}`)).join(', then ')}. One was expected.`,
    );
  return replies[0] ?? fail(`No reply. ${what} got no answer, while the text after it did.`);
}

function expectBinary(message: Message, bytes: Uint8Array): void {
  if (!message.isBinary)
    fail(
      `Wrong kind of frame: ${bytes.length} bytes of binary were sent, and text came back (opcode 1): ${show(message.text)}.`,
    );
  if (Buffer.compare(message.bytes, bytes) !== 0)
    fail(`Wrong reply: sent ${show(bytes)}, and ${show(message.bytes)} came back.`);
}

/** Exercise 1.6's checks. @param start starts the server and gives its URL */
export function malformedCases(check: Check, start: () => Promise<{ url: string; port: number }>): void {
  const bad: [string, Buffer][] = [
    ['a frame without a mask', frame(1, 'Hi', { masked: false })],
    ['a frame with a reserved bit', frame(1, 'Hi', { rsv: 4 })],
    ['a reserved opcode', frame(3, 'Hi')],
    ['a ping of 126 bytes', frame(9, new Uint8Array(126))],
    ['text that is not UTF-8', frame(1, Uint8Array.of(0xc3, 0x28))],
  ];
  for (const [what, bytes] of bad) {
    check(`${what} closes that connection, and no other`, async () => {
      const { url, port } = await start();
      const healthy = await connectAndGreet(url);
      const peer = await rawConnect(port);
      await peer.takeFrame('the greeting');
      peer.write(bytes);
      await peer.endOrBytes('the close frame, or the end of the connection');
      healthy.send('still there?');
      expectText(
        await healthy.next('the echo to a healthy client, after another one broke the protocol'),
        'Server received: still there?',
      );
      await connectAndGreet(url);
    });
  }
}
