import { BatchedWriter } from '#solutions/day5-scaling/bonus/batched-writer.ts';
import type { Running } from '../contenders.ts';
import { startNode } from '../running-chat.ts';

/** Day 5's node with the batched writer of bonus 5.d. */
export const start = (): Promise<Running> => startNode({ writer: (wss) => new BatchedWriter(wss) });
