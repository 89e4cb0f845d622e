import type { Running } from '../contenders.ts';
import { startNode } from '../running-chat.ts';

/** Day 5's reference solution. */
export const start = (redis?: string): Promise<Running> => startNode({ redis });
