import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { connect, exercise, expect, fail, load, onCleanUp, rawConnect, show, thrownBy, within } from '#kit';
import { doorOf } from '#day3/door.ts';
import { LIMITS } from '#day3/limits.ts';
import { Tokens } from '#day3/tokens.ts';
import { openChat, openChatThatSpeaks } from './people.ts';

exercise('3.1 parseMessage', (check) => {
  /** What it makes of a text, which must be something: it never throws. */
  async function parse(raw: string): Promise<Record<string, unknown>> {
    const { parseMessage } = await load(() => import('#day3/protocol.ts'), 'parseMessage');
    let result: unknown;
    const thrown = thrownBy(() => (result = parseMessage(raw)));
    if (thrown !== undefined) fail(`It threw ${show(String(thrown))} on ${show(raw)}. In a 'message' listener that ends the process, and everybody is disconnected.`);
    if (typeof result !== 'object' || result === null) fail(`It gave ${show(result)} for ${show(raw)}; a message or an error, { type: 'error', code, message }, was expected.`);
    return result as Record<string, unknown>;
  }
  async function refused(raw: string, code: string): Promise<string> {
    const result = await parse(raw);
    if (result.type !== 'error') fail(`Let through: ${show(raw)} came out as ${show(result)}. An error with code ${code} was expected.`);
    expect(result.code, `Wrong code in the error for ${show(raw)}.`).toBe(code);
    if (typeof result.message !== 'string' || result.message === '') fail(`The error for ${show(raw)} has no message: whoever writes the client is left to guess.`);
    return result.message;
  }

  const right = [
    { type: 'join', room: 'lobby' },
    { type: 'join', room: '__proto__', after: 'x.1' },
    { type: 'chat', text: 'Hi' },
    { type: 'chat', text: '<b>καλημέρα</b> 👋', key: 'k1' },
    { type: 'setName', name: 'Zoë' },
    { type: 'typing' },
  ];
  for (const message of right) {
    check(`accepted: ${JSON.stringify(message)}`, async () => {
      expect(await parse(JSON.stringify(message)), `Wrong result for ${JSON.stringify(message)}.`).toEqual(message);
    });
  }
  check('text that is not JSON gets an error', async () => {
    for (const raw of ['', 'hello', '{"type":"chat"', '{"type":"chat","text":"a"} x', '{type:"typing"}']) await refused(raw, 'invalid-json');
  });
  check('JSON that is no object gets an error', async () => {
    for (const raw of ['null', '[]', '7', '"chat"', 'true', '[{"type":"typing"}]']) await refused(raw, 'invalid-message');
  });
  check('an unknown type gets an error that names it', async () => {
    const message = await refused('{"type":"dance","text":"Hi"}', 'invalid-message');
    if (!message.includes('dance')) fail(`The error for the type "dance" does not name it: it says ${show(message)}. zod's issues say what is wrong, in words.`);
    await refused('{"text":"Hi"}', 'invalid-message');
    await refused('{"type":7}', 'invalid-message');
    await refused('{"type":"constructor"}', 'invalid-message');
  });
  check('a wrong, a missing or a too long field gets an error', async () => {
    const long = (length: number): string => 'x'.repeat(length);
    const wrong = [
      { type: 'chat' },
      { type: 'chat', text: 7 },
      { type: 'chat', text: '' },
      { type: 'chat', text: long(LIMITS.text + 1) },
      { type: 'join', room: { toString: 'lobby' } },
      { type: 'join', room: long(LIMITS.room + 1) },
      { type: 'setName', name: long(10_000) },
      { type: 'setName', name: '   ' },
    ];
    for (const message of wrong) await refused(JSON.stringify(message), 'invalid-message');
    const longest = { type: 'chat', text: long(LIMITS.text) };
    expect(await parse(JSON.stringify(longest)), `A text of exactly ${LIMITS.text} characters is allowed.`).toEqual(longest);
  });
  check('what comes out is what the schema made of it, not what came in', async () => {
    const spoof = await parse('{"type":"chat","text":"Hi","userId":"the boss","id":"1"}');
    expect(spoof, 'A message that claims to be from another user: the fields that no schema has must be gone.').toEqual({ type: 'chat', text: 'Hi' });
    const name = await parse('{"type":"setName","name":"  Ann "}');
    expect(name, 'The schema trims names, so the parsed message has no spaces around it.').toEqual({ type: 'setName', name: 'Ann' });
  });
});

