/** The finished chat on a free port, and people who connect to it as a page does. */
import { connect, onCleanUp, within, type Client } from '#kit';
import type { ChatServerOptions, Parts } from '#day3/given/internals/chat-server.ts';
import type { ChatOptions } from '#day3/given/internals/options.ts';
import { serverMessage, type ServerMessage } from '#day3/given/server-messages.ts';
import { Tokens, type Issued } from '#day3/given/tokens.ts';
import { createApp } from '#solutions/day3-chat/app.ts';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { WebSocket } from 'ws';

export type Options = Partial<ChatServerOptions> & { chat?: ChatOptions; parts?: Partial<Parts> };

/** A person: a client, and what the server calls them. */
export interface Person {
  client: Client;
  issued: Issued;
  /** the server's end of the connection */
  socket: WebSocket;
  say(message: object | string): void;
  /** everything that arrived since the last call; a request that is answered after it shows that this is all */
  heard(): Promise<ServerMessage[]>;
}

/** Without a rate limit, unless `parts` has one: the tests send faster than any person. */
export async function openApp(options: Options = {}) {
  const tokens = options.tokens ?? new Tokens();
  const app = createApp({
    page: (_, response) => void response.end(),
    ...options,
    tokens,
    parts: { rateLimit: undefined, ...options.parts },
  });
  app.server.listen(0, '127.0.0.1');
  await once(app.server, 'listening');
  onCleanUp(async () => {
    const closed = once(app.wss, 'close');
    for (const socket of app.wss.clients) socket.terminate();
    app.wss.close();
    await closed;
    app.server.close();
    app.server.closeAllConnections();
  });
  const { port } = app.server.address() as AddressInfo;
  const url = `ws://127.0.0.1:${port}`;
  const sockets: WebSocket[] = [];
  app.wss.on('connection', (socket) => sockets.push(socket));
  let fences = 0;

  const come = async (name: string, room?: string, renewal?: string): Promise<Person> => {
    const issued = tokens.issue(name, renewal);
    const client = await connect(url, { protocols: ['chat', `token.${issued.token}`] });
    const person: Person = {
      client,
      issued,
      socket: sockets[sockets.length - 1],
      say: (message) => client.send(typeof message === 'string' ? message : JSON.stringify(message)),
      async heard() {
        const mark = `fence ${++fences}`;
        const messages = await client.fence(JSON.stringify({ type: mark }), ({ text }) => text.includes(mark));
        return messages.map(({ text, isBinary }) => {
          if (isBinary) throw new Error('The server sent binary.');
          return serverMessage.parse(JSON.parse(text));
        });
      },
    };
    if (room === undefined) return person;
    person.say({ type: 'join', room });
    await person.heard();
    return person;
  };
  return { ...app, tokens, port, url, come };
}

/** Waits for the server to see a connection end. */
export const gone = (person: Person): Promise<unknown> =>
  person.socket.readyState === person.socket.CLOSED
    ? Promise.resolve()
    : within(once(person.socket, 'close'), 'the end of the connection, at the server', () => 'It is still there.');

/** The opening handshake as bytes, for things that no client library would do. */
export const handshake = (protocols: string, more = ''): string =>
  'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${protocols}\r\n${more}\r\n`;
