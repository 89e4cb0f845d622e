import { exercise, expect, fail, show, thrownBy } from '#kit';
import { openChat, type Person } from './helpers/people.ts';
import { openFor, next } from './helpers/open-for.ts';

exercise('3.3 Chat: broadcast', (check) => {
  const open = () => openFor('broadcast', openChat);
  const message = { type: 'typing', userId: 'id of Ann', name: 'Ann' } as const;
  /** The TCP connection under the server's end: corked, it keeps back what is sent. */
  const tcpOf = ({ member }: Person) =>
    (member.socket as unknown as { _socket: { cork(): void; uncork(): void } })._socket;

  check('everyone in the room hears it, once, as text; nobody else does', async () => {
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
      'A message went to the lobby. Bob has two tabs there, and the second one was to hear it as well, once.',
    ).toEqual([message]);
    for (const person of [first, second])
      expect(
        await person.heard(),
        `A message went to the lobby. ${person.member.user.name}, who is there, was to hear it, once.`,
      ).toEqual([message]);
    expect(await elsewhere.heard(), 'Eve is in the kitchen: what is said in the lobby is not for her.').toEqual([]);
    expect(await nowhere.heard(), 'Joe has joined no room, and hears what is said in one.').toEqual([]);
  });
  check('except names a user: none of the user’s tabs hears it', async () => {
    const { chat, come } = await open();
    const [tab, otherTab, other] = [await come('Ann', 'lobby'), await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    chat.broadcast('lobby', message, 'id of Ann');
    const heard = await other.heard();
    if (heard.length === 0)
      fail(
        'Everyone was to hear it except Ann. Bob, who stands behind her in the room, heard nothing: `return` ends the loop, `continue` skips one.',
      );
    expect(heard, 'Everyone was to hear it except Ann. Bob was to hear it once.').toEqual([message]);
    expect(await tab.heard(), 'Everyone was to hear it except Ann, and Ann heard it.').toEqual([]);
    expect(await otherTab.heard(), "Everyone was to hear it except Ann, and Ann's other tab heard it.").toEqual([]);
    chat.broadcast('lobby', { ...message }, 'id of Bob');
    expect(
      await tab.heard(),
      "The message has Ann's userId, and everyone was to hear it except Bob. Ann was to hear it: `except` says who does not.",
    ).toEqual([message]);
    expect(
      await other.heard(),
      "The message has Ann's userId, and everyone was to hear it except Bob. Bob heard it.",
    ).toEqual([]);
  });
  check('it is turned into JSON once, however many hear it', async () => {
    const { chat, come } = await open();
    const people = [];
    for (let i = 0; i < 5; i++) people.push(await come(`Guest ${i}`, 'lobby'));
    let times = 0;
    const counted = { ...message, toJSON: () => (times++, message) };
    chat.broadcast('lobby', counted);
    for (const person of people)
      expect(
        await person.heard(),
        'A message went to the lobby, where five people are. One of them did not hear it, or not once.',
      ).toEqual([message]);
    expect(times, 'Turned into JSON too often for one message to five people. The same bytes do for all of them.').toBe(
      1,
    );
  });
  check('one that is closing, and one whose send fails, cost the others nothing', async () => {
    const { chat, come } = await open();
    const people = [
      await come('Ann', 'lobby'),
      await come('Bob', 'lobby'),
      await come('Eve', 'lobby'),
      await come('Joe', 'lobby'),
    ];
    const held = tcpOf(people[0]);
    held.cork(); // so the close frame is still on its way
    people[0].member.socket.close();
    people[1].member.socket.send = () => {
      throw new Error('a send that fails');
    };
    const thrown = thrownBy(() => chat.broadcast('lobby', message));
    if (thrown !== undefined)
      fail(
        `One send failed, and broadcast threw ${show(String(thrown))}: whoever stands behind that one in the room hears nothing. member.send never throws.`,
      );
    held.uncork();
    const { code } = await people[0].client.closed('the end of the connection that was closing');
    expect(
      code,
      'A connection was closing, and broadcast cut it off: its client was to get the close frame without a code (1005), and not 1006.',
    ).toBe(1005);
    expect(
      [...chat.rooms.members('lobby')].length,
      'broadcast took a connection out of the room that was closing, or could not be sent to. leave does that when it is closed, and tells the others; now nobody would hear left.',
    ).toBe(4);
    for (const person of people.slice(2))
      expect(
        await person.heard(),
        'One connection in the room is closing, and another cannot be sent to. The healthy two behind them were to hear the message all the same.',
      ).toEqual([message]);
  });
  check('one message after the other, each of them, at once', async () => {
    const { chat, come } = await open();
    const people = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    const tcp = tcpOf(people[0]);
    tcp.cork(); // what goes to Ann waits for a moment
    for (const one of [message, next, message]) chat.broadcast('lobby', one);
    for (const { member } of people) member.send({ ...next, name: 'last' });
    tcp.uncork();
    for (const person of people) {
      const names = (await person.heard()).map((one) => 'name' in one && one.name);
      expect(
        names,
        `Three messages went to the lobby, by "Ann", "next" and "Ann", and one more behind them. ${person.member.user.name} was to hear all of them, in this order.`,
      ).toEqual(['Ann', 'next', 'Ann', 'last']);
    }
  });
  check('a room in which nobody is', async () => {
    const { chat, come } = await open();
    const person = await come('Ann', 'lobby');
    const thrown = thrownBy(() => chat.broadcast('attic', message));
    if (thrown !== undefined) fail(`A message to a room in which nobody is threw ${show(String(thrown))}.`);
    expect(await person.heard(), 'Ann is in the lobby, and heard what went to the attic.').toEqual([]);
  });
});