exercise('3.2 Chat: join', (check) => {
  async function open() {
    const { Chat } = await load(() => import('#day3/chat.ts'), 'Chat');
    return openChatThatSpeaks(Chat);
  }
  const ann = { userId: 'id of Ann', name: 'Ann' };
  const bob = { userId: 'id of Bob', name: 'Bob' };

  check('who comes gets init first: the room, the own id, and who is there, the newcomer too', async () => {
    const { chat, come } = await open();
    await come('Ann', 'lobby');
    const newcomer = await come('Bob');
    chat.join(newcomer.member, 'lobby');
    const heard = await newcomer.heard();
    if (heard.length === 0) fail('Bob has joined the room, and got nothing: his page does not know who is there.');
    if (heard[0].type !== 'init') fail(`The first message to Bob, who has just joined, is ${show(heard[0])}. init comes before anything else: events only make sense on top of it.`);
    expect(heard[0], 'Wrong init to Bob, who joined the lobby where Ann is.').toEqual({ type: 'init', room: 'lobby', userId: bob.userId, onlineUsers: [ann, bob] });
    if (heard.length > 1) fail(`Bob, who has just joined, was sent ${show(heard[1])} after his init: joined is for the others, he is in the snapshot already.`);
  });
  check('the others hear joined, once', async () => {
    const { chat, come } = await open();
    const [first, elsewhere, newcomer] = [await come('Ann', 'lobby'), await come('Eve', 'kitchen'), await come('Bob')];
    chat.join(newcomer.member, 'lobby');
    expect(await first.heard(), 'Wrong news for Ann, who is in the lobby when Bob joins it.').toEqual([{ type: 'joined', ...bob }]);
    expect(await elsewhere.heard(), 'Eve is in the kitchen, and hears what happens in the lobby.').toEqual([]);
  });
  check('two tabs are one user: no second joined, one entry among those online', async () => {
    const { chat, come } = await open();
    const [first, tab] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    const secondTab = await come('Bob');
    chat.join(secondTab.member, 'lobby');
    expect((await secondTab.heard())[0], "Wrong init to Bob's second tab.").toMatchObject({ type: 'init', onlineUsers: [ann, bob] });
    expect(await first.heard(), "Bob opened a second tab, and Ann heard of it: he has been there all the time.").toEqual([]);
    expect(await tab.heard(), "Bob opened a second tab, and his first one heard of it.").toEqual([]);
  });
  check('joining again gives a fresh init, and is no news to the others', async () => {
    const { chat, come } = await open();
    const [first, again] = [await come('Ann', 'lobby'), await come('Bob')];
    chat.join(again.member, 'lobby');
    chat.join(again.member, 'lobby');
    const types = (await again.heard()).map(({ type }) => type);
    expect(types, 'Bob joined the lobby twice in a row.').toEqual(['init', 'init']);
    expect(await first.heard(), 'Bob joined twice in a row: the others hear it once.').toEqual([{ type: 'joined', ...bob }]);
  });
  check('a room is whatever it is called', async () => {
    const { chat, come } = await open();
    for (const room of ['__proto__', 'constructor', ' ', '🚀']) {
      const person = await come(`Guest of ${room}`);
      chat.join(person.member, room);
      expect((await person.heard())[0], `Wrong init in the room called ${show(room)}.`).toMatchObject({ type: 'init', room, onlineUsers: [{ userId: `id of Guest of ${room}` }] });
    }
  });
});

