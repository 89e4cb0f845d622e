import { WebSocket } from 'ws';
import { exercise, expect, fail, show, thrownBy } from '#kit';
import { openChatThatRecords, openChatThatSpeaks } from './helpers/people.ts';
import { openFor, next } from './helpers/open-for.ts';

exercise('3.5 Chat: leave', (check) => {
  const open = () => openFor('leave', openChatThatSpeaks);
  const left = { type: 'left', userId: 'id of Ann', name: 'Ann' } as const;

  check('the others hear left, and the user is gone from the room', async () => {
    const { chat, come } = await open();
    const [user, other, elsewhere] = [
      await come('Ann', 'lobby'),
      await come('Bob', 'lobby'),
      await come('Eve', 'kitchen'),
    ];
    chat.leave(user.member);
    if (user.member.socket.readyState !== WebSocket.OPEN)
      fail(
        "leave closed Ann's connection. It only takes it out of the room: a page that changes rooms leaves one, and goes on.",
      );
    expect(await other.heard(), 'Ann left the lobby. Bob, who is there, was to hear left, once.').toEqual([left]);
    expect(await user.heard(), 'Ann left the lobby, and was told so herself: left is for the others.').toEqual([]);
    expect(await elsewhere.heard(), 'Ann left the lobby, and Eve in the kitchen heard of it.').toEqual([]);
    expect(chat.rooms.users('lobby'), 'Ann left the lobby: a ghost is left among those online.').toEqual([
      { userId: 'id of Bob', name: 'Bob' },
    ]);
    expect(
      user.member.room,
      'Ann left the lobby, and her connection says that it is still in it: use this.rooms.remove.',
    ).toBeUndefined();
    expect(
      chat.users.size,
      'Ann left the lobby, and chat.users counts another number of people than the three who are connected. Her connection may go on to another room: the server releases it when it closes.',
    ).toBe(3);
  });
  check('exactly once, however often it is called', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    // A connection that breaks can say so several times: an error, a close, a heartbeat that terminates it.
    for (let i = 0; i < 3; i++) {
      const thrown = thrownBy(() => chat.leave(user.member));
      if (thrown !== undefined)
        fail(`leave threw ${show(String(thrown))} for a connection that is in no room any more.`);
    }
    expect(
      await other.heard(),
      'leave was called three times for one connection (error, close, terminate). Bob was to hear left once.',
    ).toEqual([left]);
  });
  check('one who was in no room leaves without a word', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann'), await come('Bob', 'lobby')];
    const thrown = thrownBy(() => chat.leave(user.member));
    if (thrown !== undefined) fail(`leave threw ${show(String(thrown))} for a connection that never joined a room.`);
    expect(
      await other.heard(),
      'Ann closed her tab before she joined a room, and Bob in the lobby heard something.',
    ).toEqual([]);
  });
  check('one of two tabs leaves: the user is still there', async () => {
    const { chat, come } = await open();
    const [tab, otherTab, other] = [await come('Ann', 'lobby'), await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    chat.leave(tab.member);
    expect(await other.heard(), 'Ann closed one of her two tabs, and Bob was told that she left.').toEqual([]);
    expect(chat.rooms.has('lobby', 'id of Ann'), 'Ann closed one of her two tabs. Is she still in the room?').toBe(
      true,
    );
    chat.leave(otherTab.member);
    expect(await other.heard(), 'Ann closed the last of her tabs. Bob was to hear left, once.').toEqual([left]);
  });
  check('a tab in another room does not keep the user in this one', async () => {
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
      'Ann closed her tab in the lobby; her other tab is in the kitchen. Eve in the kitchen heard of it: nothing has changed there.',
    ).toEqual([]);
    expect(
      chat.rooms.has('kitchen', 'id of Ann'),
      'Ann closed her tab in the lobby; her other tab is in the kitchen. Is it still there?',
    ).toBe(true);
    expect(
      await other.heard(),
      'Ann closed her only tab in the lobby; her other tab is in the kitchen. Bob in the lobby was to hear left: without it she stays in his list as a ghost.',
    ).toEqual([left]);
  });
  check('a namesake does not keep the user in the room', async () => {
    const { chat, come } = await open();
    const [user, namesake] = [await come('Ann', 'lobby'), await come('Ann', 'lobby', 'id of another Ann')];
    chat.leave(user.member);
    expect(
      await namesake.heard(),
      'There were two people called Ann in the lobby, each with a userId of her own. One left, and the other one was to hear it.',
    ).toEqual([left]);
  });
  check('each time, and at once', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    for (let i = 0; i < 2; i++) {
      chat.rooms.add('lobby', user.member);
      chat.leave(user.member);
      other.member.send(next);
    }
    expect(
      await other.heard(),
      'Ann left the lobby, came back and left again, and behind each time a message went to Bob. He was to hear left, the message, left, the message.',
    ).toEqual([left, next, left, next]);
  });
  check('what is for the room goes through this.deliver, and nothing goes to no room', async () => {
    const { chat, come, toRooms, delivered } = await openFor('leave', openChatThatRecords);
    const [user, other, nowhere] = [await come('Ann', 'lobby'), await come('Bob', 'lobby'), await come('Eve')];
    chat.leave(user.member);
    await toRooms('Ann left the lobby', [{ room: 'lobby', message: left }], other);
    chat.leave(user.member);
    chat.leave(nowhere.member);
    expect(
      delivered.slice(1),
      'leave was called for a connection that is in no room, any more or yet, and something was delivered.',
    ).toEqual([]);
  });
  check('with its last member a room is gone', async () => {
    const { chat, come } = await open();
    const user = await come('Ann', 'lobby');
    chat.leave(user.member);
    expect(
      chat.rooms.size,
      'The last member left: a room that stays costs memory for ever, and anybody can open any number of them.',
    ).toBe(0);
  });
});
