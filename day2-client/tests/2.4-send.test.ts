import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, serve, show, thrownBy, within } from '#kit';
import type { Message, Socket } from '#day2/given/base-client.ts';
import {
  closeAndWait,
  createClient,
  createFakeOpenClient,
  inWords,
  kinds,
  nextEvent,
  openClient,
} from './helpers/clients.ts';

exercise('2.4 RealtimeClient.send', (check) => {
  const MESSAGE = { type: 'news', text: 'καλημέρα', room: { name: 'a', sizes: [1, 2] } };
  const message = structuredClone(MESSAGE);
  /** Calls send(), which must not throw, whatever the state. */
  const send = (client: { send: (message: Message) => boolean }, when: string): boolean => {
    let sent: unknown;
    const thrown = thrownBy(() => (sent = client.send(message)));
    if ((thrown as { code?: string } | undefined)?.code === 'ERR_INVALID_ARG_TYPE')
      fail('this.write() got an object, but it takes a text: make one with JSON.stringify.', { hint: 3 });
    if (thrown instanceof ReferenceError && thrown.message.includes('WebSocket'))
      fail(
        `send() threw ${inWords(thrown)}. Node 20 has no global WebSocket. The constant OPEN is imported at the top.`,
        { hint: 2 },
      );
    if (thrown !== undefined)
      fail(`send() threw ${inWords(thrown)} ${when}. In every state, it should return whether it sent the message.`);
    if (typeof sent !== 'boolean') fail(`send() returned ${show(sent)} ${when}. It should return true or false.`);
    return sent;
  };

  for (const [kind, WebSocket] of kinds) {
    check(`sends one text message of JSON while OPEN, and returns true (${kind})`, async () => {
      const { client, heard, sent, ended } = await openClient(WebSocket);
      expect(send(client, 'while the socket was OPEN'), 'The socket is OPEN. Wrong result of send().').toBe(true);
      expect(message, 'send() changed the message that was passed in. It belongs to the caller.').toEqual(MESSAGE);

      client.socket?.close();
      await ended();
      const parsed = heard.map((text) => {
        try {
          return JSON.parse(text) as unknown;
        } catch {
          return fail(`The server received ${show(text)}, which is not JSON. Make a text with JSON.stringify.`, {
            hint: 3,
          });
        }
      });
      expect(parsed, 'send() was called once. Wrong messages at the server.').toEqual([MESSAGE]);
      if (typeof sent[0] === 'object')
        fail(`this.write() got ${show(sent[0])}, but it takes a text. Bytes become a binary message.`, { hint: 3 });
      expect(
        sent.length,
        "send() sent one message. Wrong number of messages in the page's log. this.write(text) adds to it, this.socket.send(text) does not.",
      ).toBe(1);
    });
  }
  check('returns false before the first connection', async () => {
    const { client } = await createClient('ws://127.0.0.1');
    expect(send(client, 'before connect()'), 'Wrong result of send() before connect() has made a socket.').toBe(false);
    if (client.socket) fail('send() opened a connection. Connecting is the decision of the caller: return false.');
  });
  for (const [kind, WebSocket] of kinds) {
    check(`returns false while CONNECTING (${kind})`, async () => {
      const heard: string[] = [];
      const { url } = await serve((wss) =>
        wss.on('connection', (socket) => socket.on('message', (data) => heard.push(String(data)))),
      );
      const { client } = await createClient(url, WebSocket);
      const socket = client.openSocket();
      const connecting = nextEvent(socket, 'open');
      client.connecting = connecting;
      expect(send(client, 'while the socket was CONNECTING'), 'The socket is CONNECTING. Wrong result of send().').toBe(
        false,
      );

      await within(connecting, 'the open connection', () => '');
      await turn();
      await closeAndWait(socket);
      expect(
        heard,
        'send() returned false while CONNECTING, and sent the message later after all. A caller that tries again would send it twice. Wrong messages at the server.',
      ).toEqual([]);
    });
    check(
      `returns false while CLOSING and when CLOSED (${kind})`,
      async () => {
        const { client, heard, sent, ended } = await openClient(WebSocket);
        const { socket } = client;
        const closed = nextEvent(socket as Socket, 'close');
        client.socket?.close();
        expect(
          send(client, 'while the socket was CLOSING'),
          'The socket is CLOSING, and silently discards what is sent. Wrong result of send(). Ask socket.readyState: this.state changes only with the events, which come later.',
        ).toBe(false);

        await ended();
        await within(closed, 'the close event', () => '');
        expect(
          send(client, 'when the socket was CLOSED'),
          'The socket is CLOSED, and silently discards what is sent. Wrong result of send().',
        ).toBe(false);
        expect(heard.length, 'send() returned false twice. Wrong number of messages at the server.').toBe(0);
        expect(
          sent.length,
          "send() returned false twice. Wrong number of sent messages in the page's log: call this.write(text) only if the socket is OPEN.",
        ).toBe(0);
        if (client.socket !== socket)
          fail('send() opened another connection. Connecting is the decision of the caller: return false.');
      },
      { hint: 2 },
    );
  }
  check('sends while OPEN even if a lot is waiting to leave', async () => {
    const { client, socket, calls } = await createFakeOpenClient();
    client.state = 'open';
    socket.bufferedAmount = 70_000;
    expect(
      send(client, 'while 70,000 bytes were waiting'),
      'The socket is OPEN and the network is slow: bufferedAmount is 70,000. The socket takes messages nevertheless. Wrong result of send().',
    ).toBe(true);
    expect(calls.length, 'send() returned true. Wrong number of calls of socket.send().').toBe(1);
  });
});
