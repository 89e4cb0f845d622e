import { exercise, expect, fail } from '#kit';
import { next, openChatThatRecords, openChatThatSpeaks, openFor } from './helpers/people.ts';

exercise('3.4 Chat: setName', (check) => {
  const open = () => openFor('setName', openChatThatSpeaks);
  const renamed = { type: 'renamed', userId: 'id of Ann', name: 'Anna' } as const;

  check('everyone in the room gets renamed once, the user too', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    chat.setName(user.member, 'Anna');
    const heard = await user.heard();
    const [first] = heard;
    if (first?.type === 'renamed' && first.name === 'Ann')
      fail('Ann changed her name to Anna, and `renamed` has the old name. Change member.user.name before you deliver.');
    expect(
      heard,
      'Ann changed her name to Anna. She should get `renamed` herself: that is how her page knows that the server accepted the name.',
    ).toEqual([renamed]);
    expect(
      await other.heard(),
      'Ann changed her name to Anna. Bob is in the same room and should get `renamed` once.',
    ).toEqual([renamed]);
    expect(
      user.member.user.name,
      "Ann changed her name to Anna, and her connection's `member.user` has another name.",
    ).toBe('Anna');
  });
  check(
    'the new name is used everywhere from now on',
    async () => {
      const { chat, come } = await open();
      const [user, tab] = [await come('Ann', 'lobby'), await come('Ann', 'lobby')];
      chat.setName(user.member, 'Anna');
      expect(
        user.member.user.name,
        'Ann changed her name to Anna, and the tab where she did it still has another name. Was a copy of member.user changed?',
      ).toBe('Anna');
      expect(
        tab.member.user.name,
        "Ann changed her name to Anna, and her other tab still has another name. All tabs share the object member.user: change member.user.name, and don't replace the object.",
      ).toBe('Anna');
      expect(
        chat.rooms.users('lobby'),
        'Ann changed her name to Anna, and the list of users still has another name.',
      ).toEqual([{ userId: 'id of Ann', name: 'Anna' }]);
      expect(
        chat.users.get('id of Ann')?.name,
        'Ann changed her name to Anna. The next tab that she opens would get another name.',
      ).toBe('Anna');
      for (const { member } of [user, tab]) chat.users.release(member.user);
      expect(
        chat.users.size,
        'Ann changed her name and then closed both tabs, and chat.users still counts her. Only the server calls users.hold and users.release, once per connection.',
      ).toBe(0);
    },
    { hint: 2 },
  );
  check(
    'two tabs in two rooms: both rooms get renamed',
    async () => {
      const { chat, come } = await open();
      const user = await come('Ann', 'lobby');
      await come('Ann', 'kitchen');
      const [inLobby, inKitchen, inAttic] = [
        await come('Bob', 'lobby'),
        await come('Eve', 'kitchen'),
        await come('Joe', 'attic'),
      ];
      chat.setName(user.member, 'Anna');
      expect(
        await inLobby.heard(),
        'Ann has a tab in the lobby and one in the kitchen, and changed her name. Bob in the lobby should get `renamed` once.',
      ).toEqual([renamed]);
      expect(
        await inKitchen.heard(),
        "Ann has a tab in the lobby and one in the kitchen, and changed her name in the lobby. Eve, in the room of Ann's other tab, should get `renamed` once: this.rooms.of has all rooms of a user.",
      ).toEqual([renamed]);
      expect(
        await inAttic.heard(),
        'Ann changed her name, and Joe got a message in the attic, where she is not.',
      ).toEqual([]);
    },
    { hint: 2 },
  );
  check(
    'two tabs in one room: it is sent once',
    async () => {
      const { chat, come } = await open();
      const [user, tab, other] = [await come('Ann', 'lobby'), await come('Ann', 'lobby'), await come('Bob', 'lobby')];
      chat.setName(user.member, 'Anna');
      expect(
        await tab.heard(),
        'Ann has two tabs in the lobby, and changed her name in one of them. The other one should get `renamed` once: it shows the name, too.',
      ).toEqual([renamed]);
      expect(
        await other.heard(),
        'Ann has two tabs in the lobby, and changed her name once. Bob should get `renamed` once.',
      ).toEqual([renamed]);
    },
    { hint: 2 },
  );
  check(
    'what is for a room goes through this.deliver',
    async () => {
      const { chat, come, toRooms } = await openFor('setName', openChatThatRecords);
      const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
      chat.setName(user.member, 'Anna');
      await toRooms('Ann changed her name to Anna', [{ room: 'lobby', message: { ...renamed } }], other);
    },
    { hint: 2 },
  );
  check('everyone else keeps their name', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    chat.setName(user.member, 'Anna');
    expect(other.member.user.name, 'Ann changed her name, and Bob has a new name, too.').toBe('Bob');
  });
  check('two people may have the same name', async () => {
    const { chat, come } = await open();
    const [user, namesake] = [await come('Ann', 'lobby'), await come('Ann', 'lobby', 'id of another Ann')];
    chat.setName(user.member, 'Anna');
    expect(
      namesake.member.user.name,
      'There are two people called Ann, with different userIds. One changed her name, and the other one has a new name, too.',
    ).toBe('Ann');
    chat.setName(namesake.member, 'Anna');
    const both = [renamed, { ...renamed, userId: 'id of another Ann' }];
    expect(
      await user.heard(),
      'Two people called Ann changed their names to Anna, one after the other. Both changes are fine: several people may have the same name, and the userId tells them apart.',
    ).toEqual(both);
  });
  check(
    'each time, and at once',
    async () => {
      const { chat, come } = await open();
      const [user, other, inKitchen] = [
        await come('Ann', 'lobby'),
        await come('Bob', 'lobby'),
        await come('Eve', 'kitchen'),
      ];
      await come('Ann', 'kitchen');
      for (const name of ['Anna', 'Annie']) {
        chat.setName(user.member, name);
        for (const { member } of [other, inKitchen]) member.send(next);
      }
      const expected = [renamed, next, { ...renamed, name: 'Annie' }, next];
      expect(
        await other.heard(),
        'Ann changed her name twice, and right after each change another message was sent to Bob. He should get renamed, message, renamed, message. Is `renamed` sent later, or only once?',
      ).toEqual(expected);
      expect(
        await inKitchen.heard(),
        'Ann has tabs in two rooms. She changed her name twice, and right after each change another message was sent to Eve, in the second room. Eve should get renamed, message, renamed, message. Is there an `await` between the rooms?',
      ).toEqual(expected);
    },
    { hint: 2 },
  );
});
