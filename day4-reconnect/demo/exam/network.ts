import { fail, fakeClock, show, type Trial } from '#kit';
import { readScript, ACTIONS } from '../chaos/script.ts';
import { openStage, pass, type Person } from './stage.ts';

/** What happens to the line, round by round. `stall` needs the silence to be noticed, the rest is noticed at once. */
const SCRIPT = 'cut, outage, outage, stall, stall, cut, refuse, cut, refuse, stall, heal, cut, cut, outage, heal';
const ROUNDS = 3;

export const CHAOS_TRIALS: Trial[] = [
  {
    tried: `The script of chaos.ts, ${ROUNDS} times over, while Ann and Bob talk: ${SCRIPT.split(', ').length * ROUNDS} faults`,
    blames: '4.4',
    together: true,
    async run() {
      const clock = fakeClock();
      const { wss, chaos, person } = await openStage();
      const people = [await person('Ann'), await person('Bob')];
      for (const { client } of people) client.start();
      const said = new Map(people.map(({ name }) => [name, [] as string[]]));
      const say = ({ name, client }: Person): void => {
        const words = said.get(name)!;
        const text = `${name} ${words.length + 1}`;
        if (client.send(text) === 'dropped')
          fail(`send() dropped "${text}". With an outbox it should be sent or queued.`);
        words.push(text);
      };
      await pass(clock, () => people.every(({ isJoined }) => isJoined()), 'Ann and Bob in the room', people);
      for (let round = 1; round <= ROUNDS; round++)
        for (const step of readScript(SCRIPT)) {
          for (const one of people) for (let i = 0; i < 3; i++) say(one);
          if ('name' in step) ACTIONS.find(({ name }) => name === step.name)?.act(chaos);
          for (const one of people) say(one);
          const isOpen = !chaos.weather.refuse && !chaos.weather.stall;
          const lost = (): boolean => people.every(({ client }) => client.state.name !== 'open');
          const back = (): boolean => people.every(({ isJoined, client }) => isJoined() && isQuiet(client.options));
          await pass(
            clock,
            isOpen ? back : lost,
            isOpen
              ? 'Ann and Bob in the room again'
              : `Ann and Bob noticing the fault "${'name' in step ? step.name : ''}"`,
            people,
          );
        }
      const all = [...said.values()].flat();
      await pass(
        clock,
        () => people.every(({ heard }) => chats(heard).length >= all.length),
        'the last message',
        people,
      );
      for (const { name, heard } of people) {
        if (heard.includes('gap'))
          fail(`${name} was told gap: the client did not ask for what came after the newest id.`, { blames: '4.7' });
        for (const [who, words] of said) {
          const got = chats(heard).filter((text) => text.startsWith(who));
          if (show(got) !== show(words) || got.length !== words.length) {
            const missing = words.filter((word) => !got.includes(word));
            fail(
              `${who} said ${words.length} things, and ${name} heard ${got.length}${missing.length ? `, without ${show(missing.slice(0, 3))}` : ', some twice or in another order'}.`,
              { blames: '4.7' },
            );
          }
        }
      }
      if (wss.clients.size > 2) fail(`Two clients have ${wss.clients.size} connections at the end.`);
      return `${all.length} messages, each heard by both, exactly once and in order, and nobody was told gap.`;
    },
  },
];

const chats = (heard: string[]): string[] => heard.filter((text) => /^(Ann|Bob) /.test(text));
/** Whether nothing waits in the outbox any more. */
const isQuiet = ({ outbox }: Person['client']['options']): boolean =>
  (outbox as { waiting?: unknown[] } | undefined)?.waiting?.length === 0;
