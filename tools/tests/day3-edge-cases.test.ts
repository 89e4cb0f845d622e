/** Day 3's edge cases, as given → when → then, on the reference solution with its bonus. One test per case. */
import { connect, exercise, expect, fakeClock, frame, rawConnect } from '#kit';
import { LIMITS } from '#day3/given/limits.ts';
import type { ServerMessage } from '#day3/given/server-messages.ts';
import { Member, Rooms } from '#day3/given/rooms.ts';
import { Tokens } from '#day3/given/tokens.ts';
import { RateLimit } from '#solutions/day3-chat/bonus/rate-limit.ts';
import { sendOrClose } from '#solutions/day3-chat/bonus/slow-consumer.ts';
import type { WebSocket } from 'ws';
import { gone, handshake, openApp, type Person } from './helpers/day3/app.ts';

const types = async (person: Person): Promise<string[]> => (await person.heard()).map(({ type }) => type);
const errors = async (person: Person): Promise<string[]> =>
  (await person.heard()).map((one) => (one.type === 'error' ? `${one.code}: ${one.message}` : one.type));
const texts = async (person: Person): Promise<string[]> =>
  (await person.heard()).flatMap((one) => (one.type === 'chat' ? [one.text] : []));
const cork = (person: Person): { uncork(): void } => {
  const { _socket: tcp } = person.socket as unknown as { _socket: { cork(): void; uncork(): void } };
  tcp.cork();
  return tcp;
};

exercise('day3 messages', (check) => {
  check('1. text that is not JSON: an error reply, the process is alive', async () => {
    const { come } = await openApp();
    const [ann, bob] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    await ann.heard();
    for (const bad of ['', '{', 'hello', '\u0000', '[1,', '{"type":"chat","text":"\\x"}']) ann.say(bad);
    expect(await errors(ann)).toEqual(Array(6).fill('invalid-json: This is not JSON.'));
    bob.say({ type: 'chat', text: 'Hi' });
    expect(await texts(bob)).toEqual(['Hi']);
  });
  check('2. null, array, number: invalid', async () => {
    const { come } = await openApp();
    const ann = await come('Ann', 'lobby');
    for (const bad of ['null', '[]', '5', '""', 'false', '{}', '[{"type":"typing"}]']) ann.say(bad);
    const replies = await errors(ann);
    expect(replies).toHaveLength(7);
    for (const reply of replies)
      expect(reply).toMatch(
        /^invalid-message: message: an object with a type|^invalid-message: type: an object with a type/,
      );
  });
  check('3. an unknown type: the error names it', async () => {
    const { come } = await openApp();
    const ann = await come('Ann', 'lobby');
    ann.say({ type: 'dance' });
    ann.say({ type: 'x'.repeat(5000) });
    const [first, second] = await errors(ann);
    expect(first).toContain('unknown type "dance"');
    expect(second.length).toBeLessThan(100);
  });
  check('a deeply nested value in any field gets an error, and the process is alive', async () => {
    const { parseMessage } = await import('#solutions/day3-chat/protocol.ts');
    // At this depth, String (and JSON.stringify, up to Node 24) throws a RangeError in any process, but JSON.parse reads it.
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    for (const field of ['"type"', '"type":"dance","text"', '"type":"chat","text"', '"type":"join","room"'])
      expect(parseMessage(`{${field}:${deep}}`).type, field).toBe('error');
    expect(parseMessage(deep).type).toBe('error');
  });
  check('a deeply nested type, before exercise 3.1 is written: an error, and the process is alive', async () => {
    const { come } = await openApp({ parts: { parseMessage: (raw) => JSON.parse(raw) } });
    const ann = await come('Ann');
    ann.say(`{"type":${'['.repeat(7000)}${']'.repeat(7000)}}`);
    ann.say('{"type":{"toString":1}}');
    for (let i = 0; i < 2; i++)
      expect(JSON.parse((await ann.client.next('the error')).text)).toMatchObject({ code: 'not-in-a-room' });
  });
  check('4. a room called __proto__: an ordinary room', async () => {
    const { come, chat } = await openApp();
    for (const room of ['__proto__', 'constructor', 'toString']) {
      const [ann, bob] = [await come('Ann', room), await come('Bob', room)];
      bob.say({ type: 'chat', text: `in ${room}` });
      await bob.heard();
      expect(await texts(ann)).toEqual([`in ${room}`]);
      expect(chat.rooms.users(room)).toHaveLength(2);
    }
    expect(({} as Record<string, unknown>).size).toBeUndefined();
  });
  check('5. text at the limit is accepted, one over is rejected', async () => {
    const { come } = await openApp();
    const ann = await come('Ann', 'lobby');
    ann.say({ type: 'chat', text: 'x'.repeat(LIMITS.text) });
    ann.say({ type: 'chat', text: 'x'.repeat(LIMITS.text + 1) });
    ann.say({ type: 'chat', text: '👋'.repeat(LIMITS.text / 2) });
    expect(await types(ann)).toEqual(['chat', 'error', 'chat']);
  });
  check('6. a binary message: rejected', async () => {
    const { come } = await openApp();
    const [ann, bob] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    await ann.heard();
    ann.client.send(Buffer.from('{"type":"chat","text":"Hi"}'));
    ann.client.send(new Uint8Array(0));
    expect((await errors(ann)).map((one) => one.split(':')[0])).toEqual(['binary', 'binary']);
    expect(await types(bob)).toEqual([]);
  });
  check('7. an oversize frame: 1009', async () => {
    const { come } = await openApp();
    const [ann, bob] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    await ann.heard();
    ann.client.send('x'.repeat(LIMITS.payload + 1));
    expect((await ann.client.closed()).code).toBe(1009);
    await gone(ann);
    expect(await types(bob)).toEqual(['left']);
  });
  check(
    'a name of 10,000 characters, of spaces, of what cannot be seen: an error; spaces around a name go',
    async () => {
      const { come } = await openApp();
      const ann = await come('Ann', 'lobby');
      for (const name of ['x'.repeat(10_000), '', '    ', '\u200b\u200b', 'a\nb', '\u202eAnn'])
        ann.say({ type: 'setName', name });
      expect(await types(ann)).toEqual(Array(6).fill('error'));
      ann.say({ type: 'setName', name: '  Anna ' });
      expect(await ann.heard()).toMatchObject([{ type: 'renamed', name: 'Anna' }]);
    },
  );
});

