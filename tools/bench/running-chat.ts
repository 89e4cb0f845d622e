import type { Tokens } from '#day3/given/tokens.ts';
import type { createApp } from '#solutions/day3-chat/app.ts';
import { listening } from '#tools/serve/ports.ts';
import { MESSAGE, ROOM, type Running } from './contenders.ts';

/** The course's chat as a contender. All clients are tabs of one user: otherwise a thousand joins would send a million `joined` messages. */
export async function runningChat({ server, chat }: ReturnType<typeof createApp>, tokens: Tokens): Promise<Running> {
  return {
    port: await listening(server),
    speech: {
      path: '/',
      protocols: ['chat', `token.${tokens.issue(MESSAGE.name).token}`],
      join: JSON.stringify({ type: 'join', room: ROOM }),
      ready: '{"type":"init"',
      delivery: '{"type":"chat"',
      say: JSON.stringify({ type: 'chat', text: MESSAGE.text }),
    },
    broadcast: () => chat.deliver(ROOM, { type: 'chat', ...MESSAGE }),
  };
}