exercise('3.3 Chat: broadcast', (check) => {
  async function open() {
    const { Chat } = await load(() => import('#day3/chat.ts'), 'Chat');
    return openChat(Chat);
  }
  const message = { type: 'typing', userId: 'id of Ann', name: 'Ann' } as const;

  check('everyone in the room hears it, once, as text; nobody else does', async () => {
    const { chat, come } = await open();
    const [first, second, elsewhere, nowhere] = [await come('Ann', 'lobby'), await come('Bob', 'lobby'), await come('Eve', 'kitchen'), await come('Joe')];
    chat.broadcast('lobby', message);
    for (const person of [first, second]) expect(await person.heard(), `Wrong for ${person.member.user.name}, who is in the lobby.`).toEqual([message]);
    expect(await elsewhere.heard(), 'Eve is in the kitchen: what is said in the lobby is not for her.').toEqual([]);
    expect(await nowhere.heard(), 'Joe has joined no room, and hears what is said in one.').toEqual([]);
  });
  check('except names a user: none of the user’s tabs hears it', async () => {
    const { chat, come } = await open();
    const [tab, otherTab, other] = [await come('Ann', 'lobby'), await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    chat.broadcast('lobby', message, 'id of Ann');
    expect(await other.heard(), 'Everyone was to hear it except Ann. Wrong for Bob.').toEqual([message]);
    expect(await tab.heard(), 'Everyone was to hear it except Ann, and Ann heard it.').toEqual([]);
    expect(await otherTab.heard(), "Everyone was to hear it except Ann, and Ann's other tab heard it.").toEqual([]);
  });
  check('it is turned into JSON once, however many hear it', async () => {
    const { chat, come } = await open();
    const people = [];
    for (let i = 0; i < 5; i++) people.push(await come(`Guest ${i}`, 'lobby'));
    let times = 0;
    const counted = { ...message, toJSON: () => (times++, message) };
    chat.broadcast('lobby', counted);
    for (const person of people) expect(await person.heard(), 'Wrong for one of five people in the lobby.').toEqual([message]);
    expect(times, 'Turned into JSON too often for one message to five people. The same bytes do for all of them.').toBe(1);
  });
  check('one that is closing, and one whose send fails, cost the others nothing', async () => {
    const { chat, come } = await open();
    const people = [await come('Ann', 'lobby'), await come('Bob', 'lobby'), await come('Eve', 'lobby'), await come('Joe', 'lobby')];
    people[0].member.socket.close();
    people[1].member.socket.send = () => {
      throw new Error('a send that fails');
    };
    const thrown = thrownBy(() => chat.broadcast('lobby', message));
    if (thrown !== undefined) fail(`One send failed, and broadcast threw ${show(String(thrown))}: whoever stands behind that one in the room hears nothing.`);
    for (const person of people.slice(2)) expect(await person.heard(), 'One connection in the room is closing and another cannot be sent to. Wrong for one of the healthy two.').toEqual([message]);
  });
  check('a room in which nobody is', async () => {
    const { chat, come } = await open();
    const person = await come('Ann', 'lobby');
    const thrown = thrownBy(() => chat.broadcast('attic', message));
    if (thrown !== undefined) fail(`A message to a room in which nobody is threw ${show(String(thrown))}.`);
    expect(await person.heard(), 'Ann is in the lobby, and heard what went to the attic.').toEqual([]);
  });
});

exercise('3.4 Chat: setName', (check) => {
  async function open() {
    const { Chat } = await load(() => import('#day3/chat.ts'), 'Chat');
    return openChatThatSpeaks(Chat);
  }
  const renamed = { type: 'renamed', userId: 'id of Ann', name: 'Anna' };

  check('everyone in the room hears renamed, once, the user too', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    chat.setName(user.member, 'Anna');
    expect(await user.heard(), 'Ann calls herself Anna now. Wrong for herself.').toEqual([renamed]);
    expect(await other.heard(), 'Ann calls herself Anna now. Wrong for Bob, in the same room.').toEqual([renamed]);
  });
  check('the new name stands everywhere from now on', async () => {
    const { chat, come } = await open();
    const [user, tab] = [await come('Ann', 'lobby'), await come('Ann', 'lobby')];
    chat.setName(user.member, 'Anna');
    expect(user.member.user.name, 'Ann calls herself Anna now. Wrong name in the tab where she said so.').toBe('Anna');
    expect(tab.member.user.name, 'Ann calls herself Anna now. Wrong name in her other tab.').toBe('Anna');
    expect(chat.rooms.users('lobby'), 'Ann calls herself Anna now. Wrong among those online.').toEqual([{ userId: 'id of Ann', name: 'Anna' }]);
    expect(chat.users.get('id of Ann')?.name, 'Ann calls herself Anna now. Wrong for the tab that she opens next.').toBe('Anna');
  });
  check('two tabs in two rooms: both rooms hear it', async () => {
    const { chat, come } = await open();
    const user = await come('Ann', 'lobby');
    await come('Ann', 'kitchen');
    const [inLobby, inKitchen, inAttic] = [await come('Bob', 'lobby'), await come('Eve', 'kitchen'), await come('Joe', 'attic')];
    chat.setName(user.member, 'Anna');
    expect(await inLobby.heard(), 'Wrong for Bob, in the room where Ann changed her name.').toEqual([renamed]);
    expect(await inKitchen.heard(), "Wrong for Eve, in the room of Ann's other tab.").toEqual([renamed]);
    expect(await inAttic.heard(), 'Wrong for Joe, in a room where Ann is not.').toEqual([]);
  });
  check('two tabs in one room: it is said once', async () => {
    const { chat, come } = await open();
    const user = await come('Ann', 'lobby');
    await come('Ann', 'lobby');
    const other = await come('Bob', 'lobby');
    chat.setName(user.member, 'Anna');
    expect(await other.heard(), 'Ann has two tabs in the lobby, and changed her name once. Wrong for Bob.').toEqual([renamed]);
  });
  check('everyone else keeps the name', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    chat.setName(user.member, 'Anna');
    expect(other.member.user.name, 'Ann changed her name. Wrong name for Bob.').toBe('Bob');
  });
});