exercise('day3 what cannot be seen', (check) => {
  const invisible = [
    '\u3164',
    '\u115f',
    '\uffa0',
    '\u2800',
    '\u200b',
    '\u200f',
    '\u061c',
    '\ufe0f',
    '\u{e0061}',
    '\u00ad',
    '\u0301',
  ];
  const halves = ['\ud800', 'a\udc00', '\ud83da'];

  check('a name, a room or a text of characters that leave no mark is refused, in words', async () => {
    const { come, chat } = await openApp();
    const ann = await come('Ann', 'lobby');
    for (const one of [...invisible, '\u0000', invisible.join(' ')]) {
      ann.say({ type: 'setName', name: one });
      ann.say({ type: 'join', room: one });
      ann.say({ type: 'chat', text: one });
      expect(await errors(ann), JSON.stringify(one)).toEqual(
        ['name: a name', 'room: a room', 'text: a text'].map(
          (field) => `invalid-message: ${field} needs something that can be seen`,
        ),
      );
    }
    expect(chat.rooms.size).toBe(1);
  });
  check('half of a character is refused: it cannot be sent as UTF-8', async () => {
    const { come } = await openApp();
    const ann = await come('Ann', 'lobby');
    for (const one of halves) {
      ann.say({ type: 'setName', name: one });
      ann.say({ type: 'join', room: one });
      ann.say({ type: 'chat', text: one });
      for (const error of await errors(ann)) expect(error).toContain('must be well-formed text');
    }
  });
  check('a name or a room with a control character, or one that turns the text around, is refused', async () => {
    const { come } = await openApp();
    const ann = await come('Ann', 'lobby');
    for (const one of ['\u200fAnn', '\u061cAnn', '\u200eAnn', '\u202eAnn', 'A\u0000nn', 'A\nnn', 'A\u2028nn']) {
      ann.say({ type: 'setName', name: one });
      ann.say({ type: 'join', room: one });
      expect(await errors(ann), JSON.stringify(one)).toEqual([
        'invalid-message: name: a name has no control characters',
        'invalid-message: room: a room has no control characters',
      ]);
    }
  });
  check('names of all languages, joiners and emoji are fine', async () => {
    const { come } = await openApp();
    const ann = await come('Ann', 'lobby');
    for (const one of ['محمد', 'नमस्ते', 'می\u200cخواهم', '👩\u200d💻', '❤\ufe0f', '1️⃣', '한글', 'Zoë', '!', '\ue000']) {
      ann.say({ type: 'setName', name: one });
      ann.say({ type: 'join', room: one });
      expect(await ann.heard(), one).toMatchObject([
        { type: 'renamed', name: one },
        { type: 'init', room: one },
      ]);
    }
  });
  check('lengths are UTF-16 units, as the maxLength of the page counts them', async () => {
    const { come } = await openApp();
    const ann = await come('Ann', 'lobby');
    const emoji = (units: number): string => '👋'.repeat(units / 2);
    ann.say({ type: 'setName', name: emoji(LIMITS.name) });
    ann.say({ type: 'join', room: emoji(LIMITS.room) });
    ann.say({ type: 'chat', text: emoji(LIMITS.text), key: emoji(LIMITS.key) });
    expect(await types(ann)).toEqual(['renamed', 'init', 'chat']);
    ann.say({ type: 'setName', name: emoji(LIMITS.name + 2) });
    ann.say({ type: 'join', room: emoji(LIMITS.room + 2) });
    ann.say({ type: 'chat', text: emoji(LIMITS.text + 2) });
    ann.say({ type: 'chat', text: 'Hi', key: emoji(LIMITS.key + 2) });
    expect(await errors(ann)).toEqual(
      ['name', 'room', 'text', 'key'].map(
        (field) => `invalid-message: ${field}: a ${field} has at most ${LIMITS[field as 'name']} characters`,
      ),
    );
  });
  check('POST /token refuses a name that cannot be seen', async () => {
    const { port } = await openApp();
    for (const name of [...invisible, ...halves]) {
      const response = await fetch(`http://127.0.0.1:${port}/token`, {
        method: 'POST',
        body: JSON.stringify({ name }),
        headers: { Connection: 'close' },
      });
      expect(response.status, JSON.stringify(name)).toBe(400);
      await response.text();
    }
  });
});

