import { exercise, expect, fail, show } from '#kit';
import { next, openChatThatRecords, openChatThatSpeaks, openFor, type Person } from './helpers/people.ts';

exercise('3.2 Chat: join', (check) => {
  const open = () => openFor('join', openChatThatSpeaks);
  const ann = { userId: 'id of Ann', name: 'Ann' };
  const bob = { userId: 'id of Bob', name: 'Bob' };
  /** The first message to somebody, which must be init. Its users are sorted by id, because any order is right. */
  async function firstTo(person: Person, what: string) {
    const [first, ...rest] = await person.heard();
    if (first === undefined)
      fail(`${what} and got nothing. Without \`init\`, the page doesn't know who is there: use member.send.`);
    if (first.type !== 'init')
      fail(
        `${what}, and the first message was ${show(first)}. \`init\` must come first: the page can't apply an event before it knows the state.`,
      );
    return {
      init: { ...first, onlineUsers: first.onlineUsers.toSorted((a, b) => (a.userId < b.userId ? -1 : 1)) },
      rest,
    };
  }

  check('the new connection gets init first: the room, its own id, and everyone who is there', async () => {
    const { chat, come } = await open();
    await come('Ann', 'lobby');
    const newcomer = await come('Bob');
    chat.join(newcomer.member, 'lobby');
    const { init, rest } = await firstTo(newcomer, 'Bob joined the lobby, where Ann is');
    const ids = init.onlineUsers.map(({ userId }) => userId);
    if (ids.join() === ann.userId)
      fail('Bob joined the lobby, and his `init` lists Ann alone. Put him into the room before you make the list.');
    if (ids.join() === bob.userId)
      fail('Bob joined the lobby, where Ann is, and his `init` lists him alone: use this.rooms.users(room).');
    expect(
      init,
      "Bob joined the lobby, where Ann is, and got a wrong `init`. It must have the room, Bob's userId, and both users.",
    ).toEqual({ type: 'init', room: 'lobby', userId: bob.userId, onlineUsers: [ann, bob] });
    const more =
      rest[0]?.type === 'joined'
        ? '`joined` is for the others. Pass his userId to this.deliver as the third argument.'
        : 'One `init` is enough.';
    if (rest.length > 0) fail(`Bob joined the lobby. After his \`init\` he also got ${show(rest[0])}. ${more}`);
  });
  check('the others get joined, once', async () => {
    const { chat, come } = await open();
    const [first, elsewhere, newcomer] = [await come('Ann', 'lobby'), await come('Eve', 'kitchen'), await come('Bob')];
    chat.join(newcomer.member, 'lobby');
    const heard = await first.heard();
    if (heard.length === 0)
      fail(
        'Bob joined the lobby. Ann was already there and got nothing. She should get one `joined`. Did you ask this.rooms.has after this.rooms.add? Then it is always true.',
        { hint: 2 },
      );
    expect(heard, 'Bob joined the lobby. Ann was already there: she should get one `joined` and nothing else.').toEqual(
      [{ type: 'joined', ...bob }],
    );
    expect(await elsewhere.heard(), 'Bob joined the lobby, and Eve in the kitchen got a message about it.').toEqual([]);
  });
  check(
    'two tabs are one user: no second joined, and one entry in the list',
    async () => {
      const { chat, come } = await open();
      const [first, tab] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
      const secondTab = await come('Bob');
      chat.join(secondTab.member, 'lobby');
      const { init } = await firstTo(secondTab, "Bob's second tab joined the lobby, where Ann and his first tab are");
      expect(
        init,
        "Bob's second tab joined the lobby and got a wrong `init`. Bob is one person, so the list has him once.",
      ).toMatchObject({ type: 'init', onlineUsers: [ann, bob] });
      expect(
        await first.heard(),
        'Bob opened a second tab, and Ann got a message about it. He was in the room already: ask this.rooms.has before you add the connection.',
      ).toEqual([]);
      expect(await tab.heard(), 'Bob opened a second tab, and his first tab got a message about it.').toEqual([]);
    },
    { hint: 2 },
  );
  check(
    'a user who has a tab in another room is new in this one',
    async () => {
      const { chat, come } = await open();
      const [first, inKitchen, secondTab] = [
        await come('Ann', 'lobby'),
        await come('Eve', 'kitchen'),
        (await come('Bob', 'kitchen'), await come('Bob')),
      ];
      chat.join(secondTab.member, 'lobby');
      expect(
        await inKitchen.heard(),
        'Bob has a tab in the kitchen, and joined the lobby with another one. Eve in the kitchen got a message, but nothing has changed in her room.',
      ).toEqual([]);
      expect(
        await first.heard(),
        'Bob has a tab in the kitchen, and joined the lobby with another one. Ann in the lobby should get `joined`. Do you ask whether he is in this room, or whether he is anywhere?',
      ).toEqual([{ type: 'joined', ...bob }]);
    },
    { hint: 2 },
  );
  check('joining the same room again gives a new init, and tells nobody else', async () => {
    const { chat, come } = await open();
    const [first, again] = [await come('Ann', 'lobby'), await come('Bob')];
    chat.join(again.member, 'lobby');
    chat.join(again.member, 'lobby');
    const types = (await again.heard()).map(({ type }) => type);
    expect(types, 'Bob joined the lobby twice in a row. He should get an `init` each time.').toEqual(['init', 'init']);
    expect(await first.heard(), 'Bob joined the lobby twice in a row. Ann should get `joined` once.').toEqual([
      { type: 'joined', ...bob },
    ]);
  });
  check('a user who leaves and comes back is new again', async () => {
    const { chat, come } = await open();
    const [first, again] = [await come('Ann', 'lobby'), await come('Bob')];
    chat.join(again.member, 'lobby');
    chat.rooms.remove(again.member);
    chat.join(again.member, 'lobby');
    const joined = { type: 'joined', ...bob };
    expect(
      await first.heard(),
      'Bob joined the lobby, left it, and joined it again. Ann should get `joined` both times.',
    ).toEqual([joined, joined]);
  });
  check('two people may have the same name', async () => {
    const { chat, come } = await open();
    const [first, newcomer] = [await come('Ann', 'lobby'), await come('Ann', undefined, 'id of another Ann')];
    chat.join(newcomer.member, 'lobby');
    expect(
      await first.heard(),
      'Another Ann, with a different userId, joined the lobby. The first Ann should get `joined`. Only the userId says who somebody is.',
    ).toEqual([{ type: 'joined', userId: 'id of another Ann', name: 'Ann' }]);
  });
  check(
    'what is sent next arrives after init, and after joined',
    async () => {
      const { chat, come } = await open();
      const [first, newcomer] = [await come('Ann', 'lobby'), await come('Bob')];
      chat.join(newcomer.member, 'lobby');
      for (const { member } of [first, newcomer]) member.send(next);
      const types = async (person: Person): Promise<string[]> => (await person.heard()).map(({ type }) => type);
      expect(
        await types(newcomer),
        'Bob joined the lobby, and another message was sent right after that. Bob should get `init` and then that message. Does your join send `init` later, after an await or a timer?',
      ).toEqual(['init', next.type]);
      expect(
        await types(first),
        'Bob joined the lobby, and another message was sent right after that. Ann should get `joined` and then that message. Does your join send `joined` later, after an await or a timer?',
      ).toEqual(['joined', next.type]);
    },
    { hint: 2 },
  );
  check(
    'what is for the room goes through this.deliver',
    async () => {
      const { chat, come, toRooms } = await openFor('join', openChatThatRecords);
      const [first, newcomer] = [await come('Ann', 'lobby'), await come('Bob')];
      chat.join(newcomer.member, 'lobby');
      await toRooms('Bob joined the lobby', [{ room: 'lobby', message: { type: 'joined', ...bob } }], first);
    },
    { hint: 2 },
  );
  check('init goes through member.send', async () => {
    const { chat, come } = await open();
    const newcomer = await come('Bob');
    chat.join(newcomer.member, 'lobby');
    const heard = await newcomer.heard();
    if (heard.length > newcomer.written.length)
      fail(
        'Bob joined the lobby, and `init` was sent on his socket directly. Use member.send: it goes through the limit for slow clients (bonus 3.c), and it keeps the order while missed messages are sent.',
      );
  });
  check(
    'init also lists the users who are on another server, as on day 5',
    async () => {
      const eve = { userId: 'id of Eve', name: 'Eve' };
      const elsewhere = (room: string) => (room === 'lobby' ? [eve] : []);
      const { chat, come } = await openFor('join', (Class) => openChatThatSpeaks(Class, { elsewhere }));
      const newcomer = await come('Bob');
      chat.join(newcomer.member, 'lobby');
      const { init } = await firstTo(newcomer, 'Bob joined the lobby, where Eve is on another server');
      expect(
        init.onlineUsers,
        'Bob joined the lobby. Eve is there, too, but on another server, and his `init` has a wrong list. Take the list from this.rooms.users(room): it knows them all, and the connections of this server are only some of them.',
      ).toEqual([bob, eve]);
    },
    { hint: 2 },
  );
  check('a room name is used exactly as it is', async () => {
    const { chat, come } = await open();
    for (const room of ['Lobby', '🚀', '0', '__proto__', 'constructor']) {
      const person = await come(`Guest of ${room}`);
      chat.join(person.member, room);
      const { init } = await firstTo(person, `Somebody joined the room ${show(room)}`);
      expect(init, `Somebody joined the room ${show(room)} and got a wrong \`init\`.`).toMatchObject({
        type: 'init',
        room,
        onlineUsers: [{ userId: `id of Guest of ${room}` }],
      });
    }
  });
});
