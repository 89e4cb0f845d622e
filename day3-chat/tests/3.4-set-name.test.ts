import { exercise, expect } from '#kit';
import { openChatThatRecords, openChatThatSpeaks } from './helpers/people.ts';
import { openFor, next } from './helpers/open-for.ts';

exercise('3.4 Chat: setName', (check) => {
  const open = () => openFor('setName', openChatThatSpeaks);
  const renamed = { type: 'renamed', userId: 'id of Ann', name: 'Anna' } as const;

  check('everyone in the room hears renamed, once, the user too', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    chat.setName(user.member, 'Anna');
    expect(
      await user.heard(),
      'Ann calls herself Anna now. She was to hear renamed with the new name herself: that is how her page knows that it was accepted.',
    ).toEqual([renamed]);
    expect(
      await other.heard(),
      'Ann calls herself Anna now. Bob, in the same room, was to hear renamed, once.',
    ).toEqual([renamed]);
    expect(user.member.user.name, 'Ann calls herself Anna now. Her connection, the only one, has another name.').toBe(
      'Anna',
    );
  });
  check('the new name stands everywhere from now on', async () => {
    const { chat, come } = await open();
    const [user, tab] = [await come('Ann', 'lobby'), await come('Ann', 'lobby')];
    chat.setName(user.member, 'Anna');
    expect(user.member.user.name, 'Ann calls herself Anna now. The tab where she said so has another name.').toBe(
      'Anna',
    );
    expect(tab.member.user.name, 'Ann calls herself Anna now. Her other tab has another name.').toBe('Anna');
    expect(chat.rooms.users('lobby'), 'Ann calls herself Anna now. The list of those online has another name.').toEqual(
      [{ userId: 'id of Ann', name: 'Anna' }],
    );
    expect(
      chat.users.get('id of Ann')?.name,
      'Ann calls herself Anna now. The tab that she opens next would get another name.',
    ).toBe('Anna');
    for (const { member } of [user, tab]) chat.users.release(member.user);
    expect(
      chat.users.size,
      'Ann changed her name, then both her tabs were closed, and chat.users still counts her: hold and release are for a connection that comes and goes.',
    ).toBe(0);
  });
  check('two tabs in two rooms: both rooms hear it', async () => {
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
      'Ann has a tab in the lobby and one in the kitchen, and changed her name. Bob in the lobby was to hear renamed.',
    ).toEqual([renamed]);
    expect(
      await inKitchen.heard(),
      "Ann has a tab in the lobby and one in the kitchen, and changed her name in the lobby. Eve, in the room of Ann's other tab, was to hear renamed.",
    ).toEqual([renamed]);
    expect(await inAttic.heard(), 'Ann changed her name, and Joe heard of it in the attic, where she is not.').toEqual(
      [],
    );
  });
  check('two tabs in one room: it is said once', async () => {
    const { chat, come } = await open();
    const [user, tab, other] = [await come('Ann', 'lobby'), await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    chat.setName(user.member, 'Anna');
    expect(
      await tab.heard(),
      'Ann has two tabs in the lobby, and changed her name in one of them. The other one was to hear it, once: it shows the name as well.',
    ).toEqual([renamed]);
    expect(
      await other.heard(),
      'Ann has two tabs in the lobby, and changed her name once. Bob was to hear it once.',
    ).toEqual([renamed]);
  });
  check('what is for a room goes through this.deliver', async () => {
    const { chat, come, toRooms } = await openFor('setName', openChatThatRecords);
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    chat.setName(user.member, 'Anna');
    await toRooms('Ann calls herself Anna now', [{ room: 'lobby', message: { ...renamed } }], other);
  });
  check('everyone else keeps the name', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    chat.setName(user.member, 'Anna');
    expect(other.member.user.name, 'Ann changed her name, and Bob has another one, too.').toBe('Bob');
  });
  check('two people may have one name', async () => {
    const { chat, come } = await open();
    const [user, namesake] = [await come('Ann', 'lobby'), await come('Ann', 'lobby', 'id of another Ann')];
    chat.setName(user.member, 'Anna');
    expect(
      namesake.member.user.name,
      'There are two people called Ann, each with a userId of her own. One changed her name, and the other one has a new name, too.',
    ).toBe('Ann');
    chat.setName(namesake.member, 'Anna');
    const both = [renamed, { ...renamed, userId: 'id of another Ann' }];
    expect(
      await user.heard(),
      'Two people called Ann became Anna, one after the other. Both were to be renamed: a name may be taken more than once, the userId says who is who.',
    ).toEqual(both);
  });
  check('each time, and at once', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    for (const name of ['Anna', 'Annie']) {
      chat.setName(user.member, name);
      other.member.send(next);
    }
    expect(
      await other.heard(),
      'Ann changed her name twice, and behind each time a message went to Bob. He was to hear renamed, the message, renamed, the message.',
    ).toEqual([renamed, next, { ...renamed, name: 'Annie' }, next]);
  });
});
