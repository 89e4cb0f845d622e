/** Many messages in one turn of the event loop must not close a client that reads promptly. */
import type { WebSocketServer } from 'ws';
import { exercise, expect } from '#kit';
import { LIMITS } from '#day3/given/limits.ts';
import { writeOncePerTurn } from '#day5/given/optional/write-once-per-turn.ts';
import { BatchedWriter } from '#solutions/day5-scaling/bonus/batched-writer.ts';
import { fromOther, said, ScriptedBus } from '../../day5-scaling/tests/helpers/subject.ts';
import { openNode } from './helpers/day5/nodes.ts';

const COUNT = 3000;

exercise('day5 bursts', (check) => {
  const writers = [
    ['each connection corked', writeOncePerTurn],
    ['frames joined', (wss: WebSocketServer) => new BatchedWriter(wss)],
  ] as const;
  for (const [how, writer] of writers)
    check(
      `many messages arrive at once, after a pause of the node, ${how}: everyone gets them, and nobody is closed`,
      async () => {
        const { node, come } = await openNode('node-1', new ScriptedBus(), { writer });
        const ann = await come('Ann', 'lobby');
        const filler = 'x'.repeat(LIMITS.text - 10);
        expect(COUNT * filler.length).toBeGreaterThan(LIMITS.buffered);

        for (let seq = 1; seq <= COUNT; seq++) node.receive(fromOther({ seq, message: said(`${filler} ${seq}`) }));

        const heard = await ann.upToText(`${filler} ${COUNT}`);
        expect(heard).toHaveLength(COUNT);
        expect(await ann.heard()).toEqual([]);
      },
    );
});
