import { setImmediate as turn } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { connect, exercise, expect, fail, load, serve, show, thrownBy, type Client } from '#kit';
import type { Frame } from '#day1/given/rfc6455.ts';
import { decodeFrame } from '#solutions/day1-protocol/frames.ts';
import { LIMITS } from '#day3/given/limits.ts';

exercise('5.d BatchedWriter.write', (check) => {
  /** A server with the learner's writer. `come` connects a client, and records the frames that are added for it. */
  const open = async ({ limit = LIMITS.buffered } = {}) => {
    const { BatchedWriter } = await load(() => import('#day5/bonus/batched-writer.ts'), 'BatchedWriter');
    const sockets: WebSocket[] = [];
    let writer!: InstanceType<typeof BatchedWriter>;
    const { url } = await serve((server) => {
      writer = new BatchedWriter(server, { limit });
      server.on('connection', (socket) => {
        sockets.push(socket);
        socket.on('message', (data) => socket.send(String(data)));
      });
    });
    let wrong: { frame: unknown } | undefined;
    const added = new Map<WebSocket, Uint8Array[]>();
    const original = writer.outgoing.bind(writer);
    writer.outgoing = (socket) => {
      const outgoing = original(socket);
      return {
        get waiting() {
          return outgoing.waiting;
        },
        add(frame) {
          added.set(socket, [...(added.get(socket) ?? []), frame]);
          if (frame instanceof Uint8Array) outgoing.add(frame);
          else wrong = { frame };
        },
      };
    };
    const come = async () => {
      const client = await connect(url);
      const socket = sockets[sockets.length - 1];
      const { _socket: connection } = socket as unknown as { _socket: { cork(): void; uncork(): void } };
      return { client, socket, connection, added: () => added.get(socket) ?? [] };
    };
    const write = (socket: WebSocket, text: string): void => {
      const thrown = thrownBy(() => writer.write(socket, text));
      if (thrown !== undefined)
        fail(`write(socket, ${show(text.slice(0, 20))}) threw ${show(String(thrown))}.`, { hint: 2 });
      if (wrong)
        fail(
          `outgoing.add(frame) was called with ${show(wrong.frame)}. Expected a frame: the bytes from encodeFrame.`,
          {
            hint: 3,
          },
        );
    };
    return { write, come };
  };
  const texts = async (client: Client): Promise<string[]> => (await client.fence()).map(({ text }) => text);

  check('a text reaches the client, as text', async () => {
    const { write, come } = await open();
    const { client, socket } = await come();
    write(socket, 'Hi');
    await turn();
    const [message] = await client.fence();
    if (!message)
      fail(
        'write(socket, "Hi") was called, and the client got nothing. Add the frame: this.outgoing(socket).add(frame).',
      );
    if (message.isBinary) fail('The text arrived as a binary message: its opcode is OPCODES.text.', { hint: 3 });
    expect(message.text, 'write(socket, "Hi") was called. The client got another text.').toBe('Hi');
  });
  check(
    'the frame goes to outgoing.add, once',
    async () => {
      const { write, come } = await open();
      const { socket, added } = await come();
      write(socket, 'Hi');
      expect(
        added().length,
        'write(socket, "Hi") was called once. Wrong number of frames in outgoing.add. socket.send would write at once, which costs one call to the operating system per message.',
      ).toBe(1);
      let frame: Frame | undefined;
      try {
        frame = decodeFrame(added()[0], 'server');
      } catch (error) {
        fail(
          `write(socket, "Hi") was called. outgoing.add got ${show(added()[0])}. That is not a valid frame (${(error as Error).message}): encodeFrame makes one.`,
        );
      }
      expect(
        { opcode: frame?.opcode, fin: frame?.fin, text: String(Buffer.from(frame?.payload ?? [])) },
        'write(socket, "Hi") was called. outgoing.add got the wrong frame.',
      ).toEqual({ opcode: 1, fin: true, text: 'Hi' });
    },
    { hint: 2 },
  );
  check(
    'all clients get the same frame, which is made once',
    async () => {
      const { write, come } = await open();
      const people = [await come(), await come(), await come()];
      for (const { socket } of people) write(socket, 'Hi');
      const frames = people.map(({ added }) => added()[0]);
      if (frames.some((frame) => frame !== frames[0]))
        fail(
          'write was called with the same text for three clients, and three frames were made. Keep the text and its frame in this.text and this.frame, and use that frame again.',
        );
      await turn();
      for (const { client } of people)
        expect(await texts(client), 'Three clients were sent "Hi". One of them got something else.').toEqual(['Hi']);
    },
    { hint: 2 },
  );
  check(
    'another text gets another frame, and then the first one again',
    async () => {
      const { write, come } = await open();
      const [ann, bob] = [await come(), await come()];
      for (const text of ['one', 'two', 'one', '', 'three']) for (const { socket } of [ann, bob]) write(socket, text);
      await turn();
      for (const { client } of [ann, bob])
        expect(
          await texts(client),
          'Two clients were sent five texts in one turn. Wrong texts: if the text is not the one of the last call, make its frame, and keep both.',
        ).toEqual(['one', 'two', 'one', '', 'three']);
    },
    { hint: 2 },
  );
  check(
    'the next turn begins without a frame',
    async () => {
      const { write, come } = await open();
      const { client, socket } = await come();
      for (const text of ['', 'one', 'one']) {
        write(socket, text);
        await turn();
      }
      expect(
        await texts(client),
        'A client was sent "", "one" and "one", each in a turn of its own. Wrong texts: when a turn begins, this.text and this.frame are undefined.',
      ).toEqual(['', 'one', 'one']);
    },
    { hint: 3 },
  );
  check(
    'the length of a frame is in bytes',
    async () => {
      const { write, come } = await open();
      const { client, socket } = await come();
      const all = ['Zoë says καλημέρα 🙂', 'x'.repeat(126), 'é'.repeat(40_000)];
      for (const text of all) write(socket, text);
      await turn();
      const heard = await texts(client).catch(() =>
        fail(
          `A client was sent three texts with accents, emoji and 40,000 characters, and gave up (${client.trouble}): the payload is Buffer.from(text), in bytes, as UTF-8.`,
        ),
      );
      expect(
        heard.map((text) => text.length),
        'A client was sent three texts with accents, emoji and 40,000 characters. Wrong lengths: the payload is Buffer.from(text), in bytes.',
      ).toEqual(all.map((text) => text.length));
      expect(heard, 'A client was sent three texts with accents and emoji. It got other ones.').toEqual(all);
    },
    { hint: 3 },
  );
  check(
    'a socket that is not open gets nothing, and nothing is thrown',
    async () => {
      const { write, come } = await open();
      const [ann, bob] = [await come(), await come()];
      ann.socket.close(4000);
      write(ann.socket, 'too late');
      write(bob.socket, 'in time');
      expect(
        ann.added().length,
        'The server had closed a connection (it is CLOSING), and write was called. Nothing may be added: after a close frame the client reads nothing more. Look at socket.readyState.',
      ).toBe(0);
      await ann.client.closed();
      write(ann.socket, 'much too late');
      expect(ann.added().length, 'A connection was CLOSED, and write was called. Nothing may be added.').toBe(0);
      await turn();
      expect(
        await texts(bob.client),
        'One of two clients was gone. The other one should get the text "in time".',
      ).toEqual(['in time']);
      expect(
        ann.client.closedWith?.code,
        'The server closed a connection with 4000. The client saw another code.',
      ).toBe(4000);
    },
    { hint: 1 },
  );
  check(
    'a client that does not read is closed with 1013',
    async () => {
      const { write, come } = await open({ limit: 1000 });
      const { client, socket, connection, added } = await come();
      connection.cork(); // nothing leaves, as if the client didn't read
      for (let i = 0; i < 20; i++) {
        write(socket, 'x'.repeat(100));
        if (i > 9 && socket.readyState === socket.OPEN)
          fail(
            `A client does not read, and this.limit is 1000 bytes. ${102 * i} bytes were waiting for it in memory when write() was called, and when it returned, the connection was still open. Compare outgoing.waiting with this.limit, and close at once.`,
          );
        await turn();
      }
      connection.uncork();
      await client.fence().catch(() => {}); // an echo or the end of the connection, whichever comes
      expect(client.closedWith?.code, 'A client that does not read was closed with the wrong code.').toBe(1013);
      // A frame of 100 bytes takes 102. When ten of them wait, that is over the limit.
      expect(
        added().length,
        'A client does not read, and this.limit is 1000 bytes. Wrong number of frames of 102 bytes that were added before it was closed.',
      ).toBe(10);
    },
    { hint: 1 },
  );
  check(
    'exactly this.limit bytes may wait',
    async () => {
      const { write, come } = await open({ limit: 102 });
      const { client, socket, connection, added } = await come();
      connection.cork();
      for (let i = 0; i < 2; i++) {
        write(socket, 'x'.repeat(100));
        await turn();
      }
      connection.uncork();
      expect(
        { frames: added().length, closed: socket.readyState !== socket.OPEN },
        'this.limit is 102 bytes, and one frame of 102 bytes was waiting. A second text may still be sent: close only if *more* than this.limit bytes wait.',
      ).toEqual({ frames: 2, closed: false });
      await client.fence();
    },
    { hint: 1 },
  );
  check(
    'what comes in one turn does not count as waiting',
    async () => {
      const { write, come } = await open({ limit: 1000 });
      const { client, socket } = await come();
      for (let i = 0; i < 50; i++) write(socket, `${i} ${'x'.repeat(100)}`);
      await turn();
      const heard = await texts(client).catch(() => []);
      if (client.closedWith)
        fail(
          `50 texts of 100 bytes were written in one turn, this.limit is 1000, and the client reads. It was closed with ${client.closedWith.code}. Texts of this turn are not a sign that a client is slow: use outgoing.waiting.`,
        );
      expect(heard.length, '50 texts were written in one turn. Wrong number of texts at the client.').toBe(50);
    },
    { hint: 1 },
  );
  check(
    'the order is kept with socket.send',
    async () => {
      const { write, come } = await open();
      const { client, socket } = await come();
      write(socket, 'one');
      socket.send('two');
      write(socket, 'three');
      socket.send('four');
      await turn();
      expect(
        await texts(client),
        'In one turn: write(socket, "one"), socket.send("two"), write(socket, "three"), socket.send("four"). Wrong order at the client.',
      ).toEqual(['one', 'two', 'three', 'four']);
    },
    { hint: 2 },
  );
});
