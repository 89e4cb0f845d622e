import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { connect, exercise, expect, fail, load, onCleanUp, rawConnect, show, within } from '#kit';
import { handshakeOf, type Handshake } from '#day3/given/opening-handshake.ts';
import { Tokens } from '#day3/given/tokens.ts';
import type { User } from '#day3/given/server-messages.ts';

exercise('3.7 authenticate', (check) => {
  const upgradeRequest = (protocol: string): string =>
    'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat, ${protocol}\r\n\r\n`;

  /** A server whose handshakes the learner's function answers. It has no chat. */
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
      const verify = async (token: string) => {
        if (typeof token !== 'string')
          trouble ??= () =>
            `handshake.verify was called with ${show(token)}, but it takes a text. If the token is missing, refuse with 401.`;
        await ready;
        return known(tokens.verify(token));
      };
      const handshake = handshakeOf({ request, socket, head }, wss, verify, (connection, user) => {
        connections++;
        connection.on('error', () => {});
        connection.on('message', () => connection.send(JSON.stringify(user)));
      });
      let answered = false;
      const watched: Handshake = {
        ...handshake,
        accept(user) {
          answered = true;
          if (user instanceof Promise)
            trouble ??= () =>
              'handshake.accept was called with a promise, not with a user: `await` is missing before handshake.verify. A promise is always true, so everybody would get in.';
          answers.push('accept');
          handshake.accept(user);
        },
        refuse(status) {
          answered = true;
          if (!(Number(status) >= 400 && Number(status) <= 599))
            trouble ??= () =>
              `handshake.refuse was called with ${show(status)}, which is not an HTTP status for a refusal. The WebSocket is not open yet, so a close code is not possible: answer with the HTTP status 401.`;
          answers.push('refuse');
          handshake.refuse(status);
        },
      };
      const end = (say: (what: string) => string): void => {
        trouble ??= say;
        handshake.refuse(503); // so that nobody waits for an answer that won't come
      };
      (async () => authenticate(watched))().then(
        () =>
          answered ||
          end(
            (what) =>
              `authenticate returned without an answer to ${what}: it called neither handshake.accept nor handshake.refuse. Is this case missing, or an \`await\` or a \`return\`?`,
          ),
        (error: unknown) =>
          end(
            (what) =>
              `It threw ${show(String(error))} on ${what}. The server would answer 503, "try later". If a token is missing or bad, call handshake.refuse(401).`,
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
    /** Fails if something was noticed that explains more than the answer does. */
    const judge = (what: string): void => {
      if (trouble) fail(trouble(what), { hint: 2 });
    };
    /** The server ignores a second answer. It is a mistake nevertheless: the function continued after the first one. */
    const answeredOnce = (what: string): void => {
      if (answers.length > 1)
        fail(
          `It answered ${what} twice: first handshake.${answers.join(', then handshake.')}. Is a \`return\` or an \`else\` missing?`,
        );
      answers.length = 0;
    };
    /** The status that a handshake is refused with, or 101. */
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
        () => 'The client is still waiting: neither handshake.accept nor handshake.refuse was called.',
      );
    };
    const refused = async (what: string, ...protocols: string[]): Promise<void> => {
      const status = await statusFor(...protocols).catch(
        (error) => (judge(what), fail(`The answer to ${what} is not valid HTTP: ${error.message}.`)),
      );
      judge(what);
      if (status === 101) fail(`Let in: ${what}. The handshake was answered with 101; 401 was expected.`);
      expect(status, `Refused with the wrong status: ${what}. 401 means: I don't know who you are.`).toBe(401);
      expect(connections, `It answered 401, but a connection was opened: ${what}.`).toBe(0);
      answeredOnce(what);
    };
    /** The user that the server opens a connection for, if the token is good. */
    const userOf = async (token: string): Promise<unknown> => {
      const client = await connect(url, { protocols: ['chat', `token.${token}`] }).catch(
        (error) => (judge('a valid token'), fail(`Ann came with a valid token and was refused. ${error.message}`)),
      );
      judge('a valid token');
      client.send('Who am I?');
      const { text } = await client.next('the user that the server opened the connection for');
      answeredOnce('a valid token');
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

  check('a valid token opens the connection as the user that it was signed for', async () => {
    const { tokens, userOf } = await open();
    const { token, userId } = tokens.issue('Ann');
    expect(
      await userOf(token),
      'Ann came with a valid token, and the connection was opened for a different user.',
    ).toEqual({ userId, name: 'Ann' });
  });
  check('the same token opens two connections', async () => {
    const { tokens, userOf } = await open();
    const { token, userId } = tokens.issue('Ann');
    await userOf(token);
    expect(
      await userOf(token),
      'Ann connected twice with the same token, which is still valid. The second connection was opened for a different user.',
    ).toEqual({ userId, name: 'Ann' });
  });
  check('no token: 401 instead of 101', async () => {
    const { refused } = await open();
    await refused('a handshake without a token');
  });
  check('a token that was made without the secret: 401', async () => {
    const { tokens, refused } = await open();
    await refused('a token whose content was changed', `token.${forge(tokens.issue('Ann').token)}`);
    await refused("a token that was signed with another server's secret", `token.${new Tokens().issue('Ann').token}`);
    await refused('the token "nonsense"', 'token.nonsense');
    await refused('an empty token', 'token.');
  });
  check('an expired token: 401', async () => {
    const { tokens, refused, userOf, pass } = await open({ life: 60_000 });
    const { token } = tokens.issue('Ann');
    await userOf(token);
    pass(60_001);
    await refused('a token that was accepted once, and expired a millisecond ago', `token.${token}`);
  });
  check(
    'the user is the one that handshake.verify returned',
    async () => {
      const { tokens, userOf } = await open({ known: (user) => user && { userId: 'ann.lee', name: 'Ann Lee' } });
      const { token } = tokens.issue('Ann');
      expect(
        await userOf(token),
        'handshake.verify looked in its database and returned Ann Lee. The connection was opened for a different user: use what verify returned, not what the token says about itself.',
      ).toEqual({ userId: 'ann.lee', name: 'Ann Lee' });
    },
    { hint: 2 },
  );
  check('nothing is answered until the token is verified, however long that takes', async () => {
    let verified = (): void => {};
    const { tokens, port, judge } = await open({ ready: new Promise<void>((resolve) => (verified = resolve)) });
    const peer = await rawConnect(port, { upgrade: false });
    peer.write(upgradeRequest(`token.${forge(tokens.issue('Ann').token)}`));
    // An ordinary request behind it: a server that is still waiting has answered neither.
    const other = await rawConnect(port, { upgrade: false });
    other.write(upgradeRequest('token.nonsense'));
    await new Promise((resolve) => setImmediate(resolve));
    verified();
    const head = await peer.takeUntil('\r\n\r\n', 'the answer to a handshake with a forged token');
    judge('a forged token');
    if (!head.startsWith('HTTP/1.1 401 '))
      fail(
        `Let in: a forged token, while it was still being verified. The answer was ${show(head.split('\r\n')[0])}. Is \`await\` missing before handshake.verify?`,
      );
    await peer.end('the end of the TCP connection after 401');
    await other.end('the end of the other TCP connection after 401');
  });
  check(
    'handshake.verify fails: the error comes out, and nobody gets in',
    async () => {
      const { authenticate } = await load(() => import('#day3/auth.ts'), 'authenticate');
      let opened = false;
      let status: number | undefined;
      const handshake: Handshake = {
        token: 'a.token',
        verify: async () => {
          throw new Error('the database is down');
        },
        claimed: () => ({ userId: 'boss', name: 'The boss' }),
        accept: () => void (opened = true),
        refuse: (code) => void (status ??= code),
      };
      let thrown = false;
      await (async () => authenticate(handshake))().catch(() => (thrown = true));
      // Code that doesn't await handshake.verify may still answer in this turn. An error that nobody catches ends the process after it.
      for (let i = 0; i < 20; i++) await undefined;
      const what = 'handshake.verify rejected because its database is down';
      if (opened) fail(`${what}, and authenticate let the stranger in. Let the error out: the caller answers 503.`);
      if (status !== undefined && status < 500)
        fail(
          `${what}, and authenticate answered ${status}, as if the token were bad. Let the error out: the caller answers 503.`,
        );
      if (!thrown && status === undefined)
        fail(
          `${what}, and authenticate ended without an answer and without the error. Either the error was swallowed, and the client waits for ever, or nobody catches it now, and the process would end. \`await\` or \`return\` the promise of handshake.verify, and let the error out.`,
        );
    },
    { hint: 2 },
  );
});
