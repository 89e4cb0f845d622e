import { exercise, expect, fail, load, show, thrownBy } from '#kit';
import { openChatThatRecords, openChatThatSpeaks } from './helpers/people.ts';

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
    const [tab, otherTab, other, elsewhere] = [
      await come('Ann', 'lobby'),
      await come('Ann', 'lobby'),
      await come('Bob', 'lobby'),
      await come('Eve', 'kitchen'),
    ];
    await come('Ann', 'kitchen');
    typing.tell(tab.member);
    expect(await other.heard(), 'Ann types. Bob, in the same room, was to hear it, once.').toEqual([ann]);
    for (const person of [tab, otherTab])
      expect(await person.heard(), 'Ann types, and one of her own tabs was told so.').toEqual([]);
    expect(
      await elsewhere.heard(),
      'Ann types in the lobby, and Eve in the kitchen, where Ann has a tab as well, heard of it.',
    ).toEqual([]);
  });
  check('ten keys are one message; after the interval there is another', async () => {
    const { typing, come, pass } = await open();
    const [user, otherTab, other] = [
      await come('Ann', 'lobby'),
      await come('Ann', 'lobby'),
      await come('Bob', 'lobby'),
    ];
    for (let round = 1; round <= 3; round++) {
      for (let i = 0; i < 10; i++) {
        typing.tell(i % 2 ? otherTab.member : user.member);
        pass(100);
      }
      const again = round === 1 ? '' : ' again, for the interval of three seconds since the last time was over';
      expect(
        await other.heard(),
        `Ann pressed ten keys within a second, some in her other tab. Bob was to hear of it once${again}.`,
      ).toEqual([ann]);
      pass(1900);
      typing.tell(user.member);
      expect(
        await other.heard(),
        'Ann pressed a key 2.9 seconds after Bob last heard that she types, and the interval is three seconds. He was not to hear of it yet.',
      ).toEqual([]);
      pass(101);
    }
  });
  check('each user has an interval of their own', async () => {
    const { typing, come } = await open();
    const [first, second, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby'), await come('Eve', 'lobby')];
    typing.tell(first.member);
    typing.tell(second.member);
    expect(
      (await other.heard()).map((message) => 'name' in message && message.name),
      'Ann and Bob type at the same time. Eve was to hear of both.',
    ).toEqual(['Ann', 'Bob']);
    typing.tell((await come('Ann', 'lobby', 'id of another Ann')).member);
    expect(
      await other.heard(),
      'Ann types, and so does another Ann, with a userId of her own. Eve was to hear of both.',
    ).toEqual([{ ...ann, userId: 'id of another Ann' }]);
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
    expect(
      await other.heard(),
      'Ann typed in no room, went into the lobby, and typed there. Bob was to hear of it: nobody had heard of the first time.',
    ).toEqual([ann]);
  });
});
