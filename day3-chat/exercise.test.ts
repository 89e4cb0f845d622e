import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { connect, exercise, expect, fail, load, onCleanUp, rawConnect, show, thrownBy, within } from '#kit';
import { doorOf, type Door } from '#day3/door.ts';
import * as field from '#day3/fields.ts';
import { LIMITS } from '#day3/limits.ts';
import { Tokens } from '#day3/tokens.ts';
import type { Chat } from '#day3/chat.ts';
import type { User } from '#day3/server-messages.ts';
import { needs, openChat, openChatThatRecords, openChatThatSpeaks, type Person } from './people.ts';

/** The learner's chat, opened in one of these ways, for an exercise about one of its methods. */
async function openFor<Opened extends { chat: Chat }>(method: keyof Chat & string, way: (Class: typeof Chat) => Promise<Opened>): Promise<Opened> {
  const { Chat } = await load(() => import('#day3/chat.ts'), 'Chat');
  const opened = await way(Chat);
  needs(opened.chat, method);
  return opened;
}

/** What goes out right behind something else: it must not overtake it. */
const next = { type: 'typing', userId: 'id of next', name: 'next' } as const;

exercise('3.1 parseMessage', (check) => {
  /** What it makes of a text, which must be something: it never throws. */
  async function parse(raw: string): Promise<Record<string, unknown>> {
    const { parseMessage } = await load(() => import('#day3/protocol.ts'), 'parseMessage');
    let result: unknown;
    const thrown = thrownBy(() => (result = parseMessage(raw)));
    if (thrown !== undefined) fail(`It threw ${show(String(thrown))} on ${show(raw)}. In a 'message' listener that ends the process, and everybody is disconnected.`);
    if (typeof (result as { then?: unknown } | undefined)?.then === 'function') fail('It gave a promise. The server reads `.type` at once: take `async` away.');
    if (typeof result !== 'object' || result === null) fail(`It gave ${show(result)} for ${show(raw)}; a message or an error, { type: 'error', code, message }, was expected.`);
    const { type, code } = result as Record<string, unknown>;
    if (type !== 'error' && code !== undefined) fail(`The error for ${show(raw)} has no \`type: 'error'\`: the server would take it for a message. It came out as ${show(result)}.`);
    return result as Record<string, unknown>;
  }
  const isJson = (code: unknown): string => (code === 'invalid-json' ? ' It is JSON: does your catch take in more than JSON.parse?' : '');
  async function refused(raw: string, code: string): Promise<string> {
    const result = await parse(raw);
    if (result.type !== 'error') fail(`Let through: ${show(raw)} came out as ${show(result)}. An error with code ${code} was expected.`);
    expect(result.code, `The error for ${show(raw)} has the wrong code.${code === 'invalid-json' ? '' : isJson(result.code)}`).toBe(code);
    if (typeof result.message === 'object') fail(`The message in the error for ${show(raw)} is no text but ${show(result.message)}: take the message of zod's first issue, parsed.error.issues[0], or words of your own where there is none.`);
    if (typeof result.message !== 'string' || result.message === '') fail(`The error for ${show(raw)} has no message: whoever writes the client is left to guess.`);
    if (/^\s*(\[\s*)?\{/.test(result.message)) fail(`The message in the error for ${show(raw)} is no sentence but a piece of JSON, ${show(result.message.slice(0, 60))}: take the message of zod's first issue, parsed.error.issues[0].`);
    if (raw.length > 20 && result.message.includes(raw)) fail(`The error for ${show(raw)} repeats all of it, and may become as long as what came. Say what is wrong: zod's first issue does, in parsed.error.issues[0].message.`);
    return result.message;
  }

  const right = [
    { type: 'join', room: 'lobby' },
    { type: 'join', room: '__proto__', after: 'x.1' },
    { type: 'chat', text: 'Hi' },
    { type: 'chat', text: '  Hi ' },
    { type: 'chat', text: '<b>καλημέρα</b> 👋', key: 'k1' },
    { type: 'setName', name: 'Zoë' },
    { type: 'typing' },
  ];
  for (const message of right) {
    check(`accepted: ${JSON.stringify(message)}`, async () => {
      const result = await parse(JSON.stringify(message));
      if (result.type === 'error') fail(`Refused: ${JSON.stringify(message)} came out as ${show(result)}.${isJson(result.code)}`);
      expect(result, `${JSON.stringify(message)} is all right, and something else came out.`).toEqual(message);
    });
  }
  check('text that is not JSON gets an error', async () => {
    for (const raw of ['', 'hello', '{"type":"chat"', '{"type":"chat","text":"a"} x', '{type:"typing"}']) await refused(raw, 'invalid-json');
  });
  check('JSON that is no object gets an error', async () => {
    for (const raw of ['null', '[]', '7', '"chat"', 'true', '[{"type":"typing"}]']) await refused(raw, 'invalid-message');
  });
  check('an unknown type gets an error that names it', async () => {
    const message = await refused('{"type":"dance","text":"Hi"}', 'invalid-message');
    if (!message.includes('dance')) fail(`The error for the type "dance" does not name it: it says ${show(message)}. zod's issues say what is wrong, in words.`);
    await refused('{"text":"Hi"}', 'invalid-message');
    await refused('{"type":7}', 'invalid-message');
    await refused('{"type":"constructor"}', 'invalid-message');
  });
  check('a wrong, a missing or a too long field gets an error', async () => {
    const long = (length: number): string => 'x'.repeat(length);
    const wrong = [
      { type: 'chat' },
      { type: 'chat', text: 7 },
      { type: 'chat', text: '' },
      { type: 'chat', text: long(LIMITS.text + 1) },
      { type: 'join' },
      { type: 'join', room: { toString: 'lobby' } },
      { type: 'join', room: long(LIMITS.room + 1) },
      { type: 'setName' },
      { type: 'setName', name: long(10_000) },
      { type: 'setName', name: '   ' },
    ];
    for (const message of wrong) await refused(JSON.stringify(message), 'invalid-message');
    for (const text of [7, long(LIMITS.text + 1)]) {
      const said = await refused(JSON.stringify({ type: 'chat', text }), 'invalid-message');
      const words = field.text.safeParse(text).error?.issues[0].message ?? '';
      if (!said.includes(words)) fail(`The error for a chat message whose text is ${typeof text === 'number' ? text : `${text.length} characters long`} says ${show(said)}. The message of zod's first issue, ${show(words)}, is not in it: what is wrong with the field?`);
    }
    const longest = { type: 'chat', text: long(LIMITS.text) };
    expect(await parse(JSON.stringify(longest)), `A text of exactly ${LIMITS.text} characters is allowed.`).toEqual(longest);
  });
  check('what comes out is what the schema made of it, not what came in', async () => {
    const spoof = await parse('{"type":"chat","text":"Hi","userId":"the boss","id":"1"}');
    expect(spoof, 'A message that claims to be from another user: the fields that no schema has must be gone.').toEqual({ type: 'chat', text: 'Hi' });
    for (const message of right.slice(0, 2).concat(right.slice(-2))) {
      const more = await parse(JSON.stringify({ ...message, userId: 'the boss', admin: true }));
      expect(more, `A ${message.type} message with two fields more: the fields that no schema has must be gone.`).toEqual(message);
    }
    const name = await parse('{"type":"setName","name":"  Ann "}');
    expect(name, 'The schema trims names, so the parsed message has no spaces around it.').toEqual({ type: 'setName', name: 'Ann' });
  });
});

exercise('3.2 Chat: join', (check) => {
  const open = () => openFor('join', openChatThatSpeaks);
  const ann = { userId: 'id of Ann', name: 'Ann' };
  const bob = { userId: 'id of Bob', name: 'Bob' };
  /** The first message to somebody, which must be init, its users in the order of their ids: any order is right. */
  async function firstTo(person: Person, what: string) {
    const [first, ...rest] = await person.heard();
    if (first === undefined) fail(`${what}, and got nothing: without init the page does not know who is there.`);
    if (first.type !== 'init') fail(`${what}, and the first message was ${show(first)}. init comes before anything else: events only make sense on top of it.`);
    return { init: { ...first, onlineUsers: first.onlineUsers.toSorted((a, b) => (a.userId < b.userId ? -1 : 1)) }, rest };
  }

  check('who comes gets init first: the room, the own id, and who is there, the newcomer too', async () => {
    const { chat, come } = await open();
    await come('Ann', 'lobby');
    const newcomer = await come('Bob');
    chat.join(newcomer.member, 'lobby');
    const { init, rest } = await firstTo(newcomer, 'Bob joined the lobby, where Ann is');
    expect(init, 'Bob joined the lobby, where Ann is, and got a wrong init: it has the room, his own id, and both of them.').toEqual({ type: 'init', room: 'lobby', userId: bob.userId, onlineUsers: [ann, bob] });
    const more = rest[0]?.type === 'joined' ? 'joined is for the others, he is in the snapshot already' : 'one init was all that he was to get';
    if (rest.length > 0) fail(`Bob, who has just joined, was sent ${show(rest[0])} after his init: ${more}.`);
  });
  check('the others hear joined, once', async () => {
    const { chat, come } = await open();
    const [first, elsewhere, newcomer] = [await come('Ann', 'lobby'), await come('Eve', 'kitchen'), await come('Bob')];
    chat.join(newcomer.member, 'lobby');
    expect(await first.heard(), 'Bob joined the lobby. Ann, who is there, was to hear joined, and nothing else.').toEqual([{ type: 'joined', ...bob }]);
    expect(await elsewhere.heard(), 'Bob joined the lobby, and Eve in the kitchen heard of it.').toEqual([]);
  });
  check('two tabs are one user: no second joined, one entry among those online', async () => {
    const { chat, come } = await open();
    const [first, tab] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    const secondTab = await come('Bob');
    chat.join(secondTab.member, 'lobby');
    const { init } = await firstTo(secondTab, "Bob's second tab joined the lobby, where Ann and his first tab are");
    expect(init, "Bob's second tab joined the lobby, and got a wrong init: he is one person, and stands in it once.").toMatchObject({ type: 'init', onlineUsers: [ann, bob] });
    expect(await first.heard(), "Bob opened a second tab, and Ann heard of it: he has been there all the time.").toEqual([]);
    expect(await tab.heard(), "Bob opened a second tab, and his first one heard of it.").toEqual([]);
  });
  check('a tab in another room: here the user is new', async () => {
    const { chat, come } = await open();
    const [first, inKitchen, secondTab] = [await come('Ann', 'lobby'), await come('Eve', 'kitchen'), (await come('Bob', 'kitchen'), await come('Bob'))];
    chat.join(secondTab.member, 'lobby');
    expect(await inKitchen.heard(), 'Bob has a tab in the kitchen, and joined the lobby with another one. Eve in the kitchen heard of it: nothing has changed there.').toEqual([]);
    expect(await first.heard(), 'Bob has a tab in the kitchen, and joined the lobby with another one. Ann in the lobby was to hear joined: is it asked whether he is in this room, or anywhere?').toEqual([{ type: 'joined', ...bob }]);
  });
  check('joining again gives a fresh init, and is no news to the others', async () => {
    const { chat, come } = await open();
    const [first, again] = [await come('Ann', 'lobby'), await come('Bob')];
    chat.join(again.member, 'lobby');
    chat.join(again.member, 'lobby');
    const types = (await again.heard()).map(({ type }) => type);
    expect(types, 'Bob joined the lobby twice in a row, and was to get an init each time.').toEqual(['init', 'init']);
    expect(await first.heard(), 'Bob joined twice in a row, and Ann was to hear it once.').toEqual([{ type: 'joined', ...bob }]);
  });
  check('who has left and comes back is new again', async () => {
    const { chat, come } = await open();
    const [first, again] = [await come('Ann', 'lobby'), await come('Bob')];
    chat.join(again.member, 'lobby');
    chat.rooms.remove(again.member);
    chat.join(again.member, 'lobby');
    const joined = { type: 'joined', ...bob };
    expect(await first.heard(), 'Bob joined the lobby, left it, and joined it again. Ann was to hear joined both times: she saw him leave.').toEqual([joined, joined]);
  });
  check('two people may have one name', async () => {
    const { chat, come } = await open();
    const [first, newcomer] = [await come('Ann', 'lobby'), await come('Ann', undefined, 'id of another Ann')];
    chat.join(newcomer.member, 'lobby');
    expect(await first.heard(), 'Another Ann, with a userId of her own, joined the lobby. The first one was to hear it: it is the userId that says who somebody is.').toEqual([{ type: 'joined', userId: 'id of another Ann', name: 'Ann' }]);
  });
  check('what comes next comes behind init, and behind joined', async () => {
    const { chat, come } = await open();
    const [first, newcomer] = [await come('Ann', 'lobby'), await come('Bob')];
    chat.join(newcomer.member, 'lobby');
    for (const { member } of [first, newcomer]) member.send(next);
    const types = async (person: Person): Promise<string[]> => (await person.heard()).map(({ type }) => type);
    expect(await types(newcomer), 'Bob joined the lobby, and a message went out right behind it. To Bob it was not [init, that message]: is init sent later than in join itself?').toEqual(['init', next.type]);
    expect(await types(first), 'Bob joined the lobby, and a message went out right behind it. To Ann it was not [joined, that message]: is joined sent later than in join itself?').toEqual(['joined', next.type]);
  });
  check('a room is whatever it is called', async () => {
    const { chat, come } = await open();
    for (const room of ['__proto__', 'constructor', '0', 'Lobby', '🚀']) {
      const person = await come(`Guest of ${room}`);
      chat.join(person.member, room);
      const { init } = await firstTo(person, `Somebody joined the room called ${show(room)}`);
      expect(init, `Somebody joined the room called ${show(room)}, and got a wrong init.`).toMatchObject({ type: 'init', room, onlineUsers: [{ userId: `id of Guest of ${room}` }] });
    }
  });
  check('what is for the room goes through this.deliver', async () => {
    const { chat, come, toRooms } = await openFor('join', openChatThatRecords);
    const [first, newcomer] = [await come('Ann', 'lobby'), await come('Bob')];
    chat.join(newcomer.member, 'lobby');
    await toRooms('Bob joined the lobby', [{ room: 'lobby', message: { type: 'joined', ...bob } }], first);
  });
});

exercise('3.3 Chat: broadcast', (check) => {
  const open = () => openFor('broadcast', openChat);
  const message = { type: 'typing', userId: 'id of Ann', name: 'Ann' } as const;
  /** The TCP connection under the server's end: corked, it keeps back what is sent. */
  const tcpOf = ({ member }: Person) => (member.socket as unknown as { _socket: { cork(): void; uncork(): void } })._socket;

  check('everyone in the room hears it, once, as text; nobody else does', async () => {
    const { chat, come } = await open();
    const [first, second, elsewhere, nowhere] = [await come('Ann', 'lobby'), await come('Bob', 'lobby'), await come('Eve', 'kitchen'), await come('Joe')];
    const secondTab = await come('Bob', 'lobby');
    chat.broadcast('lobby', message);
    expect(await secondTab.heard(), "A message went to the lobby. Bob has two tabs there, and the second one was to hear it as well, once.").toEqual([message]);
    for (const person of [first, second]) expect(await person.heard(), `A message went to the lobby. ${person.member.user.name}, who is there, was to hear it, once.`).toEqual([message]);
    expect(await elsewhere.heard(), 'Eve is in the kitchen: what is said in the lobby is not for her.').toEqual([]);
    expect(await nowhere.heard(), 'Joe has joined no room, and hears what is said in one.').toEqual([]);
  });
  check('except names a user: none of the user’s tabs hears it', async () => {
    const { chat, come } = await open();
    const [tab, otherTab, other] = [await come('Ann', 'lobby'), await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    chat.broadcast('lobby', message, 'id of Ann');
    const heard = await other.heard();
    if (heard.length === 0) fail('Everyone was to hear it except Ann. Bob, who stands behind her in the room, heard nothing: `return` ends the loop, `continue` skips one.');
    expect(heard, 'Everyone was to hear it except Ann. Bob was to hear it once.').toEqual([message]);
    expect(await tab.heard(), 'Everyone was to hear it except Ann, and Ann heard it.').toEqual([]);
    expect(await otherTab.heard(), "Everyone was to hear it except Ann, and Ann's other tab heard it.").toEqual([]);
    chat.broadcast('lobby', { ...message }, 'id of Bob');
    expect(await tab.heard(), "The message has Ann's userId, and everyone was to hear it except Bob. Ann was to hear it: `except` says who does not.").toEqual([message]);
    expect(await other.heard(), "The message has Ann's userId, and everyone was to hear it except Bob. Bob heard it.").toEqual([]);
  });
  check('it is turned into JSON once, however many hear it', async () => {
    const { chat, come } = await open();
    const people = [];
    for (let i = 0; i < 5; i++) people.push(await come(`Guest ${i}`, 'lobby'));
    let times = 0;
    const counted = { ...message, toJSON: () => (times++, message) };
    chat.broadcast('lobby', counted);
    for (const person of people) expect(await person.heard(), 'A message went to the lobby, where five people are. One of them did not hear it, or not once.').toEqual([message]);
    expect(times, 'Turned into JSON too often for one message to five people. The same bytes do for all of them.').toBe(1);
  });
  check('one that is closing, and one whose send fails, cost the others nothing', async () => {
    const { chat, come } = await open();
    const people = [await come('Ann', 'lobby'), await come('Bob', 'lobby'), await come('Eve', 'lobby'), await come('Joe', 'lobby')];
    const held = tcpOf(people[0]);
    held.cork(); // so the close frame is still on its way
    people[0].member.socket.close();
    people[1].member.socket.send = () => {
      throw new Error('a send that fails');
    };
    const thrown = thrownBy(() => chat.broadcast('lobby', message));
    if (thrown !== undefined) fail(`One send failed, and broadcast threw ${show(String(thrown))}: whoever stands behind that one in the room hears nothing. member.send never throws.`);
    held.uncork();
    const { code } = await people[0].client.closed("the end of the connection that was closing");
    expect(code, 'A connection was closing, and broadcast cut it off: its client was to get the close frame without a code (1005), and not 1006.').toBe(1005);
    expect([...chat.rooms.members('lobby')].length, 'broadcast took a connection out of the room that was closing, or could not be sent to. leave does that when it is closed, and tells the others; now nobody would hear left.').toBe(4);
    for (const person of people.slice(2)) expect(await person.heard(), 'One connection in the room is closing, and another cannot be sent to. The healthy two behind them were to hear the message all the same.').toEqual([message]);
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
      expect(names, `Three messages went to the lobby, by "Ann", "next" and "Ann", and one more behind them. ${person.member.user.name} was to hear all of them, in this order.`).toEqual(['Ann', 'next', 'Ann', 'last']);
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

exercise('3.4 Chat: setName', (check) => {
  const open = () => openFor('setName', openChatThatSpeaks);
  const renamed = { type: 'renamed', userId: 'id of Ann', name: 'Anna' } as const;

  check('everyone in the room hears renamed, once, the user too', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    chat.setName(user.member, 'Anna');
    expect(await user.heard(), 'Ann calls herself Anna now. She was to hear renamed with the new name herself: that is how her page knows that it was accepted.').toEqual([renamed]);
    expect(await other.heard(), 'Ann calls herself Anna now. Bob, in the same room, was to hear renamed, once.').toEqual([renamed]);
    expect(user.member.user.name, 'Ann calls herself Anna now. Her connection, the only one, has another name.').toBe('Anna');
  });
  check('the new name stands everywhere from now on', async () => {
    const { chat, come } = await open();
    const [user, tab] = [await come('Ann', 'lobby'), await come('Ann', 'lobby')];
    chat.setName(user.member, 'Anna');
    expect(user.member.user.name, 'Ann calls herself Anna now. The tab where she said so has another name.').toBe('Anna');
    expect(tab.member.user.name, 'Ann calls herself Anna now. Her other tab has another name.').toBe('Anna');
    expect(chat.rooms.users('lobby'), 'Ann calls herself Anna now. The list of those online has another name.').toEqual([{ userId: 'id of Ann', name: 'Anna' }]);
    expect(chat.users.get('id of Ann')?.name, 'Ann calls herself Anna now. The tab that she opens next would get another name.').toBe('Anna');
    for (const { member } of [user, tab]) chat.users.release(member.user);
    expect(chat.users.size, 'Ann changed her name, then both her tabs were closed, and chat.users still counts her: hold and release are for a connection that comes and goes.').toBe(0);
  });
  check('two tabs in two rooms: both rooms hear it', async () => {
    const { chat, come } = await open();
    const user = await come('Ann', 'lobby');
    await come('Ann', 'kitchen');
    const [inLobby, inKitchen, inAttic] = [await come('Bob', 'lobby'), await come('Eve', 'kitchen'), await come('Joe', 'attic')];
    chat.setName(user.member, 'Anna');
    expect(await inLobby.heard(), 'Ann has a tab in the lobby and one in the kitchen, and changed her name. Bob in the lobby was to hear renamed.').toEqual([renamed]);
    expect(await inKitchen.heard(), "Ann has a tab in the lobby and one in the kitchen, and changed her name in the lobby. Eve, in the room of Ann's other tab, was to hear renamed.").toEqual([renamed]);
    expect(await inAttic.heard(), 'Ann changed her name, and Joe heard of it in the attic, where she is not.').toEqual([]);
  });
  check('two tabs in one room: it is said once', async () => {
    const { chat, come } = await open();
    const [user, tab, other] = [await come('Ann', 'lobby'), await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    chat.setName(user.member, 'Anna');
    expect(await tab.heard(), 'Ann has two tabs in the lobby, and changed her name in one of them. The other one was to hear it, once: it shows the name as well.').toEqual([renamed]);
    expect(await other.heard(), 'Ann has two tabs in the lobby, and changed her name once. Bob was to hear it once.').toEqual([renamed]);
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
    expect(namesake.member.user.name, 'There are two people called Ann, each with a userId of her own. One changed her name, and the other one has a new name, too.').toBe('Ann');
    chat.setName(namesake.member, 'Anna');
    const both = [renamed, { ...renamed, userId: 'id of another Ann' }];
    expect(await user.heard(), 'Two people called Ann became Anna, one after the other. Both were to be renamed: a name may be taken more than once, the userId says who is who.').toEqual(both);
  });
  check('each time, and at once', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    for (const name of ['Anna', 'Annie']) {
      chat.setName(user.member, name);
      other.member.send(next);
    }
    expect(await other.heard(), 'Ann changed her name twice, and behind each time a message went to Bob. He was to hear renamed, the message, renamed, the message.').toEqual([renamed, next, { ...renamed, name: 'Annie' }, next]);
  });
});

exercise('3.5 Chat: leave', (check) => {
  const open = () => openFor('leave', openChatThatSpeaks);
  const left = { type: 'left', userId: 'id of Ann', name: 'Ann' } as const;

  check('the others hear left, and the user is gone from the room', async () => {
    const { chat, come } = await open();
    const [user, other, elsewhere] = [await come('Ann', 'lobby'), await come('Bob', 'lobby'), await come('Eve', 'kitchen')];
    chat.leave(user.member);
    if (user.member.socket.readyState !== WebSocket.OPEN) fail("leave closed Ann's connection. It only takes it out of the room: a page that changes rooms leaves one, and goes on.");
    expect(await other.heard(), 'Ann left the lobby. Bob, who is there, was to hear left, once.').toEqual([left]);
    expect(await user.heard(), 'Ann left the lobby, and was told so herself: left is for the others.').toEqual([]);
    expect(await elsewhere.heard(), 'Ann left the lobby, and Eve in the kitchen heard of it.').toEqual([]);
    expect(chat.rooms.users('lobby'), 'Ann left the lobby: a ghost is left among those online.').toEqual([{ userId: 'id of Bob', name: 'Bob' }]);
    expect(user.member.room, 'Ann left the lobby, and her connection says that it is still in it: use this.rooms.remove.').toBeUndefined();
    expect(chat.users.size, 'Ann left the lobby, and chat.users counts another number of people than the three who are connected. Her connection may go on to another room: the server releases it when it closes.').toBe(3);
  });
  check('exactly once, however often it is called', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    // A connection that breaks can say so several times: an error, a close, a heartbeat that terminates it.
    for (let i = 0; i < 3; i++) {
      const thrown = thrownBy(() => chat.leave(user.member));
      if (thrown !== undefined) fail(`leave threw ${show(String(thrown))} for a connection that is in no room any more.`);
    }
    expect(await other.heard(), 'leave was called three times for one connection (error, close, terminate). Bob was to hear left once.').toEqual([left]);
  });
  check('one who was in no room leaves without a word', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann'), await come('Bob', 'lobby')];
    const thrown = thrownBy(() => chat.leave(user.member));
    if (thrown !== undefined) fail(`leave threw ${show(String(thrown))} for a connection that never joined a room.`);
    expect(await other.heard(), 'Ann closed her tab before she joined a room, and Bob in the lobby heard something.').toEqual([]);
  });
  check('one of two tabs leaves: the user is still there', async () => {
    const { chat, come } = await open();
    const [tab, otherTab, other] = [await come('Ann', 'lobby'), await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    chat.leave(tab.member);
    expect(await other.heard(), "Ann closed one of her two tabs, and Bob was told that she left.").toEqual([]);
    expect(chat.rooms.has('lobby', 'id of Ann'), 'Ann closed one of her two tabs. Is she still in the room?').toBe(true);
    chat.leave(otherTab.member);
    expect(await other.heard(), 'Ann closed the last of her tabs. Bob was to hear left, once.').toEqual([left]);
  });
  check('a tab in another room does not keep the user in this one', async () => {
    const { chat, come } = await open();
    const [tab, other, inKitchen] = [await come('Ann', 'lobby'), await come('Bob', 'lobby'), await come('Eve', 'kitchen')];
    await come('Ann', 'kitchen');
    chat.leave(tab.member);
    expect(await inKitchen.heard(), "Ann closed her tab in the lobby; her other tab is in the kitchen. Eve in the kitchen heard of it: nothing has changed there.").toEqual([]);
    expect(chat.rooms.has('kitchen', 'id of Ann'), 'Ann closed her tab in the lobby; her other tab is in the kitchen. Is it still there?').toBe(true);
    expect(await other.heard(), 'Ann closed her only tab in the lobby; her other tab is in the kitchen. Bob in the lobby was to hear left: without it she stays in his list as a ghost.').toEqual([left]);
  });
  check('a namesake does not keep the user in the room', async () => {
    const { chat, come } = await open();
    const [user, namesake] = [await come('Ann', 'lobby'), await come('Ann', 'lobby', 'id of another Ann')];
    chat.leave(user.member);
    expect(await namesake.heard(), 'There were two people called Ann in the lobby, each with a userId of her own. One left, and the other one was to hear it.').toEqual([left]);
  });
  check('each time, and at once', async () => {
    const { chat, come } = await open();
    const [user, other] = [await come('Ann', 'lobby'), await come('Bob', 'lobby')];
    for (let i = 0; i < 2; i++) {
      chat.rooms.add('lobby', user.member);
      chat.leave(user.member);
      other.member.send(next);
    }
    expect(await other.heard(), 'Ann left the lobby, came back and left again, and behind each time a message went to Bob. He was to hear left, the message, left, the message.').toEqual([left, next, left, next]);
  });
  check('what is for the room goes through this.deliver, and nothing goes to no room', async () => {
    const { chat, come, toRooms, delivered } = await openFor('leave', openChatThatRecords);
    const [user, other, nowhere] = [await come('Ann', 'lobby'), await come('Bob', 'lobby'), await come('Eve')];
    chat.leave(user.member);
    await toRooms('Ann left the lobby', [{ room: 'lobby', message: left }], other);
    chat.leave(user.member);
    chat.leave(nowhere.member);
    expect(delivered.slice(1), 'leave was called for a connection that is in no room, any more or yet, and something was delivered.').toEqual([]);
  });
  check('with its last member a room is gone', async () => {
    const { chat, come } = await open();
    const user = await come('Ann', 'lobby');
    chat.leave(user.member);
    expect(chat.rooms.size, 'The last member left: a room that stays costs memory for ever, and anybody can open any number of them.').toBe(0);
  });
});

exercise('3.6 allowedOrigin', (check) => {
  const HOST = 'localhost:8080';
  const cases: [boolean, string, string | undefined, string | undefined, string[]?][] = [
    [true, "the server's own page", 'http://localhost:8080', HOST],
    [true, 'its own page over TLS', 'https://chat.example', 'chat.example'],
    [true, 'a listed origin', 'https://app.example', HOST, ['https://www.example', 'https://app.example']],
    [true, "the server's own page, where another origin is listed", 'http://localhost:8080', HOST, ['https://app.example']],
    [true, 'the own page at an IPv6 address', 'http://[::1]:8080', '[::1]:8080'],
    [true, 'no Origin: a program, not a browser', undefined, HOST],
    [false, 'another site', 'https://evil.example', HOST],
    [false, 'another port of the same machine: another origin', 'http://localhost:3000', HOST],
    [false, 'a name that begins like the own one', 'http://localhost:8080.evil.example', HOST],
    [false, 'a name that ends like the own one', 'https://evilchat.example', 'chat.example'],
    [false, 'a name below the own one: who has it may be somebody else', 'https://pages.chat.example', 'chat.example'],
    [false, 'a name with another character for the dot', 'https://chat-example', 'chat.example'],
    [false, 'another name for the same machine: another origin', 'http://127.0.0.1:8080', HOST],
    [false, 'a name below a listed one', 'https://pages.app.example', HOST, ['https://app.example']],
    [false, 'the first part of a listed one', 'https://app.example', HOST, ['https://app.example.org']],
    [false, 'a name that begins like a listed one', 'https://app.example.evil.example', HOST, ['https://app.example']],
    [false, 'a listed name without TLS: another origin', 'http://app.example', HOST, ['https://app.example']],
    [false, 'null: a sandboxed frame, or a file', 'null', HOST],
    [false, 'an Origin, and no Host to compare it with', 'http://localhost:8080', undefined],
    [false, 'null, and no Host either', 'null', undefined],
  ];
  for (const [allowed, what, origin, host, listed] of cases) {
    check(`${allowed ? 'allowed' : 'refused'}: ${what}`, async () => {
      const { allowedOrigin } = await load(() => import('#day3/auth.ts'), 'allowedOrigin');
      const asked = `Origin ${show(origin)}, Host ${show(host)}${listed ? `, listed ${show(listed)}` : ', called without a list'}`;
      const before = listed && [...listed];
      let answer: unknown;
      const thrown = thrownBy(() => (answer = listed ? allowedOrigin(origin, host, listed) : allowedOrigin(origin, host)));
      expect(listed, `It changed the list that it was given, which the server passes in for every handshake (${asked}).`).toEqual(before);
      if (thrown !== undefined) fail(`It threw ${show(String(thrown))} on ${asked}. Any program can send such a header, and the server would be down.`);
      if (answer !== allowed) fail(`${allowed ? 'Refused' : 'Let through'}: ${what} (${asked}). It gave ${show(answer)}; ${allowed} was expected.`);
    });
  }
});

exercise('3.7 authenticate', (check) => {
  /** A server whose door the learner keeps. Nothing else of the chat is behind it. */
  async function open({ life = 60_000, ready = Promise.resolve() as Promise<unknown>, known = (user: User | undefined) => user } = {}) {
    const { authenticate } = await load(() => import('#day3/auth.ts'), 'authenticate');
    let time = 1_000_000;
    const tokens = new Tokens({ life, now: () => time });
    const server = createServer();
    const wss = new WebSocketServer({ noServer: true, handleProtocols: () => 'chat' });
    let connections = 0;
    let trouble: ((what: string) => string) | undefined;
    const answers: string[] = [];
    server.on('upgrade', (request, socket, head) => {
      const verify = async (token: string) => (await ready, known(tokens.verify(token)));
      const door = doorOf({ request, socket, head }, wss, verify, (connection, user) => {
        connections++;
        connection.on('error', () => {});
        connection.on('message', () => connection.send(JSON.stringify(user)));
      });
      let answered = false;
      const watched: Door = {
        ...door,
        open(user) {
          answered = true;
          if (user instanceof Promise) trouble ??= () => 'door.open got a promise, not a user: `await` is missing before door.verify. Everybody would come in.';
          answers.push('open');
          door.open(user);
        },
        refuse(status) {
          answered = true;
          if (!(Number(status) >= 400 && Number(status) <= 599)) trouble ??= () => `door.refuse got ${show(status)}, which is no HTTP status for a refusal. There is no WebSocket yet, and so no close code: the answer is one of HTTP, 401.`;
          answers.push('refuse');
          door.refuse(status);
        },
      };
      const end = (say: (what: string) => string): void => {
        trouble ??= say;
        door.refuse(503); // nobody has to wait for what will not come
      };
      (async () => authenticate(watched))().then(
        () => answered || end((what) => `authenticate was over, and ${what} had no answer: neither door.open nor door.refuse was called. Is it left out for this case, or is an \`await\` or a \`return\` missing?`),
        (error: unknown) => end((what) => `It threw ${show(String(error))} on ${what}. To that the server answers 503, "ask later". For a bad token: door.refuse(401).`),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onCleanUp(() => {
      for (const socket of wss.clients) socket.terminate();
      server.close();
      server.closeAllConnections();
    });
    const { port } = server.address() as AddressInfo;
    const url = `ws://127.0.0.1:${port}`;
    /** Fails where something was seen that says more than the answer. */
    const judge = (what: string): void => {
      if (trouble) fail(trouble(what));
    };
    /** A second answer has no effect, for this door. It is a mistake all the same: it shows that the function goes on. */
    const answeredOnce = (what: string): void => {
      if (answers.length > 1) fail(`It answered ${what} twice: first door.${answers.join(', then door.')}. One of them answers it: is a \`return\` or an \`else\` missing?`);
      answers.length = 0;
    };
    /** The status with which a handshake is refused; 101 where it is not. */
    const statusFor = async (...protocols: string[]): Promise<number> => {
      const socket = new WebSocket(url, ['chat', ...protocols]);
      onCleanUp(() => socket.terminate());
      socket.on('error', () => {});
      const refused = once(socket, 'unexpected-response').then(([request, response]) => {
        request.destroy();
        return response.statusCode as number;
      });
      return within(Promise.race([refused, once(socket, 'open').then(() => 101)]), 'an answer to the handshake', () => 'The client is left waiting: neither door.open nor door.refuse was called.');
    };
    const refused = async (what: string, ...protocols: string[]): Promise<void> => {
      const status = await statusFor(...protocols).catch((error) => (judge(what), fail(`The answer to ${what} cannot be read: ${error.message}.`)));
      judge(what);
      if (status === 101) fail(`Let in: ${what}. The handshake was answered with 101; 401 was expected.`);
      expect(status, `Refused, but with the wrong status: ${what}.`).toBe(401);
      expect(connections, `It answered 401, and opened a connection all the same: ${what}.`).toBe(0);
      answeredOnce(what);
    };
    /** Whom the server believes somebody to be who comes with a good token. */
    const userOf = async (token: string): Promise<unknown> => {
      const client = await connect(url, { protocols: ['chat', `token.${token}`] }).catch((error) => (judge('a good token'), fail(`Ann came with a good token, and was not let in. ${error.message}`)));
      judge('a good token');
      client.send('Who am I?');
      const { text } = await client.next('who the server believes the client to be');
      answeredOnce('a good token');
      connections = 0;
      return JSON.parse(text);
    };
    return { tokens, port, judge, refused, userOf, pass: (ms: number) => (time += ms) };
  }
  const forge = (token: string): string => {
    const [body, signature] = token.split('.');
    const claims = JSON.parse(String(Buffer.from(body, 'base64url')));
    return `${Buffer.from(JSON.stringify({ ...claims, name: 'The boss', userId: 'boss' })).toString('base64url')}.${signature}`;
  };

  check('a good token opens the connection, in the name for which it was signed', async () => {
    const { tokens, userOf } = await open();
    const { token, userId } = tokens.issue('Ann');
    expect(await userOf(token), 'Ann came with a good token, and the connection was opened in the name of another user.').toEqual({ userId, name: 'Ann' });
  });
  check('the user is the one that door.verify gives', async () => {
    const { tokens, userOf } = await open({ known: (user) => user && { ...user, name: 'Ann Lee' } });
    const { token, userId } = tokens.issue('Ann');
    expect(await userOf(token), "door.verify asked its database, and gave Ann Lee for the token. The connection was opened in another name: take what verify gives, not what the token says of itself.").toEqual({ userId, name: 'Ann Lee' });
  });
  check('no token: 401 in place of the 101', async () => {
    const { refused } = await open();
    await refused('a handshake without any token');
  });
  check('a token that somebody has written without the secret: 401', async () => {
    const { tokens, refused } = await open();
    await refused('a token with other words under an old signature', `token.${forge(tokens.issue('Ann').token)}`);
    await refused("a token signed with another server's secret", `token.${new Tokens().issue('Ann').token}`);
    await refused('the token "nonsense"', 'token.nonsense');
    await refused('an empty token', 'token.');
  });
  check('a token that has expired: 401', async () => {
    const { tokens, refused, userOf, pass } = await open({ life: 60_000 });
    const { token } = tokens.issue('Ann');
    await userOf(token);
    pass(60_001);
    await refused('a token that was good once, and expired a millisecond ago', `token.${token}`);
  });
  check('nothing is answered before the token is verified, however long that takes', async () => {
    let verified = (): void => {};
    const { tokens, port, judge } = await open({ ready: new Promise<void>((resolve) => (verified = resolve)) });
    const peer = await rawConnect(port, { upgrade: false });
    peer.write(handshake(`token.${forge(tokens.issue('Ann').token)}`));
    // An ordinary request behind it: a server that is still waiting has answered neither.
    const other = await rawConnect(port, { upgrade: false });
    other.write(handshake('token.nonsense'));
    await new Promise((resolve) => setImmediate(resolve));
    verified();
    const head = await peer.takeUntil('\r\n\r\n', 'the answer to a handshake with a forged token');
    judge('a forged token');
    if (!head.startsWith('HTTP/1.1 401 ')) fail(`Let in: a forged token, while it was still being verified. The answer was ${show(head.split('\r\n')[0])}; is there an await before verify?`);
    await peer.end('the end of the TCP connection after 401');
    await other.end('the end of the other TCP connection after 401');
  });
  check('nobody can be asked whom the token is for: the error comes out, and nobody comes in', async () => {
    const { authenticate } = await load(() => import('#day3/auth.ts'), 'authenticate');
    let opened = false;
    let status: number | undefined;
    const door: Door = {
      token: 'a.token',
      verify: async () => {
        throw new Error('the database is down');
      },
      claimed: () => ({ userId: 'boss', name: 'The boss' }),
      open: () => void (opened = true),
      refuse: (code) => void (status ??= code),
    };
    let thrown = false;
    await (async () => authenticate(door))().catch(() => (thrown = true));
    // Who does not wait for door.verify may still answer in this turn; an error that nobody catches ends the process after it.
    for (let i = 0; i < 20; i++) await undefined;
    const what = 'door.verify rejected, for its database is down: the server could not ask whom the token is for';
    if (opened) fail(`${what}, and let the stranger in. Let the error out: the caller answers 503.`);
    if (status !== undefined && status !== 503) fail(`${what}, and answered ${status}, as if the token were bad. Let the error out: the caller answers 503.`);
    if (!thrown && status === undefined) fail(`${what}, and authenticate was over without an answer and without the error. Was it swallowed, so that the client waits for ever, or does nobody catch it now, so that the server would be down? \`await\` or \`return\` what door.verify gives, and let the error out: the caller answers 503.`);
  });
});

const handshake = (protocol: string): string =>
  'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat, ${protocol}\r\n\r\n`;