exercise('day3 identity', (check) => {
  check(
    "a clock that differs a little from another server's: its tokens are good; more: the answer says so",
    async () => {
      const shared = { secret: 'of two servers' };
      const slow = new Tokens({ ...shared, now: () => 1_000_000 - 80_000 }); // it lives for 60 s, so here it expired 20 s ago
      const here = new Tokens({ ...shared, now: () => 1_000_000 });
      const verySlow = new Tokens({ ...shared, now: () => 1_000_000 - 180_000 });
      expect(here.verify(slow.issue('Ann').token)).toMatchObject({ name: 'Ann' });
      const { token } = verySlow.issue('Ann');
      expect(here.verify(token)).toBeUndefined();
      const { port } = await openApp({ tokens: here });
      const answer = await fetch(`http://127.0.0.1:${port}/token`, {
        headers: { Authorization: `Bearer ${token}`, Connection: 'close' },
      });
      expect(await answer.json()).toEqual({
        message: "The token expired 120 seconds ago by this server's clock. If it is new, a clock is wrong.",
      });
    },
  );

  check('8. a bad token: refused at the upgrade, no connection event', async () => {
    const { port, wss, tokens } = await openApp();
    let connections = 0;
    wss.on('connection', () => connections++);
    const good = tokens.issue('Ann');
    for (const protocols of [
      'chat',
      'chat, token.',
      'chat, token.x.y',
      `chat, token.${new Tokens().issue('Ann').token}`,
      `chat, token.${good.renewal}`,
      `chat, token.${good.token}x`,
    ]) {
      const peer = await rawConnect(port, { upgrade: false });
      peer.write(handshake(protocols));
      expect(await peer.takeUntil('\r\n', 'the status line')).toBe('HTTP/1.1 401 Unauthorized\r\n');
      await peer.end('the end of the connection');
    }
    expect(connections).toBe(0);
  });
  check('9. authentication pending, the client vanishes: no leak', async () => {
    let verified = (): void => {};
    const pending = new Promise<void>((resolve) => (verified = resolve));
    let asked = (): void => {};
    const wasAsked = new Promise<void>((resolve) => (asked = resolve));
    const { port, wss, chat, come, server } = await openApp({
      verify: async () => (asked(), await pending, { userId: 'ann', name: 'Ann' }),
    });
    const peer = await rawConnect(port, { upgrade: false });
    peer.write(handshake('chat, token.any'));
    await wasAsked;
    peer.socket.resetAndDestroy();
    await peer.end('its own end');
    const other = come('Bob', 'lobby'); // sent after it: once this one is in, the other has been handled
    verified();
    await other;
    expect({ clients: wss.clients.size, users: chat.users.size }).toEqual({ clients: 1, users: 1 });
    expect(await new Promise((resolve) => server.getConnections((_, count) => resolve(count)))).toBe(1);
  });
  check('a verifier that fails: 503, and the next one gets in', async () => {
    const told = console.error;
    console.error = () => {};
    let calls = 0;
    const { port, come } = await openApp({
      verify: async () => {
        if (calls++ === 0) throw new Error('the database is down');
        return { userId: 'ann', name: 'Ann' };
      },
    });
    const peer = await rawConnect(port, { upgrade: false });
    peer.write(handshake('chat, token.any'));
    expect(await peer.takeUntil('\r\n', 'the status line')).toContain(' 503 ');
    console.error = told;
    await come('Ann', 'lobby');
  });
  check('10. asynchronous set-up, an immediate message: not lost', async () => {
    const { port, tokens } = await openApp({
      verify: async (token) => (await Promise.resolve(), tokens.verify(token)),
      tokens: new Tokens({ secret: 'known' }),
    });
    const { token } = new Tokens({ secret: 'known' }).issue('Ann');
    const peer = await rawConnect(port, { upgrade: false });
    // The first message comes in the same packet as the handshake, before the server knows the user.
    peer.write(
      Buffer.concat([Buffer.from(handshake(`chat, token.${token}`)), frame(1, '{"type":"join","room":"lobby"}')]),
    );
    await peer.takeUntil('\r\n\r\n', 'the answer to the handshake');
    const { payload } = await peer.takeFrame('the init');
    expect(JSON.parse(String(payload))).toMatchObject({ type: 'init', room: 'lobby' });
  });
  check('11. a payload claims another user: the server’s identity is used', async () => {
    const { come } = await openApp();
    const ann = await come('Ann', 'lobby');
    ann.say({ type: 'chat', text: 'Hi', userId: 'boss', name: 'The boss', id: 'mine', timestamp: 0 });
    ann.say({ type: 'setName', name: 'Anna', userId: 'boss' });
    const [chat, renamed] = await ann.heard();
    expect(chat).toMatchObject({ type: 'chat', userId: ann.issued.userId, name: 'Ann' });
    expect(chat).not.toMatchObject({ id: 'mine' });
    expect(renamed).toEqual({ type: 'renamed', userId: ann.issued.userId, name: 'Anna' });
  });
  check('a foreign Origin: 403, even with a good token; a listed one comes in', async () => {
    const { port, tokens } = await openApp({ origins: ['https://app.example'] });
    const statusOf = async (origin: string): Promise<string> => {
      const peer = await rawConnect(port, { upgrade: false });
      peer.write(handshake(`chat, token.${tokens.issue('Ann').token}`, `Origin: ${origin}\r\n`));
      return (await peer.takeUntil('\r\n', 'the status line')).split(' ')[1];
    };
    expect(await statusOf('https://evil.example')).toBe('403');
    expect(await statusOf('null')).toBe('403');
    expect(await statusOf('https://app.example')).toBe('101');
    expect(await statusOf('http://127.0.0.1')).toBe('101');
  });
  check(
    'a token that expires while connected: the connection goes on, a new one is refused, a renewal keeps the user',
    async () => {
      let time = 1_000_000;
      const tokens = new Tokens({ life: 60_000, now: () => time });
      const { come, port } = await openApp({ tokens });
      const ann = await come('Ann', 'lobby');
      time += 90_001; // how long it lives, plus the allowed difference between clocks
      ann.say({ type: 'chat', text: 'Still here' });
      expect(await texts(ann)).toEqual(['Still here']);
      const peer = await rawConnect(port, { upgrade: false });
      peer.write(handshake(`chat, token.${ann.issued.token}`));
      expect(await peer.takeUntil('\r\n', 'the status line')).toContain(' 401 ');
      const again = await come('Ann', 'lobby', ann.issued.renewal);
      expect(again.issued.userId).toBe(ann.issued.userId);
    },
  );
  check('POST /token: a bad body, a bad name, a huge body; GET /token says whether a token is good', async () => {
    const { port } = await openApp();
    const url = `http://127.0.0.1:${port}/token`;
    const post = async (body: string) => {
      const response = await fetch(url, { method: 'POST', body, headers: { Connection: 'close' } });
      return { status: response.status, body: await response.json() };
    };
    for (const bad of ['', 'x', 'null', '{}', '{"name":"  "}', `{"name":"${'x'.repeat(41)}"}`, '{"name":7}'])
      expect((await post(bad)).status, bad).toBe(400);
    expect((await post(`{"name":"${'x'.repeat(5000)}"}`)).status).toBe(413);
    const { body } = await post('{"name":" Zoë ","renewal":"forged"}');
    const ask = (token: string) => fetch(url, { headers: { Authorization: `Bearer ${token}`, Connection: 'close' } });
    const good = await ask(body.token);
    expect(await good.json()).toEqual({ userId: body.userId, name: 'Zoë' });
    expect((await ask(body.renewal)).status).toBe(401);
    expect((await ask('')).status).toBe(401);
  });
});

