import type { NodeOptions } from '#day5/given/internals/node-options.ts';
import { NodeHistory } from '#day5/given/optional/node-history.ts';
import { writeOncePerTurn } from '#day5/given/optional/write-once-per-turn.ts';

/** Two optional parts: one makes a node fast, the other lets people resume on it. Each node needs its own copies. */
export const optionalParts = (): Pick<NodeOptions, 'history' | 'writer' | 'isVolatile'> => ({
  history: new NodeHistory(),
  writer: writeOncePerTurn,
  isVolatile: ({ type }) => type === 'typing',
});
