import { fail, show, type Trial } from '#kit';
import type { ServerMessage } from '#day3/given/server-messages.ts';
import { expectHeard, openChat, type Person } from './chat.ts';

/** The names in the last `init` among these messages. */
const namesIn = (messages: ServerMessage[]): string[] | undefined =>
  messages
    .flatMap((message) => (message.type === 'init' ? [message.onlineUsers.map(({ name }) => name).sort()] : []))
    .at(-1);

export const PEOPLE_TRIALS: Trial[] = [
  {
    tried: 'Eve opens three tabs, joins again and again, and changes the room',
    blames: '3.2',
    async run() {
      const { come, coupleInLobby } = await openChat(['join']);
      const [, bob] = await coupleInLobby();
      const tabs: Person[] = [];
      for (let i = 0; i < 3; i++) {
        tabs.push(await come('Eve', 'lobby'));
        for (let again = 0; again < i; again++) tabs[i].say({ type: 'join', room: 'lobby' });
        const heard = await tabs[i].heard();
        const [first] = heard;
        if (first?.type !== 'init')
          fail(`A tab joined. The first message that it got is ${show(first)}. Expected init.`);
        if (show(namesIn(heard)) !== show(['Ann', 'Bob', 'Eve']))
          fail(`Ann, Bob and Eve are in the lobby. The list in Eve's init is ${show(namesIn(heard))}.`);
        if (heard.length !== i + 1)
          fail(`A tab joined ${i + 1} times and got ${heard.length} messages. Expected one init each time.`);
      }
      expectHeard(await bob.briefly(), ['joined Eve'], 'Eve came to the lobby in three tabs. Bob');
      tabs[0].say({ type: 'join', room: 'cellar' });
      if (show(namesIn(await tabs[0].heard())) !== show(['Eve']))
        fail('Eve went to another room alone, and its list has others in it.');
      return 'Everybody got init first, with the right list. Bob heard of Eve once.';
    },
  },
  {
    tried: 'Ann says ten things in a room of 20 people with 40 tabs',
    blames: '3.3',
    async run() {
      const { come, coupleInLobby } = await openChat(['broadcast']);
      const [ann] = await coupleInLobby();
      const tabs: Person[] = [];
      for (let i = 0; i < 40; i++) tabs.push(await come(`Person ${i % 20}`, 'lobby'));
      for (const tab of tabs) await tab.heard();
      await ann.heard();
      const words = Array.from({ length: 10 }, (_, i) => `word ${i}`);
      for (const text of words) ann.say({ type: 'chat', text });
      for (const person of [ann, ...tabs])
        expectHeard(await person.briefly(), words, `Ann said ten things. ${person.name}`);
      const zoes = [await come('Zoe', 'lobby'), await come('Zoe', 'lobby')];
      for (const zoe of zoes) expectHeard(await zoe.briefly(), ['init'], 'Zoe came in two tabs. One of these');
      for (const person of [ann, ...tabs])
        expectHeard(await person.briefly(), ['joined Zoe'], `Zoe came. ${person.name}`);
      return 'Everyone, in every tab, heard each of them once and in order. So did Ann.';
    },
  },
  {
    tried: 'Eve renames herself to <script>, in two tabs',
    blames: '3.4',
    async run() {
      const { come, coupleInLobby } = await openChat(['setName']);
      const [, bob] = await coupleInLobby();
      const tabs = [await come('Eve', 'lobby'), await come('Eve', 'cellar')];
      for (const tab of tabs) await tab.heard();
      await bob.heard();
      const name = '<script>alert(1)</script>';
      tabs[0].say({ type: 'setName', name });
      expectHeard(await tabs[0].briefly(), [`renamed ${name}`], 'Eve changed her name. The tab in which she did it');
      for (const who of [bob, tabs[1]])
        expectHeard(
          await who.briefly(),
          [`renamed ${name}`],
          `Eve changed her name. ${who === bob ? 'Bob' : 'Her other tab, in another room,'}`,
        );
      tabs[1].say({ type: 'chat', text: 'It is me.' });
      const [said] = await tabs[1].heard();
      if (said?.type !== 'chat' || said.name !== name)
        fail(`Eve spoke in her other tab. The message is ${show(said)}. Expected the new name.`);
      return 'Everyone in both rooms heard renamed, once. Pages show such a name as text.';
    },
  },
  {
    tried: 'Eve closes her three tabs, one after the other, then comes back',
    blames: '3.5',
    async run() {
      const { chat, come, coupleInLobby } = await openChat(['leave']);
      const [, bob] = await coupleInLobby();
      for (let round = 1; round <= 3; round++) {
        const tabs = [await come('Eve', 'lobby'), await come('Eve', 'lobby'), await come('Eve', 'lobby')];
        for (const tab of tabs) await tab.heard();
        for (const tab of tabs.slice(1)) await tab.hangUp();
        expectHeard(
          (await bob.briefly()).filter((words) => words.startsWith('left')),
          [],
          'Two of three tabs are closed. Bob',
        );
        await tabs[0].hangUp();
        expectHeard(await bob.briefly(), ['left Eve'], 'The last tab is closed. Bob');
        const there = chat.rooms.users('lobby').map(({ name }) => name);
        if (show(there) !== show(['Ann', 'Bob']))
          fail(`Eve has left, and the lobby's list is ${show(there)}: a ghost.`);
      }
      return 'Bob heard left once, after the last tab, each time. No ghost stayed on the list.';
    },
  },
];