exercise('day3 rooms', (check) => {
  check('12. a member joins again: one join event', async () => {
    const { come } = await openApp();
    const [ann, bob] = [await come('Ann', 'lobby'), await come('Bob')];
    for (let i = 0; i < 3; i++) bob.say({ type: 'join', room: 'lobby' });
    expect(await types(bob)).toEqual(['init', 'init', 'init']);
    expect(await types(ann)).toEqual(['joined']);
  });
  check('13. not a member: an error, no broadcast', async () => {
    const { come } = await openApp();
    const [ann, bob] = [await come('Ann', 'lobby'), await come('Bob')];
    for (const message of [{ type: 'chat', text: 'Hi' }, { type: 'setName', name: 'B' }, { type: 'typing' }])
      bob.say(message);
    expect(await errors(bob)).toEqual(Array(3).fill('not-in-a-room: Join a room first.'));
    expect(await types(ann)).toEqual([]);
  });
  check('14. the sender: its own copy exactly once', async () => {
    const { come } = await openApp();
    const [ann, bob] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    await ann.heard();
    ann.say({ type: 'chat', text: 'Hi', key: 'k1' });
    const [mine, ...more] = await ann.heard();
    expect(mine).toMatchObject({ type: 'chat', text: 'Hi', key: 'k1', userId: ann.issued.userId });
    expect(more).toEqual([]);
    expect(await bob.heard()).toEqual([mine]);
  });
  check('15. one user in two tabs, one closes: still present', async () => {
    const { come, chat } = await openApp();
    const [tab, bob] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    const otherTab = await come('Ann', 'lobby', tab.issued.renewal);
    tab.client.socket.close();
    await gone(tab);
    expect(await types(bob)).toEqual([]);
    expect(chat.rooms.users('lobby').map(({ name }) => name)).toEqual(['Ann', 'Bob']);
    otherTab.client.socket.close();
    await gone(otherTab);
    expect(await types(bob)).toEqual(['left']);
    expect(chat.users.size).toBe(1);
  });
  check('16. close and error and terminate: one leave', async () => {
    const { come } = await openApp();
    const [ann, bob] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    ann.socket.close();
    ann.socket.emit('error', new Error('a broken frame'));
    ann.socket.terminate();
    await gone(ann);
    expect(await types(bob)).toEqual(['left']);
  });
  check('17. the last member leaves: the room is gone', async () => {
    const states: string[] = [];
    const { come, chat } = await openApp({ chat: { onRoom: (room, state) => states.push(`${room} ${state}`) } });
    const [ann, bob] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    for (const person of [ann, bob]) {
      person.client.socket.close();
      await gone(person);
    }
    expect(chat.rooms.size).toBe(0);
    expect(states).toEqual(['lobby opened', 'lobby emptied']);
  });
  check('one client joins 1,000 rooms in turn: one room at a time', async () => {
    const { come, chat } = await openApp();
    const ann = await come('Ann');
    for (let i = 0; i < 1000; i++) ann.say({ type: 'join', room: `room ${i}` });
    expect((await ann.heard()).at(-1)).toMatchObject({ type: 'init', room: 'room 999' });
    expect(chat.rooms.size).toBe(1);
  });
  check('21. a joiner: the snapshot before events, then what was missed', async () => {
    const said = (id: string) => ({ type: 'chat', id, userId: 'bob', name: 'Bob', text: id, timestamp: 1 }) as const;
    const history = {
      add: () => {},
      find: () => undefined,
      after: (_: string, id: string) => (id === 'e.1' ? [said('e.2'), said('e.3')] : undefined),
    };
    const { come } = await openApp({ chat: { history } });
    const [ann, bob] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    await ann.heard();
    const [eve, joe] = [await come('Eve'), await come('Joe')];
    bob.say({ type: 'chat', text: 'while Eve comes' });
    eve.say({ type: 'join', room: 'lobby', after: 'e.1' });
    joe.say({ type: 'join', room: 'lobby', after: 'of another time' });
    bob.say({ type: 'chat', text: 'when Eve is there' });
    const heard = await eve.heard();
    expect(heard[0].type).toBe('init');
    expect(heard.slice(1, 3)).toEqual([said('e.2'), said('e.3')]);
    expect((await types(joe)).slice(0, 2)).toEqual(['init', 'gap']);
  });
  check('a message that is sent again under its key is said once, and confirmed to its sender', async () => {
    const kept: { userId: string; key?: string }[] = [];
    const history = {
      add: (_: string, message: never) => void kept.push(message),
      after: () => undefined,
      find: (_: string, userId: string, key: string) =>
        kept.find((one) => one.userId === userId && one.key === key) as never,
    };
    const { come } = await openApp({ chat: { history } });
    const [ann, bob] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    await ann.heard();
    for (let i = 0; i < 2; i++) ann.say({ type: 'chat', text: 'Hi', key: 'k' });
    bob.say({ type: 'chat', text: 'Hi', key: 'k' });
    const [first, second] = await ann.heard();
    expect(second).toEqual(first);
    const ofBob = await texts(bob);
    expect(ofBob).toEqual(['Hi', 'Hi']);
  });
});

