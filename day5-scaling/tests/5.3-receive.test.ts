import { exercise, expect, fail } from '#kit';
import { brief, fromOther, openNode, said } from './helpers/subject.ts';

exercise('5.3 ChatNode.receive', (check) => {
  const begin = async () => {
    const opened = await openNode(['receive']);
    const ann = await opened.come('Ann', 'lobby');
    const hear = async (...texts: string[]) => {
      for (const text of texts) opened.node.receive(text);
      return brief(await ann.heard());
    };
    return { ...opened, ann, hear };
  };

  check('a message from another node is heard here, once', async () => {
    const { hear } = await begin();
    expect(await hear(fromOther({})), 'Wrong messages for somebody here, when one came from another node.').toEqual([
      'Hi',
    ]);
    expect(
      await hear(fromOther({ node: 'node-10', message: said('node-1 is back') })),
      "Wrong messages for somebody here, when node-10 says 'node-1 is back' to node-1: the node's own messages are those with its name as `node`.",
    ).toEqual(['node-1 is back']);
  });
  check('only in its room', async () => {
    const { come, hear } = await begin();
    const bob = await come('Bob', 'kitchen');
    expect(await hear(fromOther({ room: 'kitchen' })), 'A message for another room was heard in the lobby.').toEqual(
      [],
    );
    expect(brief(await bob.heard()), 'Wrong messages in the kitchen, when one for the kitchen came.').toEqual(['Hi']);
  });
  check('what this node has sent itself is not heard twice', async () => {
    const { node, hear } = await begin();
    expect(
      await hear(fromOther({ node: 'node-1' })),
      "A node's own message came back from the bus, and its people heard it again: deliver has brought it to them already.",
    ).toEqual([]);
    expect(node.dropped, 'Its own message was counted as dropped: it is a good envelope.').toBe(0);
  });
  check('its own numbers are not compared', async () => {
    const { node, hear } = await begin();
    await hear(fromOther({ message: said('one') }));
    expect(
      await node.chat.history.after('lobby', 'id of one'),
      'Wrong history after a message from another node: this.hear brings it into the history, too.',
    ).toEqual([]);
    expect(
      await hear(fromOther({ node: 'node-1' }), fromOther({ node: 'node-1', seq: 3 })),
      'Wrong messages after numbers 1 and 3 of this node itself: whatever did not come back, its people have heard it.',
    ).toEqual([]);
    expect(
      await node.chat.history.after('lobby', 'id of one'),
      'Wrong history after numbers 1 and 3 of this node itself. this.sequences.place takes 2 for missed, and the history is given up: it is asked about other nodes only.',
    ).toEqual([]);
  });
  check('`except` does not get it, the others do', async () => {
    const { node, ann, come } = await begin();
    const bob = await come('Bob', 'lobby');
    await ann.heard();
    const [{ userId }] = node.chat.rooms.users('lobby');
    node.receive(fromOther({ message: { type: 'joined', userId, name: 'Ann' }, except: userId }));
    expect(brief(await ann.heard()), 'Ann is the exception of the envelope, and got the message all the same.').toEqual(
      [],
    );
    expect(brief(await bob.heard()), 'Bob is no exception.').toEqual(['joined']);
  });
  const rubbish: [string, string][] = [
    ['hello from another application', 'text that is not JSON'],
    ['null', '"null"'],
    ['7', 'a number'],
    [fromOther({ v: 2 }), 'an envelope of version 2'],
    [fromOther({ seq: 'many' }), 'an envelope with text for a number'],
    [fromOther({ message: { type: 'format', disk: 'c:' } }), 'an envelope around an unknown message'],
    [JSON.stringify({ v: 1, node: 'node-2' }), 'half an envelope'],
  ];
  for (const [text, what] of rubbish) {
    check(`${what}: dropped, counted, and the next is heard`, async () => {
      const { node, ann } = await begin();
      try {
        node.receive(text);
        node.receive(text);
      } catch (error) {
        fail(
          `receive() threw on ${what}: a ${(error as Error)?.name}. In node-redis an error there costs every other message that came in the same piece.`,
        );
      }
      expect(node.dropped, `Wrong count of dropped texts after twice ${what}.`).toBe(2);
      node.receive(fromOther({}));
      expect(brief(await ann.heard()), `Wrong messages after ${what} and a good one.`).toEqual(['Hi']);
      expect(node.dropped, 'A good envelope was counted as dropped.').toBe(2);
    });
  }
  check('the same envelope again is old: not heard twice', async () => {
    const { node, hear } = await begin();
    expect(
      await hear(fromOther({ seq: 5 }), fromOther({ seq: 5 })),
      'Number 5 of a node came twice, and was heard so.',
    ).toEqual(['Hi']);
    expect(node.dropped, 'Only what is no good envelope counts as dropped.').toBe(0);
  });
  check('number 5, then 7: the clients are told that something is missing', async () => {
    const { hear } = await begin();
    const seven = fromOther({ seq: 7, message: said('seven') });
    expect(
      await hear(fromOther({ seq: 5, message: said('five') }), seven),
      'Wrong messages where number 6 never came: everyone here is told `gap` at the place where it is missing.',
    ).toEqual(['five', 'gap', 'seven']);
    expect(
      await hear(fromOther({ seq: 5, message: said('five') }), fromOther({ seq: 8, message: said('eight') })),
      'Wrong messages for 5 again, then 8: 5 is old, and nothing is missing before 8.',
    ).toEqual(['eight']);
  });
  check('`gap` is for everyone in that room, on this node alone', async () => {
    const { node, bus, ann, come } = await begin();
    const bob = await come('Bob', 'kitchen');
    await ann.heard();
    bus.published.length = 0;
    const [{ userId }] = node.chat.rooms.users('lobby');
    for (const seq of [5, 7]) node.receive(fromOther({ seq, except: userId }));
    expect(
      brief(await ann.heard()),
      'Wrong messages for Ann where number 6 is missing. She is the exception of number 7; of number 6 nobody knows.',
    ).toEqual(['gap']);
    expect(
      brief(await bob.heard()),
      'Wrong messages in the kitchen, where nothing is missing, when something is in the lobby.',
    ).toEqual([]);
    expect(
      bus.published.map(({ text }) => text),
      'What went out on the bus when something was missing here: the other nodes have it.',
    ).toEqual([]);
  });
  check('typing is heard, and has no number of its own', async () => {
    const { hear } = await begin();
    const typing = fromOther({ seq: 2, message: { type: 'typing', userId: 'u9', name: 'Zoe' } });
    expect(
      await hear(fromOther({}), typing, fromOther({ seq: 2, message: said('two') })),
      'Wrong messages for a text, `typing`, and another text with the number that `typing` came with: this.sequences.place knows what to make of that.',
    ).toEqual(['Hi', 'typing', 'two']);
  });
  check('another epoch is another count: a restarted node begins with 1', async () => {
    const { hear } = await begin();
    expect(
      await hear(fromOther({ seq: 5 }), fromOther({ seq: 1, epoch: 'f', message: said('back') })),
      'Wrong messages when a node restarts, and counts from 1 again.',
    ).toEqual(['Hi', 'back']);
  });
  check('nothing is published again', async () => {
    const { bus, hear } = await begin();
    bus.published.length = 0;
    await hear(fromOther({}));
    expect(
      bus.published.map(({ text }) => text),
      'What came from the bus went out on it again: with three nodes a single message goes round for ever.',
    ).toEqual([]);
  });
  check('the history has it, for who comes back to this node', async () => {
    const { node, hear } = await begin();
    await hear(fromOther({ message: said('one') }), fromOther({ seq: 2, message: said('two') }));
    expect(
      await node.chat.history.after('lobby', 'id of one'),
      'Wrong history after two messages from another node: this.hear takes care of it.',
    ).toEqual([said('two')]);
    await hear(fromOther({ seq: 3, message: { type: 'gap' } }));
    expect(
      await node.chat.history.after('lobby', 'id of one'),
      'Wrong history after another node has told a `gap`: this.hear takes care of that, too.',
    ).toBe(undefined);
  });
});
