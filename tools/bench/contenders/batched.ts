import type { Running } from '../contenders.ts';
import { startNode } from '../running-chat.ts';
import { BatchedWriter } from '#solutions/day5-scaling/bonus/batched-writer.ts';

/** Day 5's node with the batched writer of bonus 5.d. */
export const start = (redis?: string): Promise<Running> =>
  startNode({ redis, writer: (wss) => new BatchedWriter(wss) });
