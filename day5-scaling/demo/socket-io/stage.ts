import { randomBytes } from 'node:crypto';
import { Tokens } from '#day3/given/tokens.ts';
import { inTime } from '#day5/given/for-bonus/in-time.ts';
import { listening } from '#tools/serve/ports.ts';
import type { Side } from './side.ts';

/** Two nodes of one chat, each on a free port. */
export interface Stage {
  ports: [number, number];
  tokens: Tokens;
  stop(): Promise<void>;
}

/** @param redisUrl a Redis that others may use, too: the channels have unique names */
export async function openStage(side: Side, redisUrl: string): Promise<Stage> {
  const settings = { redisUrl, prefix: `demo-${randomBytes(6).toString('hex')}`, tokens: new Tokens() };
  const nodes = [await side.createNode(settings), await side.createNode(settings)];
  const [one, two] = [await listening(nodes[0].server), await listening(nodes[1].server)];
  return {
    ports: [one, two],
    tokens: settings.tokens,
    async stop() {
      for (const node of nodes) await node.stop();
    },
  };
}

/** The promise, with a limit of 10 s. @param what it waits for, in words; the error says them */
export const soon = <T>(promise: Promise<T>, what: string): Promise<T> =>
  inTime(10_000, promise, () => new Error(`Nothing came for 10 s: ${what}.`));
