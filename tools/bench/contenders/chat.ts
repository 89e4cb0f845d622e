import { Tokens } from '#day3/given/tokens.ts';
import { createApp } from '#solutions/day3-chat/app.ts';
import type { Running } from '../contenders.ts';
import { runningChat } from '../running-chat.ts';

/** Day 3's reference solution, with all its parts except the rate limit. */
export async function start(): Promise<Running> {
  const tokens = new Tokens({ life: 3_600_000 });
  return runningChat(
    createApp({ tokens, page: (_, response) => void response.end(), parts: { rateLimit: undefined } }),
    tokens,
  );
}
