/** Many messages in one turn of the event loop must not close a client that reads promptly. */
import { exercise, expect } from '#kit';
import { LIMITS } from '#day3/given/limits.ts';
import { fromOther, said, ScriptedBus } from '../../day5-scaling/tests/helpers/subject.ts';
import { openNode } from './helpers/day5/nodes.ts';

const COUNT = 3000;

exercise('day5 bursts', (check) => {
  check(
    'many messages arrive at once, after a pause of the node: everyone gets them, and nobody is closed',
    async () => {
      const { node, come } = await openNode('node-1', new ScriptedBus());
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