exercise('3.5 Chat: leave', (check) => {
  async function open() {
    const { Chat } = await load(() => import('#day3/chat.ts'), 'Chat');
    return openChatThatSpeaks(Chat);
  }
  const left = { type: 'left', userId: 'id of Ann', name: 'Ann' };

  check('the others hear left, and the user is gone from the room', async () => {
    const { chat, come } = await open();
    const [user, other, elsewhere] = [await come('Ann', 'lobby'), await come('Bob', 'lobby'), await come('Eve', 'kitchen')];
    chat.leave(user.member);
    expect(await other.heard(), 'Ann left the lobby. Wrong for Bob, who is there.').toEqual([left]);
    expect(await user.heard(), 'Ann left the lobby, and was told so herself: left is for the others.').toEqual([]);
    expect(await elsewhere.heard(), 'Ann left the lobby. Wrong for Eve, in the kitchen.').toEqual([]);
    expect(chat.rooms.users('lobby'), 'Ann left the lobby: a ghost is left among those online.').toEqual([{ userId: 'id of Bob', name: 'Bob' }]);
    expect(user.member.room, 'Ann left the lobby. Wrong room on her connection: use this.rooms.remove.').toBeUndefined();
  });
  check('exactly once, however often it is called', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    // A connection that breaks can say so several times: an error, a close, a heartbeat that terminates it.
    for (let i = 0; i < 3; i++) {
      const thrown = thrownBy(() => chat.leave(user.member));
      if (thrown !== undefined) fail(`leave threw ${show(String(thrown))} for a connection that is in no room any more.`);
    }
    expect(await other.heard(), 'leave was called three times for one connection (error, close, terminate). Wrong for Bob.').toEqual([left]);
  });
  check('one who was in no room leaves without a word', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann'), await come('Bob', 'lobby')];
    const thrown = thrownBy(() => chat.leave(user.member));
    if (thrown !== undefined) fail(`leave threw ${show(String(thrown))} for a connection that never joined a room.`);
    expect(await other.heard(), 'Ann closed her tab before she joined a room. Wrong for Bob.').toEqual([]);
  });
  check('one of two tabs leaves: the user is still there', async () => {
    const { chat, come } = await open();
    const [tab, otherTab, other] = [await come('Ann', 'lobby'), await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    chat.leave(tab.member);
    expect(await other.heard(), "Ann closed one of her two tabs, and Bob was told that she left.").toEqual([]);
    expect(chat.rooms.has('lobby', 'id of Ann'), 'Ann closed one of her two tabs. Is she still in the room?').toBe(true);
    chat.leave(otherTab.member);
    expect(await other.heard(), 'Ann closed the last of her tabs. Wrong for Bob.').toEqual([left]);
  });
  check('with its last member a room is gone', async () => {
    const { chat, come } = await open();
    const user = await come('Ann', 'lobby');
    chat.leave(user.member);
    expect(chat.rooms.size, 'The last member left: a room that stays costs memory for ever, and anybody can open any number of them.').toBe(0);
  });
});

