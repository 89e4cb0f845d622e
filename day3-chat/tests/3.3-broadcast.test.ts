import { exercise, expect, fail, show, thrownBy } from '#kit';
import { next, openChat, openFor, type Person } from './helpers/people.ts';

exercise('3.3 Chat: broadcast', (check) => {
  const open = () => openFor('broadcast', openChat);
  const message = { type: 'typing', userId: 'id of Ann', name: 'Ann' } as const;
  /** The TCP connection of the server's end. While it is corked, what is sent stays in it. */
  const tcpOf = ({ member }: Person) =>
    (member.socket as unknown as { _socket: { cork(): void; uncork(): void } })._socket;

  check('everyone in the room gets it once, as text, and nobody else does', async () => {
    const { chat, come } = await open();
    const [first, second, elsewhere, nowhere] = [
      await come('Ann', 'lobby'),
      await come('Bob', 'lobby'),
      await come('Eve', 'kitchen'),
      await come('Joe'),
    ];
    const secondTab = await come('Bob', 'lobby');
    chat.broadcast('lobby', message);
    expect(
      await secondTab.heard(),
      'A message was sent to the lobby. Bob has two tabs there, and the second one should get it once, too.',
    ).toEqual([message]);
    for (const person of [first, second])
      expect(
        await person.heard(),
        `A message was sent to the lobby. ${person.member.user.name} is there and should get it once.`,
      ).toEqual([message]);
    chat.broadcast('kitchen', message);
    expect(
      await elsewhere.heard(),
      'A message was sent to the kitchen. Only Eve is there, and she should get it: a message also comes back to its sender.',
    ).toEqual([message]);
    chat.broadcast('lobby', message);
    expect(await elsewhere.heard(), 'A message was sent to the lobby, and Eve in the kitchen got it.').toEqual([]);
    expect(await nowhere.heard(), 'A message was sent to the lobby. Joe is not in any room, and got it.').toEqual([]);
  });
  check(
    'except is the id of a user: none of their tabs gets it',
    async () => {
      const { chat, come } = await open();
      const [tab, otherTab, other] = [
        await come('Ann', 'lobby'),
        await come('Ann', 'lobby'),
        await come('Bob', 'lobby'),
      ];
      chat.broadcast('lobby', message, 'id of Ann');
      const heard = await other.heard();
      if (heard.length === 0)
        fail(
          'broadcast(…, except Ann): Bob comes after Ann in the room, and got nothing. `return` ends the whole loop; `continue` skips one connection.',
        );
      expect(heard, 'broadcast(…, except Ann): Bob should get the message once.').toEqual([message]);
      expect(
        await tab.heard(),
        "broadcast(…, except Ann): Ann got the message. `except` is a userId, here 'id of Ann': compare it with member.user.userId.",
      ).toEqual([]);
      expect(await otherTab.heard(), "broadcast(…, except Ann): Ann's other tab got the message.").toEqual([]);
      chat.broadcast('lobby', { ...message }, 'id of Bob');
      expect(
        await tab.heard(),
        "The message has Ann's userId, and `except` is Bob's. Ann should get it: only `except` says who doesn't.",
      ).toEqual([message]);
      expect(await other.heard(), "The message has Ann's userId, and `except` is Bob's. Bob got it.").toEqual([]);
    },
    { hint: 2 },
  );
  check('the message is made into JSON once, however many connections there are', async () => {
    const { chat, come } = await open();
    const people = [];
    for (let i = 0; i < 5; i++) people.push(await come(`Guest ${i}`, 'lobby'));
    let times = 0;
    const counted = { ...message, toJSON: () => (times++, message) };
    chat.broadcast('lobby', counted);
    for (const person of people)
      expect(
        await person.heard(),
        'A message was sent to the lobby, where five people are. Each of them should get it once.',
      ).toEqual([message]);
    if (times > 1)
      fail(
        `One message to five people was made into JSON ${times} times. Call JSON.stringify once, before the loop, and pass the string to member.send.`,
      );
  });
  check(
    'it goes through member.send',
    async () => {
      const { chat, come } = await open();
      const [returning, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
      const sendTheRest = returning.member.hold(); // as when Ann comes back, and what she missed is being fetched
      chat.broadcast('lobby', message);
      const early = await returning.heard();
      sendTheRest([next]);
      const late = await returning.heard();
      if (early.length > 0 || (await other.heard()).length > other.written.length)
        fail(
          'A message was sent on the socket directly. Use member.send: it keeps the order while missed messages are sent, goes through the limit for slow clients (bonus 3.c), and never throws.',
        );
      expect(
        late,
        'Ann had just come back, and the messages that she missed were still being fetched. She should get those first, then the new one.',
      ).toEqual([next, message]);
    },
    { hint: 2 },
  );
  check('one message after the other, all of them, at once', async () => {
    const { chat, come } = await open();
    const people = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    const tcp = tcpOf(people[0]);
    tcp.cork(); // what is sent to Ann waits for a moment
    for (const one of [message, next, message]) chat.broadcast('lobby', one);
    for (const { member } of people) member.send({ ...next, name: 'last' });
    tcp.uncork();
    for (const person of people) {
      const names = (await person.heard()).map((one) => 'name' in one && one.name);
      expect(
        names,
        `Three messages were sent to the lobby, from "Ann", "next" and "Ann", and another one right after them. ${person.member.user.name} should get all four in this order.`,
      ).toEqual(['Ann', 'next', 'Ann', 'last']);
    }
  });
  check(
    'a connection that is closing, or whose send fails, costs the others nothing',
    async () => {
      const { chat, come } = await open();
      const people = [
        await come('Ann', 'lobby'),
        await come('Bob', 'lobby'),
        await come('Eve', 'lobby'),
        await come('Joe', 'lobby'),
      ];
      const held = tcpOf(people[0]);
      held.cork(); // so that the close frame is still on its way
      people[0].member.socket.close();
      people[1].member.socket.send = () => {
        throw new Error('a send that fails');
      };
      const thrown = thrownBy(() => chat.broadcast('lobby', message));
      if (thrown !== undefined)
        fail(
          `One send failed, and broadcast threw ${show(String(thrown))}, so everyone after that connection got nothing. member.send never throws.`,
        );
      held.uncork();
      const { code } = await people[0].client.closed('the end of the connection that was closing');
      expect(
        code,
        'A connection was closing, and broadcast cut it off. Its client should still get the close frame (1005), not an abnormal end (1006).',
      ).toBe(1005);
      expect(
        [...chat.rooms.members('lobby')].length,
        'broadcast removed a connection from the room that was closing, or whose send failed. `leave` does that later, and tells the others. Now nobody would get `left`.',
      ).toBe(4);
      for (const person of people.slice(2))
        expect(
          await person.heard(),
          'One connection in the room is closing, and another one fails. The two healthy ones after them should still get the message.',
        ).toEqual([message]);
    },
    { hint: 2 },
  );
  check('a room that nobody is in', async () => {
    const { chat, come } = await open();
    const person = await come('Ann', 'lobby');
    const thrown = thrownBy(() => chat.broadcast('attic', message));
    if (thrown !== undefined) fail(`broadcast to a room that nobody is in threw ${show(String(thrown))}.`);
    expect(await person.heard(), 'Ann is in the lobby, and got a message for the attic.').toEqual([]);
  });
});
