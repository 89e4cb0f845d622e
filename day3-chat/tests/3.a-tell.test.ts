import { exercise, expect, fail, load, show, thrownBy } from '#kit';
import { next, openChatThatRecords, openChatThatSpeaks } from './helpers/people.ts';

exercise('3.a Typing: tell', (check) => {
  /** The Chat is the reference solution's, so this exercise doesn't depend on the others. Its clock never moves, and is wrong. */
  async function open() {
    const { Typing } = await load(() => import('#day3/bonus/typing.ts'), 'Typing');
    const { Chat } = await import('#solutions/day3-chat/chat.ts');
    let time = 1_000_000;
    let timeOfDay = 9_000_000;
    const opened = await openChatThatSpeaks(Chat, { now: () => timeOfDay });
    return {
      ...opened,
      typing: new Typing(opened.chat, 3000, () => time),
      pass: (ms: number) => {
        time += ms;
        timeOfDay += ms;
      },
      setClockBack: (ms: number) => void (timeOfDay -= ms),
    };
  }
  const ann = { type: 'typing', userId: 'id of Ann', name: 'Ann' } as const;

  check('the others in the room get typing, and none of the user’s own tabs does', async () => {
    const { typing, come } = await open();
    const [tab, otherTab, other, elsewhere] = [
      await come('Ann', 'lobby'),
      await come('Ann', 'lobby'),
      await come('Bob', 'lobby'),
      await come('Eve', 'kitchen'),
    ];
    await come('Ann', 'kitchen');
    typing.tell(tab.member);
    expect(await other.heard(), 'Ann is typing. Bob is in the same room and should get `typing` once.').toEqual([ann]);
    for (const person of [tab, otherTab])
      expect(await person.heard(), 'Ann is typing, and one of her own tabs got `typing`.').toEqual([]);
    expect(
      await elsewhere.heard(),
      'Ann is typing in the lobby. Eve in the kitchen, where Ann has a tab, too, got `typing`.',
    ).toEqual([]);
  });
  check('ten keys make one message; after the interval there is another', async () => {
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
      const again = round === 1 ? '' : ' again, because the last message was more than three seconds ago';
      expect(
        await other.heard(),
        `Ann pressed ten keys within a second, some of them in her other tab. Bob should get \`typing\` once${again}.`,
      ).toEqual([ann]);
      pass(1900);
      typing.tell(user.member);
      expect(
        await other.heard(),
        'Ann pressed a key 2.9 seconds after the last `typing`, and the interval is three seconds. Bob should get nothing yet.',
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
      'Ann and Bob are typing at the same time. Eve should get one `typing` for each of them.',
    ).toEqual(['Ann', 'Bob']);
    typing.tell((await come('Ann', 'lobby', 'id of another Ann')).member);
    expect(
      await other.heard(),
      'Ann is typing, and so is another Ann, with a different userId. Eve should get one `typing` for each of them.',
    ).toEqual([{ ...ann, userId: 'id of another Ann' }]);
  });
  check('it is sent at once, and not after a timer', async () => {
    const { typing, come } = await open();
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    typing.tell(user.member);
    await new Promise<void>(process.nextTick); // after all microtasks
    other.member.send(next);
    expect(
      (await other.heard()).map((message) => 'userId' in message && message.userId),
      'Ann is typing, and another message was sent to Bob right after that. He should get `typing` first. Does tell send it later, after an await or a timer?',
    ).toEqual([ann.userId, next.userId]);
  });
  check('it goes to the room through chat.deliver', async () => {
    const { Typing } = await load(() => import('#day3/bonus/typing.ts'), 'Typing');
    const { Chat } = await import('#solutions/day3-chat/chat.ts');
    const { chat, come, toRooms, delivered } = await openChatThatRecords(Chat);
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    new Typing(chat).tell(user.member);
    await toRooms('Ann is typing', [{ room: 'lobby', message: { ...ann } }], other);
    new Typing(chat).tell((await come('Eve')).member);
    expect(delivered.slice(1), 'Eve is in no room and is typing, and chat.deliver was called. For which room?').toEqual(
      [],
    );
  });
  check('a clock that is set back by an hour changes nothing', async () => {
    const { typing, come, pass, setClockBack } = await open();
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    typing.tell(user.member);
    await other.heard();
    setClockBack(3_600_000);
    pass(3001);
    typing.tell(user.member);
    expect(
      await other.heard(),
      'The time of day was set back by an hour, and three seconds later Ann pressed a key. Bob should get `typing`. Use this.now(), which never runs backwards, instead of Date.now() or chat.now().',
    ).toEqual([ann]);
  });
  check('somebody in no room', async () => {
    const { typing, chat, come } = await open();
    const [user, other] = [await come('Ann'), await come('Bob', 'lobby')];
    const thrown = thrownBy(() => typing.tell(user.member));
    if (thrown !== undefined) fail(`tell threw ${show(String(thrown))} for a connection that is in no room.`);
    expect(await other.heard(), 'Ann is in no room and is typing. Bob in the lobby got a message.').toEqual([]);
    chat.rooms.add('lobby', user.member);
    typing.tell(user.member);
    expect(
      await other.heard(),
      'Ann was typing while she was in no room, then joined the lobby and typed there. Bob should get `typing`: nobody got it the first time.',
    ).toEqual([ann]);
  });
});
