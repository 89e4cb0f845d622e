import type { WebSocket } from 'ws';
import { connect, exercise, expect, fail, load, serve, show, thrownBy, type Client } from '#kit';
import { LIMITS } from '#day3/given/limits.ts';

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
    /** A client, and the server's end of its connection, which can hold its bytes back. */
    const come = async () => {
      const client = await connect(url);
      const socket = sockets[sockets.length - 1];
      return { client, socket, ...hold(socket) };
    };
    return { sendOrClose, come, wss };
  }
  /** Nothing leaves a corked socket, so bufferedAmount counts each byte that was sent. */
  const hold = (socket: WebSocket) => {
    const { _socket: tcp } = socket as unknown as { _socket: { cork(): void; uncork(): void } };
    return { cork: () => tcp.cork(), uncork: () => tcp.uncork() };
  };
  const texts = async (client: Client): Promise<string[]> => (await client.fence()).map(({ text }) => text);

  check('below the limit it sends, as text', async () => {
    const { sendOrClose, come } = await open();
    const { client, socket } = await come();
    sendOrClose(socket, 'Hi', 1000);
    const message = await client.next('the text "Hi"');
    if (message.isBinary) fail('The text arrived as a binary message: pass the string to socket.send.');
    expect(message.text, 'The client got another text than was sent.').toBe('Hi');
  });
  check('if nothing is waiting, a text is sent, however long it is', async () => {
    const { sendOrClose, come } = await open();
    const { client, socket, cork, uncork } = await come();
    cork();
    sendOrClose(socket, 'x'.repeat(2000), 1000);
    uncork();
    await client.fence('after it').catch(() => []);
    if (client.closedWith)
      fail(
        `Nothing was waiting for this client. sendOrClose(socket, a text of 2000 bytes, 1000) closed it with ${client.closedWith.code}. The limit is for the bytes that were waiting before.`,
      );
    expect(
      client.received[0]?.text.length,
      'Nothing was waiting for this client. sendOrClose(socket, a text of 2000 bytes, 1000) must send the text.',
    ).toBe(2000);
  });
  check('over the limit: 1013, and nothing more is sent to that client', async () => {
    const { sendOrClose, come } = await open();
    const { client, socket, cork, uncork } = await come();
    cork();
    for (let i = 0; i < 20; i++) sendOrClose(socket, 'x'.repeat(100), 1000);
    uncork();
    await client.fence().catch(() => {}); // an echo or the end of the connection, whichever comes
    if (!client.closedWith)
      fail(
        'A client does not read, and the limit is 1000 bytes. 2000 bytes are now waiting for it in memory, and its connection is still open. Look at socket.bufferedAmount before you send.',
      );
    const { code } = client.closedWith;
    expect(code, 'A client that does not read was closed with the wrong code. 1013 means: try again later.').toBe(1013);
    // A frame of 100 bytes takes 102; ten of them are 1,020 bytes, over the limit of 1,000.
    if (client.received.length > 11)
      fail(
        `A client does not read, and the limit is 1000 bytes. ${client.received.length} messages of 100 bytes were put into memory for it. Look at socket.bufferedAmount before you send, and send nothing after the close.`,
      );
    if (client.received.length < 9)
      fail(
        `The limit is 1000 bytes, and a client was closed after only ${client.received.length} messages of 100 bytes.`,
      );
  });
  check('over the limit it closes at once, and not after a timer', async () => {
    const { sendOrClose, come } = await open();
    const { client, socket, cork, uncork } = await come();
    cork();
    for (let i = 0; i < 20; i++) sendOrClose(socket, 'x'.repeat(100), 1000);
    await new Promise<void>(process.nextTick); // after all microtasks
    const isOpen = socket.readyState === socket.OPEN;
    uncork();
    await client.fence().catch(() => {});
    if (isOpen)
      fail(
        'A client does not read, the limit is 1000 bytes, and more are waiting. sendOrClose has returned, and the connection is still OPEN. Close at once, and not in a timer: this text was not sent, so no later one may be sent either.',
      );
  });
  check('with a limit of 0, a text is sent as long as nothing is waiting', async () => {
    const { sendOrClose, come } = await open();
    const { client, socket, cork, uncork } = await come();
    cork();
    for (const text of ['first', 'second']) sendOrClose(socket, text, 0);
    uncork();
    await client.fence('after them').catch(() => {});
    expect(
      { texts: client.received.map(({ text }) => text), code: client.closedWith?.code },
      'Two texts with a limit of 0 bytes: nothing is waiting before the first one, so it must be sent. Then its bytes are waiting, so the second one must close the connection. Exactly `limit` bytes are not over the limit: compare with >, not with >=.',
    ).toEqual({ texts: ['first'], code: 1013 });
  });
  check('without a limit, LIMITS.buffered is the limit', async () => {
    const { sendOrClose, come } = await open();
    const { client, socket, cork, uncork } = await come();
    const quarter = 'x'.repeat(LIMITS.buffered / 4);
    cork();
    for (let i = 0; i < 8; i++) sendOrClose(socket, quarter);
    uncork();
    await client.fence('after them').catch(() => {});
    expect(
      client.closedWith?.code,
      'Eight texts of a quarter of LIMITS.buffered each, to a client that does not read, and no limit was passed. The connection must be closed with 1013. Does the parameter `limit` still have its default?',
    ).toBe(1013);
    if (client.received.length < 3)
      fail(
        `Texts of a quarter of LIMITS.buffered each, and no limit was passed: the connection was closed after ${client.received.length} of them.`,
      );
  });
  check('a client that is slow for a moment only is not closed', async () => {
    const { sendOrClose, come } = await open();
    const { client, socket, cork, uncork } = await come();
    for (let round = 0; round < 5; round++) {
      cork();
      for (let i = 0; i < 5; i++) sendOrClose(socket, `${round}.${i} ${'x'.repeat(95)}`, 1000);
      uncork();
      const got = await texts(client);
      expect(
        got.length,
        `A client is slow for a moment, never over the limit, and catches up each time. In round ${round} it should get five messages.`,
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
      'One of two clients does not read. The other one should get all twenty messages, in order.',
    ).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });
  check('on a closed connection it does nothing', async () => {
    const { sendOrClose, come } = await open();
    const { client, socket } = await come();
    client.socket.close();
    await client.closed();
    const thrown = thrownBy(() => sendOrClose(socket, 'Hi', 1000));
    if (thrown !== undefined) fail(`sendOrClose threw ${show(String(thrown))} on a closed connection.`);
  });
});
