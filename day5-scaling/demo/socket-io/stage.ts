import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { Tokens } from '#day3/tokens.ts';
import type { Side } from './sides.ts';

/** Two nodes of one chat, each on a free port. */
export interface Stage {
  ports: [number, number];
  tokens: Tokens;
  stop(): Promise<void>;
}

/** @param redisUrl of a Redis that may be in use: the channels have names of their own */
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

/** Listens on any free port of 127.0.0.1. @returns the port */
export async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** What a promise comes to. @param what that is, in words; where nothing came within 10 s, the error says so */
export async function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error(`Nothing came for 10 s: ${what}.`)), 10_000)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
