import type { NodeOptions } from '#day5/given/node-options.ts';
import { NodeHistory } from '#day5/given/extras/node-history.ts';
import { writeOncePerTurn } from '#day5/given/extras/write-once-per-turn.ts';

/** What makes a node fast, and lets people resume on it. The chat works without these; each node needs its own. */
export const extras = (): Pick<NodeOptions, 'history' | 'writer' | 'isVolatile'> => ({
  history: new NodeHistory(),
  writer: writeOncePerTurn,
  isVolatile: ({ type }) => type === 'typing',
});
