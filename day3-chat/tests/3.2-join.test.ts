import { exercise, expect, fail, show } from '#kit';
import { openChatThatRecords, openChatThatSpeaks, type Person } from './helpers/people.ts';
import { openFor, next } from './helpers/open-for.ts';

exercise('3.2 Chat: join', (check) => {
  const open = () => openFor('join', openChatThatSpeaks);
  const ann = { userId: 'id of Ann', name: 'Ann' };
  const bob = { userId: 'id of Bob', name: 'Bob' };
  /** The first message to somebody, which must be init, its users in the order of their ids: any order is right. */
  async function firstTo(person: Person, what: string) {
    const [first, ...rest] = await person.heard();
    if (first === undefined) fail(`${what}, and got nothing: without init the page does not know who is there.`);
    if (first.type !== 'init')
      fail(
        `${what}, and the first message was ${show(first)}. init comes before anything else: events only make sense on top of it.`,
      );
    return {
      init: { ...first, onlineUsers: first.onlineUsers.toSorted((a, b) => (a.userId < b.userId ? -1 : 1)) },
      rest,
    };
  }

  check('who comes gets init first: the room, the own id, and who is there, the newcomer too', async () => {
    const { chat, come } = await open();
    await come('Ann', 'lobby');
    const newcomer = await come('Bob');
    chat.join(newcomer.member, 'lobby');
    const { init, rest } = await firstTo(newcomer, 'Bob joined the lobby, where Ann is');
    expect(
      init,
      'Bob joined the lobby, where Ann is, and got a wrong init: it has the room, his own id, and both of them.',
    ).toEqual({ type: 'init', room: 'lobby', userId: bob.userId, onlineUsers: [ann, bob] });
    const more =
      rest[0]?.type === 'joined'
        ? 'joined is for the others, he is in the snapshot already'
        : 'one init was all that he was to get';
    if (rest.length > 0) fail(`Bob, who has just joined, was sent ${show(rest[0])} after his init: ${more}.`);
  });
  check('the others hear joined, once', async () => {
    const { chat, come } = await open();
    const [first, elsewhere, newcomer] = [await come('Ann', 'lobby'), await come('Eve', 'kitchen'), await come('Bob')];
    chat.join(newcomer.member, 'lobby');
    expect(
      await first.heard(),
      'Bob joined the lobby. Ann, who is there, was to hear joined, and nothing else.',
    ).toEqual([{ type: 'joined', ...bob }]);
    expect(await elsewhere.heard(), 'Bob joined the lobby, and Eve in the kitchen heard of it.').toEqual([]);
  });
  check('two tabs are one user: no second joined, one entry among those online', async () => {
    const { chat, come } = await open();
    const [first, tab] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    const secondTab = await come('Bob');
    chat.join(secondTab.member, 'lobby');
    const { init } = await firstTo(secondTab, "Bob's second tab joined the lobby, where Ann and his first tab are");
    expect(
      init,
      "Bob's second tab joined the lobby, and got a wrong init: he is one person, and stands in it once.",
    ).toMatchObject({ type: 'init', onlineUsers: [ann, bob] });
    expect(
      await first.heard(),
      'Bob opened a second tab, and Ann heard of it: he has been there all the time.',
    ).toEqual([]);
    expect(await tab.heard(), 'Bob opened a second tab, and his first one heard of it.').toEqual([]);
  });
  check('a tab in another room: here the user is new', async () => {
    const { chat, come } = await open();
    const [first, inKitchen, secondTab] = [
      await come('Ann', 'lobby'),
      await come('Eve', 'kitchen'),
      (await come('Bob', 'kitchen'), await come('Bob')),
    ];
    chat.join(secondTab.member, 'lobby');
    expect(
      await inKitchen.heard(),
      'Bob has a tab in the kitchen, and joined the lobby with another one. Eve in the kitchen heard of it: nothing has changed there.',
    ).toEqual([]);
    expect(
      await first.heard(),
      'Bob has a tab in the kitchen, and joined the lobby with another one. Ann in the lobby was to hear joined: is it asked whether he is in this room, or anywhere?',
    ).toEqual([{ type: 'joined', ...bob }]);
  });
  check('joining again gives a fresh init, and is no news to the others', async () => {
    const { chat, come } = await open();
    const [first, again] = [await come('Ann', 'lobby'), await come('Bob')];
    chat.join(again.member, 'lobby');
    chat.join(again.member, 'lobby');
    const types = (await again.heard()).map(({ type }) => type);
    expect(types, 'Bob joined the lobby twice in a row, and was to get an init each time.').toEqual(['init', 'init']);
    expect(await first.heard(), 'Bob joined twice in a row, and Ann was to hear it once.').toEqual([
      { type: 'joined', ...bob },
    ]);
  });
  check('who has left and comes back is new again', async () => {
    const { chat, come } = await open();
    const [first, again] = [await come('Ann', 'lobby'), await come('Bob')];
    chat.join(again.member, 'lobby');
    chat.rooms.remove(again.member);
    chat.join(again.member, 'lobby');
    const joined = { type: 'joined', ...bob };
    expect(
      await first.heard(),
      'Bob joined the lobby, left it, and joined it again. Ann was to hear joined both times: she saw him leave.',
    ).toEqual([joined, joined]);
  });
  check('two people may have one name', async () => {
    const { chat, come } = await open();
    const [first, newcomer] = [await come('Ann', 'lobby'), await come('Ann', undefined, 'id of another Ann')];
    chat.join(newcomer.member, 'lobby');
    expect(
      await first.heard(),
      'Another Ann, with a userId of her own, joined the lobby. The first one was to hear it: it is the userId that says who somebody is.',
    ).toEqual([{ type: 'joined', userId: 'id of another Ann', name: 'Ann' }]);
  });
  check('what comes next comes behind init, and behind joined', async () => {
    const { chat, come } = await open();
    const [first, newcomer] = [await come('Ann', 'lobby'), await come('Bob')];
    chat.join(newcomer.member, 'lobby');
    for (const { member } of [first, newcomer]) member.send(next);
    const types = async (person: Person): Promise<string[]> => (await person.heard()).map(({ type }) => type);
    expect(
      await types(newcomer),
      'Bob joined the lobby, and a message went out right behind it. To Bob it was not [init, that message]: is init sent later than in join itself?',
    ).toEqual(['init', next.type]);
    expect(
      await types(first),
      'Bob joined the lobby, and a message went out right behind it. To Ann it was not [joined, that message]: is joined sent later than in join itself?',
    ).toEqual(['joined', next.type]);
  });
  check('a room is whatever it is called', async () => {
    const { chat, come } = await open();
    for (const room of ['__proto__', 'constructor', '0', 'Lobby', '🚀']) {
      const person = await come(`Guest of ${room}`);
      chat.join(person.member, room);
      const { init } = await firstTo(person, `Somebody joined the room called ${show(room)}`);
      expect(init, `Somebody joined the room called ${show(room)}, and got a wrong init.`).toMatchObject({
        type: 'init',
        room,
        onlineUsers: [{ userId: `id of Guest of ${room}` }],
      });
    }
  });
  check('what is for the room goes through this.deliver', async () => {
    const { chat, come, toRooms } = await openFor('join', openChatThatRecords);
    const [first, newcomer] = [await come('Ann', 'lobby'), await come('Bob')];
    chat.join(newcomer.member, 'lobby');
    await toRooms('Bob joined the lobby', [{ room: 'lobby', message: { type: 'joined', ...bob } }], first);
  });
});
