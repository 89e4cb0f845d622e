import { WebSocket } from 'ws';
import { exercise, expect, fail, show, thrownBy } from '#kit';
import { next, openChatThatRecords, openChatThatSpeaks, openFor } from './helpers/people.ts';

exercise('3.5 Chat: leave', (check) => {
  const open = () => openFor('leave', openChatThatSpeaks);
  const left = { type: 'left', userId: 'id of Ann', name: 'Ann' } as const;

  check('the others get left, and the user is no longer in the room', async () => {
    const { chat, come } = await open();
    const [user, other, elsewhere] = [
      await come('Ann', 'lobby'),
      await come('Bob', 'lobby'),
      await come('Eve', 'kitchen'),
    ];
    chat.leave(user.member);
    if (user.member.socket.readyState !== WebSocket.OPEN)
      fail("leave closed Ann's connection. Only take it out of the room: a page that changes rooms stays connected.");
    const heard = await other.heard();
    if (heard.length === 0 && !chat.rooms.has('lobby', 'id of Ann'))
      fail(
        'Ann left the lobby. She is out of the room, but Bob got nothing: he should get `left` once. After this.rooms.remove(member), member.room is undefined: keep it in a variable first. And this.rooms.has must be asked after remove: before, it is always true.',
        { hint: 2 },
      );
    expect(heard, 'Ann left the lobby. Bob is there and should get `left` once.').toEqual([left]);
    expect(await user.heard(), 'Ann left the lobby and got a message about it. `left` is for the others.').toEqual([]);
    expect(await elsewhere.heard(), 'Ann left the lobby, and Eve in the kitchen got a message about it.').toEqual([]);
    expect(
      chat.rooms.users('lobby'),
      'Ann left the lobby and is still in the list of its users, as a ghost. Use this.rooms.remove.',
    ).toEqual([{ userId: 'id of Bob', name: 'Bob' }]);
    expect(
      user.member.room,
      'Ann left the lobby, and her connection still says that it is in it. Use this.rooms.remove.',
    ).toBeUndefined();
    expect(
      chat.users.size,
      "Ann left the lobby, and chat.users counts a wrong number of people: three are connected. Don't call users.release here, because the connection may join another room. The server calls it when the connection closes.",
    ).toBe(3);
  });
  check(
    'one of two tabs leaves: the user is still there',
    async () => {
      const { chat, come } = await open();
      const [tab, otherTab, other] = [
        await come('Ann', 'lobby'),
        await come('Ann', 'lobby'),
        await come('Bob', 'lobby'),
      ];
      chat.leave(tab.member);
      expect(
        await other.heard(),
        'Ann closed one of her two tabs, and Bob got `left`. She is still in the room: ask this.rooms.has.',
      ).toEqual([]);
      expect(
        chat.rooms.has('lobby', 'id of Ann'),
        'Ann closed one of her two tabs, and her other tab was taken out of the room, too.',
      ).toBe(true);
      chat.leave(otherTab.member);
      expect(await other.heard(), 'Ann closed the last of her tabs. Bob should get `left` once.').toEqual([left]);
    },
    { hint: 2 },
  );
  check('exactly once, however often it is called', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    // A connection that breaks may report it several times: an error, a close, a heartbeat that terminates it.
    for (let i = 0; i < 3; i++) {
      const thrown = thrownBy(() => chat.leave(user.member));
      if (thrown !== undefined)
        fail(`leave threw ${show(String(thrown))} for a connection that is no longer in a room.`);
    }
    expect(
      await other.heard(),
      'leave was called three times for the same connection (error, close, terminate). Bob should get `left` once.',
    ).toEqual([left]);
  });
  check('a connection that is in no room leaves silently', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann'), await come('Bob', 'lobby')];
    const thrown = thrownBy(() => chat.leave(user.member));
    if (thrown !== undefined) fail(`leave threw ${show(String(thrown))} for a connection that never joined a room.`);
    expect(
      await other.heard(),
      'Ann closed her tab before she joined a room, and Bob in the lobby got a message.',
    ).toEqual([]);
  });
  check(
    'a tab in another room does not keep the user in this one',
    async () => {
      const { chat, come } = await open();
      const [tab, other, inKitchen] = [
        await come('Ann', 'lobby'),
        await come('Bob', 'lobby'),
        await come('Eve', 'kitchen'),
      ];
      await come('Ann', 'kitchen');
      chat.leave(tab.member);
      expect(
        await inKitchen.heard(),
        'Ann closed her tab in the lobby; her other tab is in the kitchen. Eve in the kitchen got a message, but nothing has changed in her room.',
      ).toEqual([]);
      expect(
        chat.rooms.has('kitchen', 'id of Ann'),
        'Ann closed her tab in the lobby, and her other tab, in the kitchen, was taken out of its room, too.',
      ).toBe(true);
      expect(
        await other.heard(),
        'Ann closed her only tab in the lobby; her other tab is in the kitchen. Bob in the lobby should get `left`, or she stays in his list as a ghost.',
      ).toEqual([left]);
    },
    { hint: 2 },
  );
  check('a second person with the same name does not keep the user in the room', async () => {
    const { chat, come } = await open();
    const [user, namesake] = [await come('Ann', 'lobby'), await come('Ann', 'lobby', 'id of another Ann')];
    chat.leave(user.member);
    expect(
      await namesake.heard(),
      'There were two people called Ann in the lobby, with different userIds. One left, and the other one should get `left`.',
    ).toEqual([left]);
  });
  check(
    'each time, at once, and from each room',
    async () => {
      const { chat, come } = await open();
      const [user, other, inKitchen] = [
        await come('Ann', 'lobby'),
        await come('Bob', 'lobby'),
        await come('Eve', 'kitchen'),
      ];
      for (let i = 0; i < 2; i++) {
        chat.rooms.add('lobby', user.member);
        chat.leave(user.member);
        other.member.send(next);
      }
      expect(
        await other.heard(),
        'Ann left the lobby, came back and left again, and right after each time another message was sent to Bob. He should get left, message, left, message. Is `left` sent later, or only once?',
      ).toEqual([left, next, left, next]);
      chat.rooms.add('kitchen', user.member);
      chat.leave(user.member);
      expect(
        await inKitchen.heard(),
        'Ann left the lobby, then joined the kitchen and left that. Eve in the kitchen should get `left`. Is the first room remembered for ever?',
      ).toEqual([left]);
      expect(
        await other.heard(),
        'Ann joined the kitchen and left it, and Bob in the lobby got a message. Is the first room remembered for ever?',
      ).toEqual([]);
    },
    { hint: 2 },
  );
  check(
    'what is for the room goes through this.deliver, and nothing goes to no room',
    async () => {
      const { chat, come, toRooms, delivered } = await openFor('leave', openChatThatRecords);
      const [user, other, nowhere] = [await come('Ann', 'lobby'), await come('Bob', 'lobby'), await come('Eve')];
      chat.leave(user.member);
      await toRooms('Ann left the lobby', [{ room: 'lobby', message: left }], other);
      chat.leave(user.member);
      chat.leave(nowhere.member);
      expect(
        delivered.slice(1),
        'leave was called for two connections that are in no room, and this.deliver was called.',
      ).toEqual([]);
    },
    { hint: 2 },
  );
  check('when the last member leaves, the room is gone', async () => {
    const { chat, come } = await open();
    const user = await come('Ann', 'lobby');
    chat.leave(user.member);
    expect(
      chat.rooms.size,
      'The last member left, and the room is still there. Anybody can open any number of rooms, so empty ones must not stay in memory.',
    ).toBe(0);
  });
});