exercise('day3 the rooms of one user', (check) => {
  check('finding them costs the same, however many rooms there are', async () => {
    const member = (userId: string): Member => new Member({} as WebSocket, { userId, name: userId });
    const rooms = new Rooms();
    for (const room of ['lobby', 'kitchen']) rooms.add(room, member('ann'));
    /** How often a Map is looked at or walked through meanwhile. */
    const steps = (): number => {
      const prototype = Map.prototype as unknown as Record<PropertyKey, (...args: unknown[]) => unknown>;
      let count = 0;
      const kept = (['get', 'has', Symbol.iterator, 'entries', 'keys', 'values', 'forEach'] as const).map((name) => {
        const original = prototype[name];
        prototype[name] = function (this: unknown, ...args) {
          count++;
          return original.apply(this, args);
        };
        return () => void (prototype[name] = original);
      });
      try {
        expect(rooms.of('ann').toSorted()).toEqual(['kitchen', 'lobby']);
      } finally {
        for (const restore of kept) restore();
      }
      return count;
    };
    const few = steps();
    for (let i = 0; i < 1000; i++) rooms.add(`room ${i}`, member(`guest ${i}`));
    expect(steps()).toBe(few);
  });
  check('they are right after any mixture of joining, leaving and moving', async () => {
    const rooms = new Rooms();
    const tabs = Array.from(
      { length: 6 },
      (_, i) => new Member({} as WebSocket, { userId: `user ${i % 2}`, name: '' }),
    );
    let state = 7;
    const below = (n: number): number => (state = (state * 48_271) % 2_147_483_647) % n;
    for (let i = 0; i < 500; i++) {
      const tab = tabs[below(tabs.length)];
      if (below(3) === 0) rooms.remove(tab);
      else rooms.add(`room ${below(4)}`, tab);
      for (const userId of ['user 0', 'user 1']) {
        const right = new Set(tabs.flatMap(({ room, user }) => (user.userId === userId && room ? [room] : [])));
        expect(rooms.of(userId).toSorted()).toEqual([...right].toSorted());
      }
    }
    for (const tab of tabs) rooms.remove(tab);
    expect([rooms.of('user 0'), rooms.size]).toEqual([[], 0]);
  });
});

