import type { WebSocket } from 'ws';
import { connect, exercise, expect, fail, load, serve, show, thrownBy, type Client } from '#kit';
import { openChatThatRecords, openChatThatSpeaks } from '../people.ts';

exercise('3.a Typing: tell', (check) => {
  /** Any right `Chat` would do: this one is given, and so is its clock. */
  async function open() {
    const { Typing } = await load(() => import('#day3/bonus/typing.ts'), 'Typing');
    const { Chat } = await import('#solutions/day3-chat/chat.ts');
    let time = 1_000_000;
    const opened = await openChatThatSpeaks(Chat, { now: () => time });
    return { ...opened, typing: new Typing(opened.chat, 3000), pass: (ms: number) => (time += ms) };
  }
  const ann = { type: 'typing', userId: 'id of Ann', name: 'Ann' } as const;

  check('the others in the room hear it, none of the user’s tabs does', async () => {
    const { typing, come } = await open();
    const [tab, otherTab, other, elsewhere] = [await come('Ann', 'lobby'), await come('Ann', 'lobby'), await come('Bob', 'lobby'), await come('Eve', 'kitchen')];
    await come('Ann', 'kitchen');
    typing.tell(tab.member);
    expect(await other.heard(), 'Ann types. Bob, in the same room, was to hear it, once.').toEqual([ann]);
    for (const person of [tab, otherTab]) expect(await person.heard(), 'Ann types, and one of her own tabs was told so.').toEqual([]);
    expect(await elsewhere.heard(), 'Ann types in the lobby, and Eve in the kitchen, where Ann has a tab as well, heard of it.').toEqual([]);
  });
  check('ten keys are one message; after the interval there is another', async () => {
    const { typing, come, pass } = await open();
    const [user, otherTab, other] = [await come('Ann', 'lobby'), await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    for (let round = 1; round <= 3; round++) {
      for (let i = 0; i < 10; i++) {
        typing.tell(i % 2 ? otherTab.member : user.member);
        pass(100);
      }
      const again = round === 1 ? '' : ' again, for the interval of three seconds since the last time was over';
      expect(await other.heard(), `Ann pressed ten keys within a second, some in her other tab. Bob was to hear of it once${again}.`).toEqual([ann]);
      pass(1900);
      typing.tell(user.member);
      expect(await other.heard(), 'Ann pressed a key 2.9 seconds after Bob last heard that she types, and the interval is three seconds. He was not to hear of it yet.').toEqual([]);
      pass(101);
    }
  });
  check('each user has an interval of their own', async () => {
    const { typing, come } = await open();
    const [first, second, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby'), await come('Eve', 'lobby')];
    typing.tell(first.member);
    typing.tell(second.member);
    expect((await other.heard()).map((message) => 'name' in message && message.name), 'Ann and Bob type at the same time. Eve was to hear of both.').toEqual(['Ann', 'Bob']);
    typing.tell((await come('Ann', 'lobby', 'id of another Ann')).member);
    expect(await other.heard(), 'Ann types, and so does another Ann, with a userId of her own. Eve was to hear of both.').toEqual([{ ...ann, userId: 'id of another Ann' }]);
  });
  check('it goes to the room through chat.deliver', async () => {
    const { Typing } = await load(() => import('#day3/bonus/typing.ts'), 'Typing');
    const { Chat } = await import('#solutions/day3-chat/chat.ts');
    const { chat, come, toRooms, delivered } = await openChatThatRecords(Chat);
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    new Typing(chat).tell(user.member);
    await toRooms('Ann types', [{ room: 'lobby', message: { ...ann } }], other);
    new Typing(chat).tell((await come('Eve')).member);
    expect(delivered.slice(1), 'Eve, who is in no room, types, and something was delivered: where to?').toEqual([]);
  });
  check('somebody in no room', async () => {
    const { typing, chat, come } = await open();
    const [user, other] = [await come('Ann'), await come('Bob', 'lobby')];
    const thrown = thrownBy(() => typing.tell(user.member));
    if (thrown !== undefined) fail(`tell threw ${show(String(thrown))} for a connection that is in no room.`);
    expect(await other.heard(), 'Ann, who is in no room, types, and Bob in the lobby heard of it.').toEqual([]);
    chat.rooms.add('lobby', user.member);
    typing.tell(user.member);
    expect(await other.heard(), 'Ann typed in no room, went into the lobby, and typed there. Bob was to hear of it: nobody had heard of the first time.').toEqual([ann]);
  });
});

exercise('3.b RateLimit: allow', (check) => {
  async function open() {
    const { RateLimit } = await load(() => import('#day3/bonus/rate-limit.ts'), 'RateLimit');
    let time = 1000;
    const limit = new RateLimit({ burst: 3, perSecond: 2, now: () => time });
    return { limit, RateLimit, now: () => time, pass: (ms: number) => (time += ms), allow: (times: number) => Array.from({ length: times }, () => limit.allow()) };
  }
  check('a burst passes, one more does not', async () => {
    const { allow } = await open();
    expect(allow(5), 'Five messages came at once, and a burst is three: the first three pass.').toEqual([true, true, true, false, false]);
  });
  check('the clock brings it back, bit by bit', async () => {
    const { allow, pass } = await open();
    allow(3);
    pass(375);
    expect(allow(1), 'The burst is spent, 2 come back a second, and 375 ms are over: that is not a whole one yet.').toEqual([false]);
    pass(125);
    expect(allow(2), 'The burst is spent, 2 come back a second, and 500 ms are over: one may pass, the next may not.').toEqual([true, false]);
    pass(1000);
    expect(allow(3), 'Another second is over: two may pass, the third may not.').toEqual([true, true, false]);
    pass(750);
    expect(allow(1), 'Another 750 ms are over: one and a half came back, and one may pass.').toEqual([true]);
    pass(250);
    expect(allow(1), 'Half a one was left over when the last one passed, and 250 ms later the other half is back: one may pass. Was the half thrown away?').toEqual([true]);
  });
  check('asking often while it is empty does not put it off', async () => {
    const { allow, pass } = await open();
    allow(3);
    for (let i = 0; i < 7; i++) {
      pass(62.5);
      allow(1);
    }
    pass(62.5);
    expect(allow(1), 'The burst is spent, 500 ms are over, and it was asked seven times meanwhile: fractions must not be lost.').toEqual([true]);
  });
  check('a long silence saves up no more than a burst', async () => {
    const { allow, pass } = await open();
    pass(3_600_000);
    expect(allow(4), 'After an hour of silence four came at once; a burst is three, and more is not saved up.').toEqual([true, true, true, false]);
  });
  check('each connection has its own', async () => {
    const { RateLimit, now, allow, pass } = await open();
    allow(4);
    const other = new RateLimit({ burst: 1, perSecond: 4, now });
    expect(other.allow(), 'One connection has spent its burst, and the first message of another one was refused.').toBe(true);
    pass(250);
    expect([other.allow(), other.allow()], 'Another limit, with a burst of 1 and 4 a second, is spent, and 250 ms are over: one may pass, the next may not.').toEqual([true, false]);
  });
});

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
    if (client.closedWith) fail(`Nothing was waiting for this client, limit 1000 bytes, and it was closed with ${client.closedWith.code} for one text of 2000 bytes. The limit is for what waits before this text.`);
    expect(client.received[0]?.text.length, 'Nothing was waiting for this client, limit 1000 bytes, and a text of 2000 bytes did not come.').toBe(2000);
  });
  check('over the limit: 1013, and nothing more for that one', async () => {
    const { sendOrClose, come } = await open();
    const { client, socket, cork, uncork } = await come();
    cork();
    for (let i = 0; i < 20; i++) sendOrClose(socket, 'x'.repeat(100), 1000);
    uncork();
    await client.fence().catch(() => {}); // an echo, or the end of the connection, whichever comes
    if (!client.closedWith) fail('A client that does not keep up, limit 1000 bytes: 2000 bytes were put on the heap for it, and the connection goes on.');
    const { code } = client.closedWith;
    expect(code, 'A client that does not keep up was closed, but with another code than 1013, try again later.').toBe(1013);
    // A frame of 100 bytes takes 102; ten of them are 1,020 bytes, over the limit of 1,000.
    if (client.received.length > 11) fail(`A client that does not keep up, limit 1000 bytes: ${client.received.length} messages of 100 bytes were put on the heap for it.`);
    if (client.received.length < 9) fail(`A client with a limit of 1000 bytes was given up after ${client.received.length} messages of 100 bytes.`);
  });
  check('who is slow for a moment only is left alone', async () => {
    const { sendOrClose, come } = await open();
    const { client, socket, cork, uncork } = await come();
    for (let round = 0; round < 5; round++) {
      cork();
      for (let i = 0; i < 5; i++) sendOrClose(socket, `${round}.${i} ${'x'.repeat(95)}`, 1000);
      uncork();
      const got = await texts(client);
      expect(got.length, `A client is slow for a moment, never over the limit, and catches up each time. In round ${round} it was to get five messages.`).toBe(5);
    }
  });
  check('the others are not affected', async () => {
    const { sendOrClose, come } = await open();
    const [slow, healthy] = [await come(), await come()];
    slow.cork();
    for (let i = 0; i < 20; i++) for (const { socket } of [slow, healthy]) sendOrClose(socket, `${i} ${'x'.repeat(100)}`, 1000 + socket.bufferedAmount * Number(socket === healthy.socket));
    const got = await texts(healthy.client);
    slow.uncork();
    expect(got.map((text) => Number.parseInt(text, 10)), 'One of two clients does not keep up. The other one was to get all twenty messages, in order.').toEqual(Array.from({ length: 20 }, (_, i) => i));
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

exercise('3.d closeWith', (check) => {
  /** How a client sees a connection end that the learner's function closes. */
  async function seen(code: number, reason?: string) {
    const { closeWith } = await load(() => import('#day3/bonus/close.ts'), 'closeWith');
    let socket!: WebSocket;
    const { url } = await serve((wss) => wss.on('connection', (one) => (socket = one)));
    const client = await connect(url);
    const thrown = thrownBy(() => closeWith(socket, code, reason));
    if (thrown !== undefined) fail(`close threw ${show(String(thrown))} for code ${code}${reason === undefined ? '' : ` and a reason of ${Buffer.byteLength(reason)} bytes`}. In an event handler that ends the process.`);
    const closed = await client.closed(`the close frame with code ${code}`);
    if (closed.code === 1006 && /utf-?8/i.test(client.trouble ?? '')) fail(`Closed with code ${code} and a reason of ${Buffer.byteLength(reason ?? '')} bytes. What went out ends in half a character, which is no UTF-8: the client gives up, and sees 1006.`);
    if (closed.code === 1006) fail(`For code ${code}, the connection was cut off without a close frame: the client sees 1006.`);
    return closed;
  }
  check('a code and a reason that may be sent go out as they are', async () => {
    for (const [code, reason] of [[1000, ''], [1001, 'Bye'], [1013, 'too slow'], [3000, 'x'], [4001, 'Grüße'], [4999, 'a'.repeat(123)]] as const) {
      expect(await seen(code, reason), `Code ${code} and this reason may be sent: they go out as they are.`).toEqual({ code, reason });
    }
    for (const code of [1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1014, 3999, 4000]) {
      expect(await seen(code), `Code ${code} may be sent, and needs no reason.`).toEqual({ code, reason: '' });
    }
  });
  check('a reason over 123 bytes is cut, at a whole character', async () => {
    const { code, reason } = await seen(1011, 'a'.repeat(500));
    expect({ code, length: reason.length }, 'A reason of 500 letters, one byte each, was to be cut to 123 of them.').toEqual({ code: 1011, length: 123 });
    const cut = async (given: string, what: string, kept: string): Promise<void> => {
      const closed = await seen(4000, given);
      if (closed.reason.endsWith('\ufffd')) fail(`A reason of ${what}, cut: the reason ends in half a character, which is no UTF-8 (the client reads \ufffd). Cut in front of it.`);
      expect(closed, `A reason of ${what}: what fits into 123 bytes as whole characters was expected.`).toEqual({ code: 4000, reason: kept });
    };
    await cut('é'.repeat(100), '100 letters é, two bytes each', 'é'.repeat(61));
    await cut(`${'a'.repeat(122)}👋`, '122 letters and an emoji of four bytes', 'a'.repeat(122));
    await cut(`${'a'.repeat(120)}👋`, '120 letters and an emoji of four bytes', 'a'.repeat(120));
    await cut('👋'.repeat(50), '50 emojis, four bytes each', '👋'.repeat(30));
  });
  check('a code that may not be sent closes without one', async () => {
    for (const code of [1005, 1006, 1015, 1004, 999, 0, -1, 2999, 5000, 1016, 1000.5, 4000.5, Number.NaN]) {
      expect((await seen(code, 'why')).code, `Code ${code} may not stand in a close frame, and was to be left out: the client sees 1005 then.`).toBe(1005);
    }
  });
});