exercise('3.6 allowedOrigin', (check) => {
  const HOST = 'localhost:8080';
  const cases: [boolean, string, string | undefined, string | undefined, string[]?][] = [
    [true, "the server's own page", 'http://localhost:8080', HOST],
    [true, 'its own page over TLS', 'https://chat.example', 'chat.example'],
    [true, 'a Host in capitals: names of machines have no case', 'https://chat.example', 'Chat.Example'],
    [true, 'a listed origin', 'https://app.example', HOST, ['https://app.example', 'https://www.example']],
    [true, 'no Origin: a program, not a browser', undefined, HOST],
    [false, 'another site', 'https://evil.example', HOST],
    [false, 'another port of the same machine: another origin', 'http://localhost:3000', HOST],
    [false, 'a name that begins like the own one', 'http://localhost:8080.evil.example', HOST],
    [false, 'a name that ends like the own one', 'https://evilchat.example', 'chat.example'],
    [false, 'a name that begins like a listed one', 'https://app.example.evil.example', HOST, ['https://app.example']],
    [false, 'a listed name without TLS: another origin', 'http://app.example', HOST, ['https://app.example']],
    [false, 'null: a sandboxed frame, or a file', 'null', HOST],
    [false, 'an empty one', '', HOST],
    [false, 'an Origin, and no Host to compare it with', 'http://localhost:8080', undefined],
  ];
  for (const [allowed, what, origin, host, listed = []] of cases) {
    check(`${allowed ? 'allowed' : 'refused'}: ${what}`, async () => {
      const { allowedOrigin } = await load(() => import('#day3/auth.ts'), 'allowedOrigin');
      const asked = `Origin ${show(origin)}, Host ${show(host)}${listed.length ? `, listed ${show(listed)}` : ''}`;
      let answer: unknown;
      const thrown = thrownBy(() => (answer = allowedOrigin(origin, host, listed)));
      if (thrown !== undefined) fail(`It threw ${show(String(thrown))} on ${asked}. Any program can send such a header, and the server would be down.`);
      if (answer !== allowed) fail(`${allowed ? 'Refused' : 'Let through'}: ${what} (${asked}). It gave ${show(answer)}; ${allowed} was expected.`);
    });
  }
});

