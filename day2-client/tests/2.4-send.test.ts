import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, serve, show, thrownBy, within } from '#kit';
import type { Message, Socket } from '#day2/given/base-client.ts';
import { kinds, make, pretended, told, event, closeAndWait, open } from './helpers/clients.ts';

exercise('2.4 RealtimeClient.send', (check) => {
  const MESSAGE = { type: 'news', text: 'καλημέρα', room: { name: 'a', sizes: [1, 2] } };
  const message = structuredClone(MESSAGE);
  /** send() must not throw, whatever the state. */
  const send = (client: { send: (message: Message) => boolean }, when: string): boolean => {
    let sent: unknown;
    const thrown = thrownBy(() => (sent = client.send(message)));
    if ((thrown as { code?: string } | undefined)?.code === 'ERR_INVALID_ARG_TYPE')
      fail('write() got an object; a text was expected: JSON.stringify.');
    if (thrown !== undefined)
      fail(`send() threw ${told(thrown)} ${when}. It says whether the message was handed over, in every state.`);
    if (typeof sent !== 'boolean') fail(`send() returned ${show(sent)} ${when}; true or false was expected.`);
    return sent;
  };

  check('before any connection: false', async () => {
    const { client } = await make('ws://127.0.0.1');
    expect(send(client, 'before connect()'), 'Wrong answer before any connection.').toBe(false);
    if (client.socket)
      fail('send() opened a connection. It says false where there is none; connecting is for the caller.');
  });
  for (const [kind, WebSocket] of kinds) {
    check(`CONNECTING: false, and no exception (${kind})`, async () => {
      const heard: string[] = [];
      const { url } = await serve((wss) =>
        wss.on('connection', (socket) => socket.on('message', (data) => heard.push(String(data)))),
      );
      const { client } = await make(url, WebSocket);
      const socket = client.openSocket();
      const connecting = event(socket, 'open');
      client.connecting = connecting;
      expect(send(client, 'while the socket is CONNECTING'), 'Wrong answer while CONNECTING.').toBe(false);
      await within(connecting, 'the open connection', () => '');
      await turn();
      await closeAndWait(socket);
      expect(
        heard,
        'send() said false while CONNECTING, and sent the message later all the same: a caller that tries again sends it twice. Wrong messages at the server.',
      ).toEqual([]);
    });
    check(`OPEN: true, and one text message of JSON arrives (${kind})`, async () => {
      const { client, heard, sent, ended } = await open(WebSocket);
      expect(send(client, 'while the socket is OPEN'), 'Wrong answer while OPEN.').toBe(true);
      expect(message, 'The message that was passed in was changed.').toEqual(MESSAGE);
      client.socket?.close();
      await ended();
      const parsed = heard.map((text) => {
        try {
          return JSON.parse(text) as unknown;
        } catch {
          return fail(
            `The server got the text ${show(text)}, which is no JSON: JSON.stringify makes one of a message.`,
          );
        }
      });
      expect(parsed, 'Wrong messages at the server after one send().').toEqual([MESSAGE]);
      if (typeof sent[0] === 'object')
        fail(`write() got ${show(sent[0])}; a text was expected: bytes arrive as a binary message.`);
      expect(
        sent.length,
        'One message went out. Wrong number of messages in the log, onTraffic: this.write(text) tells it, this.socket.send(text) does not.',
      ).toBe(1);
    });
    check(
      `CLOSING and CLOSED: false (${kind})`,
      async () => {
        const { client, heard, ended } = await open(WebSocket);
        const { socket } = client;
        const closed = event(socket as Socket, 'close');
        client.socket?.close();
        expect(
          send(client, 'while the socket is CLOSING'),
          `Wrong answer while CLOSING: a WebSocket discards what is sent then, without a word. \`this.state\` follows the events and says so only later: ask socket.readyState.`,
        ).toBe(false);
        await ended();
        await within(closed, 'the close event', () => '');
        expect(
          send(client, 'when the socket is CLOSED'),
          'Wrong answer when CLOSED: a WebSocket discards what is sent then, without a word.',
        ).toBe(false);
        expect(heard.length, 'Wrong number of messages at the server.').toBe(0);
        if (client.socket !== socket)
          fail('send() opened another connection. It says false where none is open; connecting is for the caller.');
      },
      { hint: 2 },
    );
  }
  check('OPEN, and much is still waiting to leave: true', async () => {
    const { client, reached } = await pretended();
    client.state = 'open';
    expect(
      send(client, 'while 70,000 bytes wait'),
      'The socket is OPEN, bufferedAmount is 70,000: the network is slow. The socket takes the message all the same. Wrong answer.',
    ).toBe(true);
    expect(reached.length, 'Wrong number of messages handed to the socket.').toBe(1);
  });
});