exercise('day3 delivery', (check) => {
  check('18. one send throws: the others receive', async () => {
    const { come } = await openApp({
      parts: {
        write: (socket, text) => {
          if (text.includes('"chat"') && socket === victim?.socket) throw new Error('a send that fails');
          sendOrClose(socket, text);
        },
      },
    });
    let victim: Person | undefined;
    const [ann, bob] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    victim = ann;
    bob.say({ type: 'chat', text: 'Hi' });
    expect(await texts(bob)).toEqual(['Hi']);
    await gone(ann);
    expect(await types(bob)).toEqual(['left']);
  });
  check('what is passed as deliver may reach further: two nodes, and each message is heard once on both', async () => {
    const nodes: Awaited<ReturnType<typeof openApp>>[] = [];
    const deliver = (room: string, message: ServerMessage, except?: string) =>
      nodes.forEach(({ chat }) => chat.broadcast(room, message, except));
    for (let i = 0; i < 2; i++) nodes.push(await openApp({ chat: { deliver } }));
    const [ann, bob] = [await nodes[0].come('Ann', 'lobby'), await nodes[1].come('Bob', 'lobby')];
    bob.say({ type: 'chat', text: 'Hi' });
    expect(await texts(bob)).toEqual(['Hi']);
    bob.say({ type: 'setName', name: 'Robert' });
    await bob.heard();
    expect(await types(ann)).toEqual(['joined', 'chat', 'renamed']);
  });
  check('19. a peer leaves in the middle of a broadcast: safe', async () => {
    let people: Person[] = [];
    let armed = false;
    const { come, chat } = await openApp({
      parts: {
        write: (socket, text) => {
          sendOrClose(socket, text);
          if (!armed || !text.includes('"chat"')) return;
          armed = false;
          // While the first of five gets its message, the second and the third leave.
          for (const { issued } of people.slice(1, 3))
            for (const member of [...chat.rooms.members('lobby')])
              if (member.user.userId === issued.userId) chat.leave(member);
        },
      },
    });
    for (let i = 0; i < 5; i++) people.push(await come(`Guest ${i}`, 'lobby'));
    for (const person of people) await person.heard();
    armed = true;
    people[4].say({ type: 'chat', text: 'Hi' });
    await people[4].heard();
    expect((await Promise.all(people.map(texts))).map((all) => all.length)).toEqual([1, 0, 0, 1, 0]);
    expect(chat.rooms.users('lobby')).toHaveLength(3);
  });
  check('20. bufferedAmount over the limit: 1013 for it, the others are fine', async () => {
    const { come, chat } = await openApp();
    const [slow, ann, bob] = [await come('Slow', 'lobby'), await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    for (const person of [ann, bob]) await person.heard();
    const tcp = cork(slow); // nothing goes out: this client doesn't read
    const many = Math.ceil(LIMITS.buffered / 1000) + 10;
    for (let i = 0; i < many; i++) ann.say({ type: 'chat', text: `${i} ${'x'.repeat(990)}` });
    const [forAnn, forBob] = [await texts(ann), await texts(bob)];
    expect(forAnn).toHaveLength(many);
    expect(forBob).toEqual(forAnn);
    expect(slow.socket.bufferedAmount).toBeLessThan(LIMITS.buffered + 2000);
    tcp.uncork();
    expect((await slow.client.closed()).code).toBe(1013);
    await gone(slow);
    expect(chat.rooms.users('lobby')).toHaveLength(2);
  });
  check('a client that never reads again: cut off soon after 1013, and its backlog is freed', async () => {
    const { come, chat } = await openApp();
    const [slow, ann] = [await come('Slow', 'lobby'), await come('Ann', 'lobby')];
    await ann.heard();
    const clock = fakeClock();
    cork(slow); // it is never uncorked
    for (let i = 0; i < LIMITS.buffered / 1000 + 10; i++) ann.say({ type: 'chat', text: `${i} ${'x'.repeat(990)}` });
    await texts(ann);
    expect(slow.socket.readyState).toBe(slow.socket.CLOSING);
    const end = new Promise((resolve) => slow.socket.once('close', resolve));
    clock.advance(LIMITS.closing);
    expect(await end).toBe(1006); // the client answers nothing, so the server doesn't see 1013 either
    expect(chat.rooms.users('lobby')).toHaveLength(1);
    expect((await slow.client.closed()).code).toBe(1006);
  });
  check('22. a burst over the rate: an error; it refills with the clock', async () => {
    let time = 0;
    const { come } = await openApp({
      parts: { rateLimit: () => new RateLimit({ burst: 5, perSecond: 2, now: () => time }) },
    });
    const ann = await come('Ann', 'lobby'); // a join and a fence cost 2, so 3 are left
    const bob = await come('Bob', 'lobby');
    for (let i = 0; i < 6; i++) ann.say({ type: 'chat', text: `${i}` });
    const story: string[] = [];
    while (story.length < 7) {
      const message = JSON.parse((await ann.client.next('the answers to six messages')).text);
      story.push(message.type === 'error' ? message.code : (message.text ?? message.type));
    }
    expect(story).toEqual(['joined', '0', '1', '2', 'rate-limited', 'rate-limited', 'rate-limited']);
    time = 1000;
    ann.say({ type: 'chat', text: 'later' });
    expect(JSON.parse((await ann.client.next('the answer after a second')).text).text).toBe('later');
    expect(await texts(bob)).toEqual(['0', '1', '2', 'later']); // another client has a rate of its own
  });
});

exercise('day3 the end of connections', (check) => {
  check('23. two dead peers: both gone in one sweep', async () => {
    const clock = fakeClock();
    const { come, port, tokens, chat, wss } = await openApp({ heartbeatMs: 1000 });
    const ann = await come('Ann', 'lobby');
    for (const name of ['Dead', 'Gone']) {
      const peer = await rawConnect(port, { upgrade: false });
      peer.write(
        Buffer.concat([
          Buffer.from(handshake(`chat, token.${tokens.issue(name).token}`)),
          frame(1, '{"type":"join","room":"lobby"}'),
        ]),
      );
      await peer.takeUntil('\r\n\r\n', 'the 101');
      await peer.takeFrame('the init');
    }
    expect(wss.clients.size).toBe(3);
    const beat = async (): Promise<string[]> => {
      clock.advance(1000);
      return [...(await types(ann)), ...(await types(ann))];
    };
    await beat();
    expect((await beat()).filter((type) => type === 'left')).toEqual(['left', 'left']);
    expect({ clients: wss.clients.size, users: chat.users.size }).toEqual({ clients: 1, users: 1 });
  });
  check('a connection that is being closed has no say any more', async () => {
    const { come } = await openApp();
    const [ann, bob] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    ann.socket.close(4001, 'signed out');
    ann.client.socket.send('{"type":"chat","text":"one more thing"}'); // on its way before the close frame arrives
    expect((await ann.client.closed()).code).toBe(4001);
    await gone(ann);
    expect(await types(bob)).toEqual(['left']);
  });
  check('24. close with a reason over 123 bytes or code 1005: validated before ws throws', async () => {
    const { closeWith } = await import('#solutions/day3-chat/bonus/close.ts');
    const { come } = await openApp();
    const [ann, bob] = [await come('Ann'), await come('Bob')];
    closeWith(ann.socket, 1008, 'ü'.repeat(100));
    expect(await ann.client.closed()).toEqual({ code: 1008, reason: 'ü'.repeat(61) });
    closeWith(bob.socket, 1005, 'never sent');
    expect(await bob.client.closed()).toEqual({ code: 1005, reason: '' });
  });
  check('25. shutdown: upgrades are refused, 1001, terminate at the deadline', async () => {
    const { come, port, tokens, stop, chat } = await openApp();
    const ann = await come('Ann', 'lobby');
    const stubborn = await rawConnect(port, { upgrade: false }); // never answers a close
    stubborn.write(handshake(`chat, token.${tokens.issue('Stubborn').token}`));
    await stubborn.takeUntil('\r\n\r\n', 'the 101');
    const late = await rawConnect(port, { upgrade: false });
    const clock = fakeClock();
    const stopped = stop(5000);
    late.write(handshake(`chat, token.${tokens.issue('Late').token}`));
    expect(await late.takeUntil('\r\n', 'the status line')).toContain(' 503 ');
    expect(await ann.client.closed()).toMatchObject({ code: 1001 });
    expect(await stubborn.takeFrame('the close frame')).toMatchObject({ opcode: 8 });
    clock.advance(5000);
    await stubborn.end('the end at the deadline');
    await stopped;
    expect({ rooms: chat.rooms.size, users: chat.users.size }).toEqual({ rooms: 0, users: 0 });
    await expect(connect(`ws://127.0.0.1:${port}`)).rejects.toThrow();
  });
});