exercise('3.7 authenticate', (check) => {
  /** A server whose door the learner keeps. Nothing else of the chat is behind it. */
  async function open({ life = 60_000, ready = Promise.resolve() as Promise<unknown> } = {}) {
    const { authenticate } = await load(() => import('#day3/auth.ts'), 'authenticate');
    let time = 1_000_000;
    const tokens = new Tokens({ life, now: () => time });
    const server = createServer();
    const wss = new WebSocketServer({ noServer: true, handleProtocols: () => 'chat' });
    let connections = 0;
    server.on('upgrade', (request, socket, head) => {
      const verify = async (token: string) => (await ready, tokens.verify(token));
      const door = doorOf({ request, socket, head }, wss, verify, (connection, user) => {
        connections++;
        connection.on('error', () => {});
        connection.on('message', () => connection.send(JSON.stringify(user)));
      });
      void authenticate(door);
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
    /** The status with which a handshake is refused; 101 where it is not. */
    const statusFor = async (...protocols: string[]): Promise<number> => {
      const socket = new WebSocket(url, ['chat', ...protocols]);
      onCleanUp(() => socket.terminate());
      socket.on('error', () => {});
      const refused = once(socket, 'unexpected-response').then(([request, response]) => {
        request.destroy();
        return response.statusCode as number;
      });
      return within(Promise.race([refused, once(socket, 'open').then(() => 101)]), 'an answer to the handshake', () => 'The client is left waiting: neither door.open nor door.refuse was called.');
    };
    return { tokens, url, port, statusFor, connections: () => connections, pass: (ms: number) => (time += ms) };
  }
  const forge = (token: string): string => {
    const [body, signature] = token.split('.');
    const claims = JSON.parse(String(Buffer.from(body, 'base64url')));
    return `${Buffer.from(JSON.stringify({ ...claims, name: 'The boss', userId: 'boss' })).toString('base64url')}.${signature}`;
  };
  const expectRefused = async (status: number, what: string, connections: number): Promise<void> => {
    if (status === 101) fail(`Let in: ${what}. The handshake was answered with 101; 401 was expected.`);
    expect(status, `Wrong status for ${what}.`).toBe(401);
    expect(connections, `It answered 401, and opened a connection all the same, for ${what}.`).toBe(0);
  };

  check('a good token opens the connection, in the name for which it was signed', async () => {
    const { tokens, url } = await open();
    const issued = tokens.issue('Ann');
    const client = await connect(url, { protocols: ['chat', `token.${issued.token}`] });
    client.send('Who am I?');
    const { text } = await client.next('who the server believes the client to be');
    expect(JSON.parse(text), 'Wrong user on a connection that was opened with a good token.').toEqual({ userId: issued.userId, name: 'Ann' });
  });
  check('no token: 401 in place of the 101', async () => {
    const { statusFor, connections } = await open();
    await expectRefused(await statusFor(), 'a handshake without any token', connections());
  });
  check('a token that somebody has written without the secret: 401', async () => {
    const { tokens, statusFor, connections } = await open();
    await expectRefused(await statusFor(`token.${forge(tokens.issue('Ann').token)}`), 'a token with other words under an old signature', connections());
    await expectRefused(await statusFor(`token.${new Tokens().issue('Ann').token}`), "a token signed with another server's secret", connections());
    await expectRefused(await statusFor('token.nonsense'), 'the token "nonsense"', connections());
    await expectRefused(await statusFor('token.'), 'an empty token', connections());
  });
  check('a token that has expired: 401', async () => {
    const { tokens, statusFor, connections, pass } = await open({ life: 60_000 });
    const { token } = tokens.issue('Ann');
    pass(60_001);
    await expectRefused(await statusFor(`token.${token}`), 'a token that expired a millisecond ago', connections());
  });
  check('nothing is answered before the token is verified, however long that takes', async () => {
    let verified = (): void => {};
    const { tokens, port } = await open({ ready: new Promise<void>((resolve) => (verified = resolve)) });
    const peer = await rawConnect(port, { upgrade: false });
    peer.write(handshake(`token.${forge(tokens.issue('Ann').token)}`));
    // An ordinary request behind it: a server that is still waiting has answered neither.
    const other = await rawConnect(port, { upgrade: false });
    other.write(handshake('token.nonsense'));
    await new Promise((resolve) => setImmediate(resolve));
    verified();
    const head = await peer.takeUntil('\r\n\r\n', 'the answer to a handshake with a forged token');
    if (!head.startsWith('HTTP/1.1 401 ')) fail(`Let in: a forged token, while it was still being verified. The answer was ${show(head.split('\r\n')[0])}; is there an await before verify?`);
    await peer.end('the end of the TCP connection after 401');
    await other.end('the end of the other TCP connection after 401');
  });
});

const handshake = (protocol: string): string =>
  'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat, ${protocol}\r\n\r\n`;
