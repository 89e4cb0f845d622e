/** One client must not flood a chat: the servers of days 3 to 5 have a rate limit. After an outage a whole outbox must pass. */
import { exercise, expect, onCleanUp } from '#kit';
import type { Issued } from '#day3/given/tokens.ts';
import { LIMITS } from '#day3/given/limits.ts';
import { Outbox } from '#solutions/day4-reconnect/bonus/outbox.ts';
import { person } from '../helpers/day5/nodes.ts';
import { startServer } from '../helpers/start-server.ts';

/** More than any of these servers lets through at once, even if it takes the machine half a minute to send them. */
const FLOOD = 400;

const SERVERS = [
  { path: 'day3-chat/server.ts', atOnce: LIMITS.burst - 1 }, // one is for `join`
  { path: 'day4-reconnect/server.ts', atOnce: new Outbox().limit },
  { path: 'day5-scaling/server.ts', atOnce: new Outbox().limit },
];

exercise('the rate limit', (check) => {
  for (const { path, atOnce } of SERVERS)
    check(`${path}: ${atOnce} messages at once arrive, and a flood is refused`, async () => {
      const env = { REDIS_URL: 'redis://127.0.0.1:1' };
      const server = await startServer(path, { solution: true, env });
      onCleanUp(() => server.stop());
      const answer = await fetch(`${server.url}/token`, { method: 'POST', body: JSON.stringify({ name: 'Ann' }) });
      const ann = await person(server.ws, (await answer.json()) as Issued);
      const texts = (label: string, count: number) => Array.from({ length: count }, (_, i) => `${label} ${i + 1}`);
      const say = (all: string[]) => all.forEach((text) => ann.say({ type: 'chat', text, key: text }));

      ann.say({ type: 'join', room: 'lobby' });
      say(texts('outbox', atOnce));
      const heard = await ann.upToText(`outbox ${atOnce}`);
      say(texts('flood', FLOOD));
      const refused = await ann.upTo(({ type }) => type === 'error', 'an error for the flood');

      expect(heard.flatMap((message) => (message.type === 'chat' ? [message.text] : []))).toEqual(
        texts('outbox', atOnce),
      );
      expect(refused.at(-1)).toMatchObject({ code: 'rate-limited' });
    });
});
