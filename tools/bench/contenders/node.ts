import type { Running, Together } from '../contenders.ts';
import { startNode } from '../running-chat.ts';

/** Day 5's reference solution. */
export const start = (together: Together): Promise<Running> => startNode(together);
