import type { WebSocket } from 'ws';
import { connect, exercise, expect, fail, load, serve, show, thrownBy, type Client } from '#kit';

exercise('3.c sendOrClose', (check) => {
  async function open() {
    const { sendOrClose } = await load(() => import('#day3/bonus/slow-consumer.ts'), 'sendOrClose');
    const sockets: WebSocket[] = [];
    const { url, wss } = await serve((server) => {
      server.on('connection', (socket) => {
        sockets.push(socket);
        socket.on('message', (data) => socket.send(String(data)));
      });
    });
    /** A client, and the server's end of it, whose bytes can be held back. */
    const come = async () => {
      const client = await connect(url);
      const socket = sockets[sockets.length - 1];
      return { client, socket, ...hold(socket) };
    };
    return { sendOrClose, come, wss };
  }
  /** Nothing leaves a corked socket: what was sent is counted in bufferedAmount, to the byte. */
  const hold = (socket: WebSocket) => {
    const { _socket: tcp } = socket as unknown as { _socket: { cork(): void; uncork(): void } };
    return { cork: () => tcp.cork(), uncork: () => tcp.uncork() };
  };
  const texts = async (client: Client): Promise<string[]> => (await client.fence()).map(({ text }) => text);

  check('below the limit it just sends, as text', async () => {
    const { sendOrClose, come } = await open();
    const { client, socket } = await come();
    sendOrClose(socket, 'Hi', 1000);
    const message = await client.next('the text "Hi"');
    if (message.isBinary) fail('Wrong kind of frame: the text came as binary.');
    expect(message.text, 'Another text came than was sent.').toBe('Hi');
  });
  check('nothing waits: a text passes, however long', async () => {
    const { sendOrClose, come } = await open();
    const { client, socket, cork, uncork } = await come();
    cork();
    sendOrClose(socket, 'x'.repeat(2000), 1000);
    uncork();
    await client.fence('behind it').catch(() => []);
    if (client.closedWith)
      fail(
        `Nothing was waiting for this client, limit 1000 bytes, and it was closed with ${client.closedWith.code} for one text of 2000 bytes. The limit is for what waits before this text.`,
      );
    expect(
      client.received[0]?.text.length,
      'Nothing was waiting for this client, limit 1000 bytes, and a text of 2000 bytes did not come.',
    ).toBe(2000);
  });
  check('over the limit: 1013, and nothing more for that one', async () => {
    const { sendOrClose, come } = await open();
    const { client, socket, cork, uncork } = await come();
    cork();
    for (let i = 0; i < 20; i++) sendOrClose(socket, 'x'.repeat(100), 1000);
    uncork();
    await client.fence().catch(() => {}); // an echo, or the end of the connection, whichever comes
    if (!client.closedWith)
      fail(
        'A client that does not keep up, limit 1000 bytes: 2000 bytes were put on the heap for it, and the connection goes on.',
      );
    const { code } = client.closedWith;
    expect(code, 'A client that does not keep up was closed, but with another code than 1013, try again later.').toBe(
      1013,
    );
    // A frame of 100 bytes takes 102; ten of them are 1,020 bytes, over the limit of 1,000.
    if (client.received.length > 11)
      fail(
        `A client that does not keep up, limit 1000 bytes: ${client.received.length} messages of 100 bytes were put on the heap for it.`,
      );
    if (client.received.length < 9)
      fail(`A client with a limit of 1000 bytes was given up after ${client.received.length} messages of 100 bytes.`);
  });
  check('who is slow for a moment only is left alone', async () => {
    const { sendOrClose, come } = await open();
    const { client, socket, cork, uncork } = await come();
    for (let round = 0; round < 5; round++) {
      cork();
      for (let i = 0; i < 5; i++) sendOrClose(socket, `${round}.${i} ${'x'.repeat(95)}`, 1000);
      uncork();
      const got = await texts(client);
      expect(
        got.length,
        `A client is slow for a moment, never over the limit, and catches up each time. In round ${round} it was to get five messages.`,
      ).toBe(5);
    }
  });
  check('the others are not affected', async () => {
    const { sendOrClose, come } = await open();
    const [slow, healthy] = [await come(), await come()];
    slow.cork();
    for (let i = 0; i < 20; i++)
      for (const { socket } of [slow, healthy])
        sendOrClose(
          socket,
          `${i} ${'x'.repeat(100)}`,
          1000 + socket.bufferedAmount * Number(socket === healthy.socket),
        );
    const got = await texts(healthy.client);
    slow.uncork();
    expect(
      got.map((text) => Number.parseInt(text, 10)),
      'One of two clients does not keep up. The other one was to get all twenty messages, in order.',
    ).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });
  check('on a socket that is closed it does nothing', async () => {
    const { sendOrClose, come } = await open();
    const { client, socket } = await come();
    client.socket.close();
    await client.closed();
    const thrown = thrownBy(() => sendOrClose(socket, 'Hi', 1000));
    if (thrown !== undefined) fail(`It threw ${show(String(thrown))} on a socket that is closed.`);
  });
});
