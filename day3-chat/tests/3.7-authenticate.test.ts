import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { connect, exercise, expect, fail, load, onCleanUp, rawConnect, show, within } from '#kit';
import { doorOf, type Door } from '#day3/given/door.ts';
import { Tokens } from '#day3/given/tokens.ts';
import type { User } from '#day3/given/server-messages.ts';
import { handshake } from './helpers/open-for.ts';

exercise('3.7 authenticate', (check) => {
  /** A server whose door the learner keeps. Nothing else of the chat is behind it. */
  async function open({
    life = 60_000,
    ready = Promise.resolve() as Promise<unknown>,
    known = (user: User | undefined) => user,
  } = {}) {
    const { authenticate } = await load(() => import('#day3/auth.ts'), 'authenticate');
    let time = 1_000_000;
    const tokens = new Tokens({ life, tolerance: 0, now: () => time });
    const server = createServer();
    const wss = new WebSocketServer({ noServer: true, handleProtocols: () => 'chat' });
    let connections = 0;
    let trouble: ((what: string) => string) | undefined;
    const answers: string[] = [];
    server.on('upgrade', (request, socket, head) => {
      const verify = async (token: string) => (await ready, known(tokens.verify(token)));
      const door = doorOf({ request, socket, head }, wss, verify, (connection, user) => {
        connections++;
        connection.on('error', () => {});
        connection.on('message', () => connection.send(JSON.stringify(user)));
      });
      let answered = false;
      const watched: Door = {
        ...door,
        open(user) {
          answered = true;
          if (user instanceof Promise)
            trouble ??= () =>
              'door.open got a promise, not a user: `await` is missing before door.verify. Everybody would come in.';
          answers.push('open');
          door.open(user);
        },
        refuse(status) {
          answered = true;
          if (!(Number(status) >= 400 && Number(status) <= 599))
            trouble ??= () =>
              `door.refuse got ${show(status)}, which is no HTTP status for a refusal. There is no WebSocket yet, and so no close code: the answer is one of HTTP, 401.`;
          answers.push('refuse');
          door.refuse(status);
        },
      };
      const end = (say: (what: string) => string): void => {
        trouble ??= say;
        door.refuse(503); // nobody has to wait for what will not come
      };
      (async () => authenticate(watched))().then(
        () =>
          answered ||
          end(
            (what) =>
              `authenticate was over, and ${what} had no answer: neither door.open nor door.refuse was called. Is it left out for this case, or is an \`await\` or a \`return\` missing?`,
          ),
        (error: unknown) =>
          end(
            (what) =>
              `It threw ${show(String(error))} on ${what}. To that the server answers 503, "ask later". For a bad token: door.refuse(401).`,
          ),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onCleanUp(() => {
      for (const socket of wss.clients) socket.terminate();
      server.close();
      server.closeAllConnections();
    });
    const { port } = server.address() as AddressInfo;
    const url = `ws://127.0.0.1:${port}`;
    /** Fails where something was seen that says more than the answer. */
    const judge = (what: string): void => {
      if (trouble) fail(trouble(what));
    };
    /** A second answer has no effect, for this door. It is a mistake all the same: it shows that the function goes on. */
    const answeredOnce = (what: string): void => {
      if (answers.length > 1)
        fail(
          `It answered ${what} twice: first door.${answers.join(', then door.')}. One of them answers it: is a \`return\` or an \`else\` missing?`,
        );
      answers.length = 0;
    };
    /** The status with which a handshake is refused; 101 where it is not. */
    const statusFor = async (...protocols: string[]): Promise<number> => {
      const socket = new WebSocket(url, ['chat', ...protocols]);
      onCleanUp(() => socket.terminate());
      socket.on('error', () => {});
      const refused = once(socket, 'unexpected-response').then(([request, response]) => {
        request.destroy();
        return response.statusCode as number;
      });
      return within(
        Promise.race([refused, once(socket, 'open').then(() => 101)]),
        'an answer to the handshake',
        () => 'The client is left waiting: neither door.open nor door.refuse was called.',
      );
    };
    const refused = async (what: string, ...protocols: string[]): Promise<void> => {
      const status = await statusFor(...protocols).catch(
        (error) => (judge(what), fail(`The answer to ${what} cannot be read: ${error.message}.`)),
      );
      judge(what);
      if (status === 101) fail(`Let in: ${what}. The handshake was answered with 101; 401 was expected.`);
      expect(status, `Refused, but with the wrong status: ${what}.`).toBe(401);
      expect(connections, `It answered 401, and opened a connection all the same: ${what}.`).toBe(0);
      answeredOnce(what);
    };
    /** Whom the server believes somebody to be who comes with a good token. */
    const userOf = async (token: string): Promise<unknown> => {
      const client = await connect(url, { protocols: ['chat', `token.${token}`] }).catch(
        (error) => (judge('a good token'), fail(`Ann came with a good token, and was not let in. ${error.message}`)),
      );
      judge('a good token');
      client.send('Who am I?');
      const { text } = await client.next('who the server believes the client to be');
      answeredOnce('a good token');
      connections = 0;
      return JSON.parse(text);
    };
    return { tokens, port, judge, refused, userOf, pass: (ms: number) => (time += ms) };
  }
  const forge = (token: string): string => {
    const [body, signature] = token.split('.');
    const claims = JSON.parse(String(Buffer.from(body, 'base64url')));
    return `${Buffer.from(JSON.stringify({ ...claims, name: 'The boss', userId: 'boss' })).toString('base64url')}.${signature}`;
  };

  check('a good token opens the connection, in the name for which it was signed', async () => {
    const { tokens, userOf } = await open();
    const { token, userId } = tokens.issue('Ann');
    expect(
      await userOf(token),
      'Ann came with a good token, and the connection was opened in the name of another user.',
    ).toEqual({ userId, name: 'Ann' });
  });
  check('the user is the one that door.verify gives', async () => {
    const { tokens, userOf } = await open({ known: (user) => user && { ...user, name: 'Ann Lee' } });
    const { token, userId } = tokens.issue('Ann');
    expect(
      await userOf(token),
      'door.verify asked its database, and gave Ann Lee for the token. The connection was opened in another name: take what verify gives, not what the token says of itself.',
    ).toEqual({ userId, name: 'Ann Lee' });
  });
  check('no token: 401 in place of the 101', async () => {
    const { refused } = await open();
    await refused('a handshake without any token');
  });
  check('a token that somebody has written without the secret: 401', async () => {
    const { tokens, refused } = await open();
    await refused('a token with other words under an old signature', `token.${forge(tokens.issue('Ann').token)}`);
    await refused("a token signed with another server's secret", `token.${new Tokens().issue('Ann').token}`);
    await refused('the token "nonsense"', 'token.nonsense');
    await refused('an empty token', 'token.');
  });
  check('a token that has expired: 401', async () => {
    const { tokens, refused, userOf, pass } = await open({ life: 60_000 });
    const { token } = tokens.issue('Ann');
    await userOf(token);
    pass(60_001);
    await refused('a token that was good once, and expired a millisecond ago', `token.${token}`);
  });
  check('nothing is answered before the token is verified, however long that takes', async () => {
    let verified = (): void => {};
    const { tokens, port, judge } = await open({ ready: new Promise<void>((resolve) => (verified = resolve)) });
    const peer = await rawConnect(port, { upgrade: false });
    peer.write(handshake(`token.${forge(tokens.issue('Ann').token)}`));
    // An ordinary request behind it: a server that is still waiting has answered neither.
    const other = await rawConnect(port, { upgrade: false });
    other.write(handshake('token.nonsense'));
    await new Promise((resolve) => setImmediate(resolve));
    verified();
    const head = await peer.takeUntil('\r\n\r\n', 'the answer to a handshake with a forged token');
    judge('a forged token');
    if (!head.startsWith('HTTP/1.1 401 '))
      fail(
        `Let in: a forged token, while it was still being verified. The answer was ${show(head.split('\r\n')[0])}; is there an await before verify?`,
      );
    await peer.end('the end of the TCP connection after 401');
    await other.end('the end of the other TCP connection after 401');
  });
  check('nobody can be asked whom the token is for: the error comes out, and nobody comes in', async () => {
    const { authenticate } = await load(() => import('#day3/auth.ts'), 'authenticate');
    let opened = false;
    let status: number | undefined;
    const door: Door = {
      token: 'a.token',
      verify: async () => {
        throw new Error('the database is down');
      },
      claimed: () => ({ userId: 'boss', name: 'The boss' }),
      open: () => void (opened = true),
      refuse: (code) => void (status ??= code),
    };
    let thrown = false;
    await (async () => authenticate(door))().catch(() => (thrown = true));
    // Who does not wait for door.verify may still answer in this turn; an error that nobody catches ends the process after it.
    for (let i = 0; i < 20; i++) await undefined;
    const what = 'door.verify rejected, for its database is down: the server could not ask whom the token is for';
    if (opened) fail(`${what}, and let the stranger in. Let the error out: the caller answers 503.`);
    if (status !== undefined && status !== 503)
      fail(`${what}, and answered ${status}, as if the token were bad. Let the error out: the caller answers 503.`);
    if (!thrown && status === undefined)
      fail(
        `${what}, and authenticate was over without an answer and without the error. Was it swallowed, so that the client waits for ever, or does nobody catch it now, so that the server would be down? \`await\` or \`return\` what door.verify gives, and let the error out: the caller answers 503.`,
      );
  });
});
